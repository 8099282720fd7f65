"""Named points at which the tests kill a process half way: nothing is lost, nothing is done twice."""

import os
import signal

from flask import current_app


def crash_point(name: str) -> None:
    """Kills the process here when the tests ask for it by TIWIZI_CRASH_AT."""
    if current_app.config["CRASH_AT"] == name:
        os.kill(os.getpid(), signal.SIGKILL)
