"""The scripts that the operating pages name: run as they are, in a house of their own."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.settings import HOUSE

pytestmark = pytest.mark.operating

SCRIPTS = HOUSE / "docs" / "operating" / "scripts"
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def tiwizi(instance: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(HOUSE), "TIWIZI_INSTANCE": str(instance), "TIWIZI_DEMO": "1"}
    return subprocess.run(
        [sys.executable, "-m", "app", *words], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder as the pages describe it: code/ with the scripts and a `tiwizi`, instance/ and the file of settings."""
    code = tmp_path / "code"
    shutil.copytree(SCRIPTS, code / "docs" / "operating" / "scripts")
    command = code / ".venv" / "bin" / "tiwizi"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/bash\nexport PYTHONPATH={HOUSE}\nexec {sys.executable} -m app "$@"\n')
    command.chmod(0o755)
    (tmp_path / "env").write_text(f'TIWIZI_INSTANCE={tmp_path}/instance\nTIWIZI_OPERATOR_NAME="An office"\n')
    return tmp_path


def run(place: Path, name: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A script of `place`, from another folder than its own, in a bare environment as cron's."""
    environment = {"PATH": os.environ["PATH"], "SETTINGS_FILE": str(place / "env"), **more}
    script = place / "code" / "docs" / "operating" / "scripts" / name
    return subprocess.run([str(script)], env=environment, cwd="/", capture_output=True, text=True, check=False)


@pytest.fixture
def instance(app, tmp_path: Path) -> Path:
    """An instance with today's tables and nothing in them."""
    (tmp_path / "instance").mkdir(mode=0o700)
    return Path(shutil.copy(app.config["INSTANCE"] / "empty.db", tmp_path / "instance" / "tiwizi.db")).parent


def test_every_hour_and_every_day(place, instance):
    hourly = run(place, "hourly")
    assert (hourly.returncode, hourly.stdout, "keep a copy of it elsewhere" in hourly.stderr) == (0, "", True)
    again = run(place, "hourly")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")  # cron has nothing to send
    (archive,) = (place / "backups").iterdir()
    assert archive.stat().st_mode & 0o077 == 0
    assert "manifest.json" in zipfile.ZipFile(archive).namelist()
    daily = run(place, "daily")
    assert (daily.returncode, daily.stdout.count("Everything holds.")) == (0, 2)


def test_old_archives_go_and_younger_ones_stay(place):
    fake(place, "tiwizi")
    for days in (29, 31):
        kept = place / "backups" / f"{days}.zip"
        kept.parent.mkdir(exist_ok=True)
        kept.touch()
        os.utime(kept, (kept.stat().st_mtime - days * 86400 - 3600,) * 2)
    assert run(place, "hourly").returncode == 0
    assert [path.name for path in (place / "backups").iterdir()] == ["29.zip"]


def fake(place: Path, name: str, status: int = 0) -> None:
    """A command that only writes down who called it with which words, in place of the real one."""
    path = place / ("code/.venv/bin" if name == "tiwizi" else "bin") / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'#!/bin/bash\necho "$(id -un) {name} $*" >> {place}/calls\nexit {status}\n')
    path.chmod(0o755)
    (place / "calls").touch(mode=0o666)
    (place / "calls").chmod(0o666)


def calls(place: Path) -> list[str]:
    return (place / "calls").read_text().splitlines()


def test_the_journal_is_verified_also_when_something_does_not_hold(place):
    fake(place, "tiwizi", status=1)
    assert run(place, "daily").returncode == 1
    assert [line.split(" ", 1)[1] for line in calls(place)] == ["tiwizi check", "tiwizi verify-journal"]


def upgraded(place: Path, **more: str) -> subprocess.CompletedProcess[str]:
    for name in ("git", "make", "systemctl"):
        fake(place, name)
    return run(place, "upgrade", PATH=f"{place}/bin:{os.environ['PATH']}", **more)


def steps(place: Path) -> list[str]:
    return [" ".join(line.split(" ")[1:3]) for line in calls(place)]


def test_an_upgrade_makes_a_backup_first_and_checks_last(place):
    fake(place, "tiwizi")
    assert upgraded(place).returncode == 0
    assert steps(place) == ["tiwizi backup", "git pull", "make env", "systemctl restart", "tiwizi db", "tiwizi check"]
    assert calls(place)[3].endswith(" restart tiwizi")


def test_an_upgrade_without_a_backup_changes_nothing(place):
    fake(place, "tiwizi", status=1)
    assert upgraded(place).returncode == 1
    assert steps(place) == ["tiwizi backup"]


@as_root
def test_root_does_nothing_itself_but_restart_the_service(place):
    fake(place, "tiwizi")
    place.parent.chmod(0o755)
    for path in (place, *place.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o755 if path.is_dir() or path.name != "env" else 0o644)
    for folder in place.parents:
        if folder.owner() == "root" and folder != Path("/") and "pytest" in folder.name:
            folder.chmod(0o755)
    assert upgraded(place).returncode == 0
    assert {line.split()[0] for line in calls(place) if "systemctl" not in line} == {"nobody"}
    assert [line for line in calls(place) if line.startswith("root")] == ["root systemctl restart tiwizi"]
    assert (place / "backups").stat().st_uid == NOBODY


@as_root
def test_a_command_as_root_in_the_instance_of_the_service_is_refused(instance):
    before = {path: path.stat().st_mtime for path in instance.rglob("*")}
    os.chown(instance, NOBODY, NOBODY)
    answer = tiwizi(instance, "check")
    assert answer.returncode == 1
    assert answer.stderr.strip() == (
        f"tiwizi: {instance} belongs to nobody and you are root: runuser -u nobody -- … runs it as nobody"
    )
    assert {path: path.stat().st_mtime for path in instance.rglob("*")} == before


def test_the_page_names_the_scripts_that_are_there():
    page = (HOUSE / "docs" / "operating" / "installing.md").read_text("utf-8")
    for name in ("hourly", "daily", "upgrade"):
        assert f"/srv/tiwizi/code/docs/operating/scripts/{name}\n" in page
        assert os.access(SCRIPTS / name, os.X_OK)
