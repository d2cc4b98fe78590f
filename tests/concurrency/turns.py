"""Who comes first, decided by the test: the first holds its lock until the other is seen to wait for it."""

import threading
import time
from collections.abc import Callable
from types import ModuleType

import pytest
from django.db import connection

from apps.organisations.models import User
from apps.transfers.services import acting
from tests.concurrency.together import LONG

SOMEBODY_WAITS_FOR_ME = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
"""
A_LITTLE = 0.002


def until_somebody_waits() -> None:
    """Go on when another transaction waits for a lock of this one; the database rings no bell, so it is asked."""
    give_up_at = time.monotonic() + LONG
    with connection.cursor() as cursor:
        while True:
            cursor.execute(SOMEBODY_WAITS_FOR_ME)
            if cursor.fetchone()[0]:
                return
            if time.monotonic() > give_up_at:
                message = "nobody came to wait for the lock"
                raise AssertionError(message)
            threading.Event().wait(A_LITTLE)


def locks_first(monkeypatch: pytest.MonkeyPatch, first: User) -> None:
    """``first`` locks the case and acts on only when the other waits for that lock."""
    has_it, original = threading.Event(), acting.locked_application

    def in_turn(*, by: User, **named: object) -> object:
        if by != first:
            has_it.wait(LONG)
            return original(by=by, **named)
        application = original(by=by, **named)
        has_it.set()
        until_somebody_waits()
        return application

    monkeypatch.setattr(acting, "locked_application", in_turn)


def after_it(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, then: Callable[[], object]) -> None:
    """Each time ``module.name`` has done its work, do ``then`` before giving its answer."""
    original = getattr(module, name)

    def do_and_then(*arguments: object, **named: object) -> object:
        answer = original(*arguments, **named)
        then()
        return answer

    monkeypatch.setattr(module, name, do_and_then)
