"""The service and engine suites on a temporary PostgreSQL: `python -m tests.postgres <arguments of pytest>`.

The cluster is made from the installed binaries, listens on a free port of 127.0.0.1 only, and is removed at the end,
also after a failure or Ctrl-C. As root it is run by the user `postgres`, since PostgreSQL refuses to run as root.
`fsync` is off: this cluster is thrown away, and no test of ours cuts the power.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

BINARIES = Path("/usr/lib/postgresql")
# A bare environment may not have the administrator's folders on its path.
RUNUSER = shutil.which("runuser", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])) or "runuser"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
# Pages, walls and journeys do not differ by database; the suites of engines and services do.
LEFT_OUT = ("tests/kernel", "tests/house", "tests/web", "tests/journeys", "tests/territories")


def binaries() -> Path:
    """The newest installed PostgreSQL; PATH is asked when Debian's folder is not there."""
    found = sorted(BINARIES.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        sys.exit("tests.postgres: no PostgreSQL here; install the package `postgresql`")
    return Path(on_path).resolve().parent


def as_server(command: Sequence[str | Path]) -> list[str]:
    words = [str(part) for part in command]
    return [RUNUSER, "-u", "postgres", "--", *words] if os.geteuid() == 0 else words


@contextmanager
def cluster() -> Iterator[str]:
    """A new cluster with an empty database `tiwizi`; gives its SQLAlchemy address."""
    folder, port, tools = Path(tempfile.mkdtemp(prefix="tiwizi-postgres-")), free_port(), binaries()
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    try:
        run(
            as_server(
                [
                    tools / "initdb",
                    "-D",
                    data,
                    "-U",
                    "tiwizi",
                    "--auth=trust",
                    "-E",
                    "UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ]
            ),
            folder,
        )
        given = " ".join(
            f"-c {setting}"
            for setting in (f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *FAST)
        )
        run(as_server([tools / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", given, "start"]), folder)
        run(as_server([tools / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "tiwizi", "tiwizi"]), folder)
        yield f"postgresql+psycopg://tiwizi@127.0.0.1:{port}/tiwizi"
    finally:
        if (data / "postmaster.pid").exists():
            subprocess.run(
                as_server([tools / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"]),
                check=False,
                cwd=folder,
                stdout=subprocess.DEVNULL,
            )
        shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        log = folder / "log"
        sys.exit(f"tests.postgres: {' '.join(command)}\n{done.stdout}{done.stderr}{log.read_text() if log.exists() else ''}")


def stop(_number: int, _frame: object) -> None:
    """A polite end of this program takes the cluster along."""
    sys.exit(1)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, stop)
    chosen = arguments or ["-q", "tests"]
    left_out = [f"--ignore={path}" for path in LEFT_OUT if not any(word.startswith(path) for word in chosen)]
    with cluster() as address:
        environment = {**os.environ, "TIWIZI_TEST_DATABASE_URL": address}
        command = [
            sys.executable,
            "-m",
            "pytest",
            *chosen,
            *left_out,
            "-m",
            "not sqlite_only and not long and not browser and not operating",
        ]
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
