"""A clerk opens a paper while its signer takes it back: one of the two, never both; the control shows both."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from apps.transfers.errors import Refused
from apps.transfers.models import Application, Delivery, Paper
from apps.transfers.services import delivering, recalling
from apps.transfers.services.answering import consent
from apps.transfers.services.delivering import deliver
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import endorse
from tests.concurrency.together import LONG, without_row_locks
from tests.concurrency.turns import until_somebody_waits
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db(transaction=True)
SIGNED_AT, SOON = at("2026-01-07"), at("2026-01-07") + timedelta(minutes=5)


class Other:
    """What somebody else does meanwhile, on a connection of their own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.answer: object = None
        self._work = work
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.answer = self._work()
        except Refused as refused:
            self.answer = refused
        finally:
            connection.close()

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> object:
        self._thread.join(LONG)
        assert not self._thread.is_alive()
        return self.answer


@pytest.fixture
def approved(real_world: World) -> Application:
    case = real_world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=real_world.user("cq.handler"), now=at("2026-01-06"))
    return consent(application_id=case.pk, by=real_world.user("sc.handler"), now=SIGNED_AT)


def opening(world: World, case: Application) -> Callable[[], object]:
    paper, clerk = case.papers.get(kind="approval"), world.user("dazu.filer")
    return lambda: deliver(paper_id=paper.pk, by=clerk, now=SOON)


def taking_back(world: World, case: Application) -> Callable[[], object]:
    signer = world.user("sc.handler")
    return lambda: recall(application_id=case.pk, by=signer, now=SOON)


def meanwhile(monkeypatch: pytest.MonkeyPatch, module: object, name: str, then: Callable[[], object]) -> None:
    original = getattr(module, name)

    def do_and_then(*arguments: object, **named: object) -> object:
        answer = original(*arguments, **named)
        then()
        return answer

    monkeypatch.setattr(module, name, do_and_then)


def marks(case: Application) -> tuple[bool, bool]:
    """Whether the approval is delivered, whether it is 作废."""
    paper = Paper.objects.get(application=case, kind="approval")
    return paper.delivered_at is not None, paper.voided_at is not None


def test_who_opens_while_it_is_taken_back_comes_too_late(real_world, approved, monkeypatch) -> None:
    other = Other(opening(real_world, approved))

    def open_and_wait() -> None:
        other.start()
        until_somebody_waits()

    meanwhile(monkeypatch, recalling, "_refuse_shared_moment", open_and_wait)
    taking_back(real_world, approved)()
    assert other.finish() is False
    assert marks(approved) == (False, True)
    assert not Delivery.objects.exists()


def test_who_takes_back_while_it_is_opened_comes_too_late(real_world, approved, monkeypatch) -> None:
    other = Other(taking_back(real_world, approved))

    def take_and_wait() -> None:
        other.start()
        until_somebody_waits()

    meanwhile(monkeypatch, delivering, "locked_application", take_and_wait)
    assert opening(real_world, approved)() is True
    refused = other.finish()
    assert isinstance(refused, Refused)
    assert refused.code == "recall.too_late"
    assert marks(approved) == (True, False)


def test_without_the_lock_a_delivered_paper_would_be_taken_back(real_world, approved, monkeypatch) -> None:
    """The control."""
    without_row_locks(monkeypatch)
    other = Other(opening(real_world, approved))

    def open_and_finish() -> None:
        other.start()
        other.finish()

    meanwhile(monkeypatch, recalling, "_refuse_shared_moment", open_and_finish)
    taking_back(real_world, approved)()
    assert other.answer is True
    assert marks(approved) == (True, True)
