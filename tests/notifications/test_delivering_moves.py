"""A change of the calendar is told once: one message a person, however many of their cases it moved."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from apps.deadlines.models import DeadlineEvent
from apps.notifications.enums import MessageKind, Subject
from apps.notifications.models import Letter, Message
from apps.notifications.services import delivering_moves
from apps.notifications.services.backlog import backlog
from apps.notifications.services.delivering import deliver_messages
from apps.notifications.services.delivering_moves import deliver_moves
from apps.transfers.models import Application
from apps.transfers.services.years import load_year
from tests.transfers.world import World, at

FILED = at("2026-12-28")
NOW = at("2026-12-29")
NEW_YEAR = [{"date": "2027-01-01", "kind": "day_off", "name": "元旦"}]
LONGER = [{"date": f"2027-01-{day:02}", "kind": "day_off", "name": "元旦"} for day in (1, 4, 5)]


def filed(world: World, count: int) -> list[Application]:
    cases = [world.filed(now=FILED + timedelta(minutes=number)) for number in range(count)]
    deliver_messages(now=FILED + timedelta(hours=1))
    Message.objects.all().delete()
    return cases


def loaded(rows: Iterable[dict[str, str]], now=NOW) -> None:
    load_year(year=2027, rows=rows, source="国办发明电〔2026〕7号", now=now)


def moves(username: str) -> list[Message]:
    return list(Message.objects.filter(recipient__username=username, kind=MessageKind.MOVED).order_by("pk"))


def test_whoever_has_many_moved_cases_gets_one_message(world: World) -> None:
    cases = filed(world, 7)
    loaded(LONGER)
    assert backlog(now=NOW).rows == DeadlineEvent.objects.filter(kind="moved").count() > 7
    deliver_messages(now=NOW)
    for username in ("cq.handler", "dazu.filer", "dazu.viewer"):
        (one,) = moves(username)
        assert (one.subject, one.subject_id, one.number) == (Subject.DESK, None, "")
        assert one.title == "7 件案件的时限有变更"
        assert one.sentence.startswith("工作日历调整，与您有关的 7 件案件时限变更，先到期的在前：")
        assert f"{cases[0].number} 由 2027-01-05 变更为 2027-01-07；" in one.sentence
        assert one.sentence.count("变更为") == delivering_moves.NAMED
        assert one.sentence.endswith("；其余 2 件请在系统内查看。")
        assert one.mail == "daily"
    assert not DeadlineEvent.objects.filter(delivered_at=None).exists()
    assert backlog(now=NOW).rows == 0


def test_whoever_has_one_is_told_of_that_case(world: World) -> None:
    (case,) = filed(world, 1)
    loaded(LONGER)
    deliver_messages(now=NOW)
    (one,) = moves("cq.handler")
    assert (one.subject, one.subject_id, one.number) == (Subject.CASE, case.pk, case.number)
    assert one.title == "时限变更为 2027-01-07"


def test_a_second_run_tells_nothing_and_a_second_change_is_told(world: World) -> None:
    filed(world, 2)
    loaded(LONGER)
    for _ in range(2):
        deliver_messages(now=NOW)
    later = NOW + timedelta(minutes=5)
    loaded(NEW_YEAR, later)
    deliver_messages(now=later)
    first, second = moves("cq.handler")
    assert "由 2027-01-05 变更为 2027-01-07" in first.sentence
    assert "由 2027-01-07 变更为 2027-01-05" in second.sentence


def test_two_changes_before_the_first_telling_are_two_messages(world: World) -> None:
    filed(world, 2)
    loaded(LONGER)
    loaded(NEW_YEAR, NOW + timedelta(minutes=5))
    deliver_messages(now=NOW + timedelta(minutes=6))
    assert len(moves("cq.handler")) == 2


def test_a_change_of_long_ago_is_marked_and_told_to_nobody(world: World) -> None:
    filed(world, 2)
    loaded(LONGER)
    late = NOW + timedelta(days=31)
    assert deliver_moves(now=late)[1:] == (0, 0)
    assert not DeadlineEvent.objects.filter(kind="moved", delivered_at=None).exists()
    assert not Letter.objects.filter(message__kind=MessageKind.MOVED).exists()


def test_queries_grow_with_chunks_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(rows: Iterable[dict[str, str]], now) -> int:
        loaded(rows, now)
        with CaptureQueriesContext(connection) as queries:
            deliver_moves(now=now)
        return len(queries)

    filed(world, 2)
    few = asked(LONGER, NOW)
    filed(world, 4)
    assert asked(NEW_YEAR, NOW + timedelta(minutes=1)) == few
    monkeypatch.setattr(delivering_moves, "CHUNK", 1)
    assert asked(LONGER, NOW + timedelta(minutes=2)) > few
    assert "6 件案件" in moves("cq.handler")[-1].title


class Died(Exception):
    pass


@pytest.mark.parametrize("is_one_transaction", [True, False])
def test_a_deliverer_that_dies_before_the_mark_has_told_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, is_one_transaction: bool
) -> None:
    """The control writes messages and mark apart: then the messages stand without the mark."""
    filed(world, 2)
    loaded(LONGER)

    def die(_: QuerySet, **columns: object) -> int:
        raise Died(columns)

    with monkeypatch.context() as broken:
        broken.setattr(QuerySet, "update", die)
        if not is_one_transaction:
            broken.setattr(delivering_moves, "_deliver_change", delivering_moves._deliver_change.__wrapped__)
        with pytest.raises(Died):
            deliver_moves(now=NOW)
    assert len(moves("cq.handler")) == (0 if is_one_transaction else 1)
    deliver_moves(now=NOW)
    assert len(moves("cq.handler")) == 1
