"""Several people at the same moment: functions in threads, each with a database session of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask

from app.engines.db import db


def at_once(app: Flask, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all acts together; what each returned, or the exception it raised, in their order."""
    outcomes: list[Any] = [None] * len(acts)
    line = threading.Barrier(len(acts))

    def run(place: int) -> None:
        with app.app_context():
            line.wait(20)
            try:
                outcomes[place] = acts[place]()
            except Exception as trouble:
                outcomes[place] = trouble
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    db.session.remove()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return outcomes
