"""A job in a process of its own, forked for it and gone afterwards.

Long work asks the database many questions in a transaction. As a thread among those that make pages it would wait after
each for its turn at Python, with the write lock in hand. Whoever has threads must not fork: so a keeper is forked before
there are any, which shares what was loaded, waits, and forks a process for each job.
"""

import logging
import os
import signal
import socket
import threading
from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask

from app.engines.carrier import open_carrier
from app.engines.db import db, let_power_cuts_undo
from app.engines.jobs import give_back, run_job, waits_until
from app.kernel.clock import now

log = logging.getLogger("tiwizi.jobs")
AGAIN = timedelta(seconds=2)  # until another process goes on where one has died
ALONE = 3  # how a process ends whose server is gone
NO_KEEPER = 255


class JobProcesses:
    """What the server has of them: it hands a job over, waits, and they end with it. Made before its first thread."""

    def __init__(self, app: Flask) -> None:
        self._one_at_a_time = threading.Lock()
        self._ending = False
        ours, theirs = socket.socketpair()
        line, self._line = os.pipe()  # nothing is ever written: that it is closed is heard
        if os.fork() == 0:
            ours.close()
            os.close(self._line)
            _keep(app, theirs, line)
        theirs.close()
        os.close(line)
        self._keeper = ours.makefile("rwb", buffering=0)
        ours.close()

    def run(self, job_id: int) -> datetime | None:
        """Have the row run, and wait. When it is tried again: what has become of it, the process has noted.

        Of one that died (killed, out of memory) the row is given back, and another goes on with it. One that was told to
        stop has used none of its tries. Without a keeper it is run here: slower for others, and as safe.
        """
        code = NO_KEEPER if self._ending else self._ask(job_id)
        if code == 0:
            return waits_until(job_id)
        again, stopped = now() + AGAIN, self._ending or code == -signal.SIGTERM
        if give_back(job_id, again, counted=not stopped):
            log.warning("the process of a job has ended before it", extra={"job_id": job_id, "code": code})
        elif code == NO_KEEPER and not self._ending:
            log.error("the keeper of job processes is gone; it comes back with the server", extra={"job_id": job_id})
            return run_job(job_id)[1]
        return None if self._ending else again

    def _ask(self, job_id: int) -> int:
        with self._one_at_a_time, suppress(OSError):
            self._keeper.write(b"%d\n" % job_id)
            return int(self._keeper.readline() or NO_KEEPER)
        return NO_KEEPER

    def end(self) -> None:
        """The process that runs now ends at once, and none begins."""
        if not self._ending:
            self._ending = True
            os.close(self._line)


def _keep(app: Flask, server: socket.socket, line: int) -> None:
    """Fork a process for each job, tell how it ended, and end with the server. Signals are the server's: it tells us."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with server.makefile("rb") as asked:
            for job_id in asked:
                process = os.fork()
                if process == 0:
                    server.close()
                    asked.close()
                    _work(app, int(job_id), line)
                code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                server.sendall(b"%d\n" % code)
    finally:
        os._exit(0)


def _work(app: Flask, job_id: int, line: int) -> None:
    """Run the row; the database undoes what was begun when we are killed, or when our server is."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Thread(target=_end_with, args=(line,), daemon=True).start()
        with app.app_context():
            db.engine.dispose(close=False)  # lines to the database are not shared
            let_power_cuts_undo(db.engine)
            open_carrier(app)
            run_job(job_id)
        code = 0
    except Exception:
        log.exception("the process of a job failed", extra={"job_id": job_id})
    finally:
        os._exit(code)


def _end_with(line: int) -> None:
    os.read(line, 1)
    os._exit(ALONE)
