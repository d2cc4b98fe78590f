"""Races that really race: threads with connections of their own that start together and meet where it hurts.

``in_step`` puts a meeting between a read and a write, so that a race does not depend on luck; ``without_row_locks``
takes the protection off, so that each race has a control that must show the fault.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
from django.db import connection
from django.db.models import QuerySet

LONG = 30


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run each in a thread of its own, started together; what each gave or raised, in order."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            start.wait(LONG)
            return work()
        except Exception as failure:  # noqa: BLE001 - the test says which are allowed
            return failure
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(LONG) for future in [pool.submit(run, work) for work in works]]


def in_step(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, threads: int) -> None:
    """The first time each thread has its answer of ``module.name``, it waits until all have theirs; once."""
    was_held, met, original = threading.Event(), threading.local(), getattr(module, name)
    meeting = threading.Barrier(threads, action=was_held.set)

    def answer_and_meet(*arguments: object, **named: object) -> object:
        answer = original(*arguments, **named)
        if not was_held.is_set() and not hasattr(met, "here"):
            met.here = True
            meeting.wait(LONG)
        return answer

    monkeypatch.setattr(module, name, answer_and_meet)


def without_row_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """SELECT … FOR UPDATE becomes a plain SELECT everywhere."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda queryset, **_: queryset)
