"""Figures of the present for Prometheus, read when asked; cheap among a million finished cases."""

import os
from collections.abc import Iterable, Iterator

import kombu.exceptions
from django.db.models import Count, Min
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from apps.deadlines.enums import ClockStatus
from apps.deadlines.models import Deadline
from apps.deadlines.services import read_now
from apps.notifications.services.backlog import backlog
from apps.transfers.enums import OPEN_STATES, ClockKind
from apps.transfers.models import Application
from wastetransfer.operations.checks import all_checks, queue_length
from wastetransfer.operations.durations import DURATIONS
from wastetransfer.operations.heartbeats import signs

# Of the clocks that bind, the last so many that ended: read from the end of the table, whatever its size.
ON_TIME_OF = 2000
BINDING = (ClockKind.WHOLE, ClockKind.ORIGIN, ClockKind.DESTINATION, ClockKind.DECISION)
PREFIX = "wastetransfer_"


class Present:
    """What the tables say now."""

    def collect(self) -> Iterator[Metric]:
        """One family after the other; those of the queue are missing when it doesn't answer."""
        yield from (_states(), _on_time(), *_clocks(), *_heartbeats(), *_untold(), _health())
        try:
            yield _gauge("queue_messages", "Messages that no worker has taken.", queue_length())
        except (OSError, kombu.exceptions.KombuError):
            return


def exposition() -> bytes:
    """The whole in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Present())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry.register(DURATIONS)
    return generate_latest(registry)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, words, value=value)


def _labelled(name: str, words: str, label: str, values: Iterable[tuple[str, float]]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(PREFIX + name, words, labels=[label])
    for value, figure in values:
        family.add_metric([value], figure)
    return family


def _states() -> Metric:
    """Only open ones: served by the worklist's index; the finished would be a count over the whole table."""
    rows = Application.objects.filter(state__in=OPEN_STATES).order_by()
    counted = dict(rows.values_list("state").annotate(count=Count("pk")))
    return _labelled("open_cases", "Open cases by state.", "state", [(one, counted.get(one, 0)) for one in OPEN_STATES])


def _on_time() -> Metric:
    last = Deadline.objects.filter(kind__in=BINDING, status=ClockStatus.ENDED).order_by("-pk")[:ON_TIME_OF]
    breaches = list(last.values_list("breached_at", flat=True))
    share = breaches.count(None) / len(breaches) if breaches else 1.0
    return _gauge("on_time_share", f"Share without breach of the last {ON_TIME_OF} binding clocks that ended.", share)


def _clocks() -> Iterable[Metric]:
    now = read_now()
    found = Deadline.objects.due(now).aggregate(count=Count("pk"), first=Min("next_at"))
    age = (now - found["first"]).total_seconds() if found["first"] else 0
    yield _gauge("clocks_due", "Clocks that the sweep has still to serve.", found["count"])
    yield _gauge("clocks_due_seconds", "For how long the first of them has been waiting.", age)


def _heartbeats() -> Iterable[Metric]:
    found = signs()
    ages = [(name, sign.age_s) for name, sign in found.items()]
    yield _labelled("heartbeat_seconds", "Seconds since the last sign of life.", "process", ages)
    waited = found["worker"].waited_s if "worker" in found else 0
    yield _gauge("queue_wait_seconds", "How long the last message had waited for a worker.", waited)


def _untold() -> Iterable[Metric]:
    now = read_now()
    found = backlog(now=now)
    oldest = min((one for one in (found.oldest_row_at, found.oldest_letter_at) if one), default=None)
    yield _gauge("undelivered_events", "Events that nobody was told of yet.", found.rows)
    yield _gauge("undelivered_letters", "Letters that have not left.", found.letters)
    yield _gauge("letters_given_up", "Letters that will not be tried again.", found.given_up)
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0
    yield _gauge("undelivered_seconds", "For how long the oldest of these has been waiting.", age)


def _health() -> Metric:
    words = "1: this part is well; 0: degraded or down."
    values = [(name, float(check.standing == "ok")) for name, check in all_checks().items()]
    return _labelled("health", words, "part", values)
