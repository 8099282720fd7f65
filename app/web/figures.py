"""The figures of this process and of the work behind it, as Prometheus reads them: no address, no word of anybody."""

from collections.abc import Iterator

from flask import Flask, Response, current_app, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.engines.db import db
from app.engines.watching import backlog_by_lane
from app.web.page_cache import PageCache, cache_of

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 8.0)


class WorkCollector(Collector):
    """What waits in the database now: asked when somebody looks, never before."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        with self._app.app_context():
            due = GaugeMetricFamily("tiwizi_jobs_due", "Jobs that are due and not done", labels=["lane"])
            oldest = GaugeMetricFamily("tiwizi_jobs_oldest_seconds", "For how long the oldest has been due", labels=["lane"])
            given_up = GaugeMetricFamily("tiwizi_jobs_given_up", "Jobs that were given up", labels=["lane"])
            for lane in backlog_by_lane():
                due.add_metric([lane.lane], lane.due)
                oldest.add_metric([lane.lane], lane.oldest_seconds)
                given_up.add_metric([lane.lane], lane.given_up)
            db.session.rollback()
            yield from (due, oldest, given_up)


class PageCollector(Collector):
    """Pages of visitors that this process keeps."""

    def __init__(self, cache: PageCache) -> None:
        self._cache = cache

    def collect(self) -> Iterator[Metric]:
        asked = CounterMetricFamily("tiwizi_kept_pages_asked", "Pages asked that may be kept", labels=["result"])
        asked.add_metric(["hit"], self._cache.hits)
        asked.add_metric(["miss"], self._cache.misses)
        yield asked
        yield GaugeMetricFamily("tiwizi_kept_pages_bytes", "Memory of the pages that are kept", value=self._cache.size)


class Figures:
    """The registry of one application: requests by route and status, their time, and the work behind."""

    def __init__(self, app: Flask) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tiwizi_requests", "Requests answered", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "tiwizi_request_seconds", "Time until the answer", ["method"], buckets=SECONDS, registry=self._registry
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(WorkCollector(app))
        self._registry.register(PageCollector(cache_of(app)))

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method).observe(seconds)

    def text(self) -> bytes:
        """In the exposition format 0.0.4 of Prometheus."""
        return generate_latest(self._registry)


def figures_of(app: Flask) -> Figures:
    found: Figures = app.extensions["figures"]
    return found


def count_request(response: Response, seconds: float) -> None:
    """One request more, under the rule that answered it: an address that no rule knows is counted as `-`."""
    method = request.method if request.url_rule else "-"
    figures_of(current_app).count(method, str(request.url_rule or "-"), response.status_code, seconds)
