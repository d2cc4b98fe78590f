"""Each request leaves a trail: an id in its answer and its log lines, one line when it is done, its duration."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from apps.catalogue import tracing
from wastetransfer.operations.durations import observe

logger = logging.getLogger("wastetransfer.requests")
HEADER = "X-Request-ID"
# What a proxy gave is taken if it can't break a log line.
GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestTrail:
    """The outermost middleware. Logs the pattern of the address, never the address: secrets may stand in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and tell of it."""
        started = time.perf_counter()
        given = request.headers.get(HEADER, "")
        tracing.forget()
        tracing.request_id.set(given if GIVEN.fullmatch(given) else uuid4().hex)
        response = self.get_response(request)
        response.headers[HEADER] = tracing.request_id.get()
        seconds = time.perf_counter() - started
        route = request.resolver_match.route if request.resolver_match else ""
        method = request.method or ""
        observe(method=method, route=route, status=response.status_code, seconds=seconds)
        if logger.isEnabledFor(logging.INFO):
            facts = {"method": method, "route": route, "status": response.status_code, "ms": round(seconds * 1000, 1)}
            logger.info("request", extra=facts)
        return response
