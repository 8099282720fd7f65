"""The workers inside `run`: Huey's consumer for each lane, which runs its jobs and what comes back in it."""

import time
from collections.abc import Sequence

from flask import Flask
from huey.consumer import Consumer

from app.engines.carrier import HueyCarrier, open_carrier
from app.engines.job_process import JobProcesses
from app.engines.lanes import LANES

POLL_SECONDS = 0.5
STOP_SECONDS = 3


class GuestConsumer(Consumer):  # type: ignore[misc]  # huey has no types
    """Huey's consumer as a guest of the server's process: the server answers to signals, else nothing would stop it."""

    def _set_signal_handlers(self) -> None:
        pass


class Workers:
    """The consumers of all lanes."""

    def __init__(self, carrier: HueyCarrier, consumers: Sequence[Consumer], processes: JobProcesses | None) -> None:
        self._carrier, self._consumers, self._processes = carrier, consumers, processes
        for consumer in consumers:
            consumer.start()

    def alive(self) -> bool:
        """Does every thread of every lane run?"""
        return all(
            thread.is_alive()
            for consumer in self._consumers
            for thread in [consumer.scheduler, *(thread for _worker, thread in consumer.worker_threads)]
        )

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Begin nothing any more, and wait so long for what is being done; what is not done then is taken up later."""
        until = time.monotonic() + seconds
        for consumer in self._consumers:
            consumer.stop_flag.set()
        if self._processes is not None:
            self._processes.end()
        for consumer in self._consumers:
            for thread in [consumer.scheduler, *(thread for _worker, thread in consumer.worker_threads)]:
                thread.join(max(until - time.monotonic(), 0))
        self._carrier.close()


def start_worker(app: Flask, schedule: Sequence[tuple[str, int]], processes: JobProcesses | None = None) -> Workers:
    """Start the threads of every lane. What is to be done apart is done by `processes`; without, by a thread as well."""
    carrier = open_carrier(app)
    carrier.run_apart = processes.run if processes is not None else None
    carrier.come_back(schedule)
    workers = Workers(
        carrier,
        [
            GuestConsumer(
                carrier.huey(lane.name), workers=lane.workers, initial_delay=0.05, max_delay=POLL_SECONDS, backoff=1.3
            )
            for lane in LANES.values()
        ],
        processes,
    )
    app.extensions["workers"] = workers
    return workers
