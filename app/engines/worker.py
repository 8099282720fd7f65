"""The worker inside `run`: Huey threads that run the jobs of the outbox and the schedule of the modules."""

from collections.abc import Sequence

from flask import Flask
from huey import MemoryHuey, crontab
from huey.consumer import Consumer

from app.engines.housekeeping import drain_search
from app.engines.jobs import enqueue, run_due_jobs
from app.engines.transactions import transaction
from app.kernel.clock import now


class GuestConsumer(Consumer):  # type: ignore[misc]  # huey has no types
    """Huey's consumer as a guest of the server's process: the server answers to signals, else nothing would stop it."""

    def _set_signal_handlers(self) -> None:
        pass


def ask_for_scheduled_jobs(schedule: Sequence[tuple[str, int]]) -> None:
    """Put a row for each (job, seconds) whose time has come; the period is part of the key, so two processes ask once."""
    moment = now()
    with transaction():
        for job, seconds in schedule:
            period = int(moment.timestamp()) // seconds
            enqueue(job, unique_key=f"schedule:{job}:{period}")


def start_worker(app: Flask, schedule: Sequence[tuple[str, int]]) -> Consumer:
    """Start the threads. The rows are the queue: Huey carries only the wake-up calls, so its memory may be lost."""
    huey = MemoryHuey("tiwizi", results=False)

    def deliver() -> None:
        with app.app_context():
            run_due_jobs()
            drain_search()

    def tick() -> None:
        with app.app_context():
            ask_for_scheduled_jobs(schedule)
            run_due_jobs()
            drain_search()

    deliver_task = huey.task()(deliver)
    huey.periodic_task(crontab(minute="*"))(tick)
    app.extensions["wake_worker"] = deliver_task
    consumer = GuestConsumer(huey, workers=1, worker_type="thread", periodic=True, initial_delay=0.05, max_delay=1.0)
    consumer.start()
    deliver_task()
    return consumer
