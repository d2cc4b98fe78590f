"""How long requests took, by route; across the server's processes when PROMETHEUS_MULTIPROC_DIR is set."""

from prometheus_client import Histogram

# A page is promised within 0.1 s or so; what takes ten has failed.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
DURATIONS = Histogram(
    "wastetransfer_request_seconds",
    "Duration of requests by method, address pattern and class of status.",
    ("method", "route", "status"),
    buckets=BUCKETS,
    registry=None,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def observe(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count a request. Strangers can't make new series: an unknown method or address is one."""
    known = method if method in METHODS else "other"
    DURATIONS.labels(known, route or "unknown", f"{status // 100}xx").observe(seconds)
