"""What health checks and Prometheus ask. Strangers learn one word; the rest is for those with the token."""

import secrets
import threading
import time
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from wastetransfer.operations.checks import Check, Standing, all_checks, sentences_for, worst
from wastetransfer.operations.metrics import exposition

# Asked by anybody as often as he likes, the system is looked at this often at most, by process.
KEPT_FOR_S = 5.0
BEARER = "Bearer "
_guard = threading.Lock()
_kept: list[tuple[float, Mapping[str, Check]]] = []


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """200 when this process answers, whatever is the matter with others."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 when everything works or is merely degraded, 503 when deadlines or people are not served."""
    checks = recent_checks()
    status = 503 if worst(checks) == Standing.DOWN else 200
    answer = sentences_for(checks, is_known=has_token(request))
    return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text for those with the token; nobody else learns that it is there."""
    if not (has_token(request) or settings.OPERATIONS_OPEN):
        return HttpResponse(status=404)
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def recent_checks() -> Mapping[str, Check]:
    """The parts as they stood some seconds ago at most; one thread asks, the others wait for its answer."""
    with _guard:
        if not _kept or time.monotonic() - _kept[0][0] > KEPT_FOR_S:
            _kept[:] = [(time.monotonic(), all_checks())]
        return _kept[0][1]


def forget_checks() -> None:
    """Ask anew at the next question."""
    with _guard:
        _kept.clear()


def has_token(request: HttpRequest) -> bool:
    """Whether the request carries the operator's token; never when none is set."""
    given = request.headers.get("Authorization", "")
    wanted = settings.OPERATIONS_TOKEN
    return bool(wanted) and secrets.compare_digest(given.encode(), f"{BEARER}{wanted}".encode())
