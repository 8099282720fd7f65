"""A deed in a process of its own, which kills itself half way."""

import os
import signal
import warnings
from collections.abc import Callable
from typing import Any

from flask import Flask

from app.engines.db import db


def killed_at(app: Flask, point: str, deed: Callable[[], Any]) -> bool:
    """Do it in a process of its own that kills itself at the point; False when it lived to the end."""
    db.session.remove()
    db.engine.dispose()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        app.config["CRASH_AT"] = point
        code = 9
        try:
            deed()
            code = 0
        finally:
            os._exit(code)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"{point}: the deed failed by itself"
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
