"""Everybody whom a row concerns is told once, nobody else, and nobody of what they did themselves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.deadlines.models import Deadline, DeadlineEvent
from apps.notifications.enums import MailChoice, MessageKind
from apps.notifications.models import Letter, Message, Preference
from apps.notifications.services import delivering
from apps.notifications.services.delivering import deliver_messages
from apps.notifications.telling.case_words import ACTS
from apps.organisations.models import Deputy, Membership
from apps.transfers.attendances import ATTENDANCES
from apps.transfers.models import Application, LogRow, SignoffChain
from apps.transfers.services.alerting import sweep_alerts
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.noting import take_on
from apps.transfers.services.reviewing import Point, endorse, request_correction
from apps.transfers.services.signing.passing import send_back
from apps.transfers.services.signing.preparing import prepare
from apps.transfers.services.sweeping import sweep
from apps.whitelists.models import ListEvent
from apps.whitelists.services.ledger import hold
from tests.transfers.world import World, at

FILED = at("2026-01-05")


def told(kind: MessageKind | str = "") -> set[str]:
    rows = Message.objects.filter(kind=kind) if kind else Message.objects.all()
    return set(rows.values_list("recipient__username", flat=True))


@pytest.fixture
def case(world: World) -> Application:
    """Filed and told of; the lists' own log is told of before."""
    deliver_messages(now=FILED - timedelta(days=40))
    case = world.filed(now=FILED)
    deliver_messages(now=FILED)
    return case


def forget() -> None:
    Message.objects.all().delete()


def test_a_filing_tells_the_origin_the_operator_and_the_colleague(case: Application) -> None:
    assert told(MessageKind.ARRIVED) == {"cq.handler"}
    assert told(MessageKind.PROGRESS) == {"dazu.viewer", "suining.operator"}
    arrived = Message.objects.get(kind=MessageKind.ARRIVED)
    assert arrived.number == case.number
    assert "2026-01-12" in arrived.sentence
    assert not LogRow.objects.filter(delivered_at__isnull=True).exists()


def test_a_second_run_tells_nothing(case: Application) -> None:
    before = set(Message.objects.values_list("pk", flat=True))
    assert deliver_messages(now=FILED + timedelta(minutes=1)).rows == 0
    assert set(Message.objects.values_list("pk", flat=True)) == before


def test_what_arrives_is_told_to_who_took_the_case_on(world: World, case: Application) -> None:
    other = world.user("cq.section_head")
    Membership.objects.create(user=other, role="handler", bureau=world.parties.bureaus["CQ"], valid_from="2025-01-01")
    take_on(application_id=case.pk, by=world.user("cq.section_head"), now=FILED)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    deliver_messages(now=at("2026-01-06"))
    forget()
    object_to(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"), reasons="能力不足")
    deliver_messages(now=at("2026-01-07"))
    assert told(MessageKind.ARRIVED) == {"cq.section_head"}


def test_the_destinations_reasons_stay_between_bureaus(world: World, case: Application) -> None:
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    object_to(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"), reasons="能力不足")
    deliver_messages(now=at("2026-01-07"))
    mine = Message.objects.filter(recipient__username="dazu.filer")
    assert mine.exists()
    assert not mine.filter(sentence__contains="能力不足").exists()
    assert not mine.filter(title__contains="不同意").exists()


def test_an_approval_by_consent_is_a_decision_for_both_parties(world: World, case: Application) -> None:
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    deliver_messages(now=at("2026-01-06"))
    assert told(MessageKind.ARRIVED) == {"cq.handler", "sc.handler"}
    consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))
    deliver_messages(now=at("2026-01-07"))
    assert told(MessageKind.DECIDED) == {"dazu.filer", "dazu.viewer", "suining.operator", "cq.handler"}


def test_a_deputy_is_told_with_the_absent_and_who_left_is_not(world: World, case: Application) -> None:
    forget()
    handler, head = world.user("cq.handler"), world.user("cq.section_head")
    days = {"valid_from": "2026-01-05", "valid_until": "2026-01-09"}
    bureau = world.parties.bureaus["CQ"]
    Deputy.objects.create(bureau=bureau, person=handler, deputy=head, named_by=handler, named_at=FILED, **days)
    world.filed(now=at("2026-01-06"))
    deliver_messages(now=at("2026-01-06"))
    assert told(MessageKind.ARRIVED) == {"cq.handler", "cq.section_head"}
    forget()
    Membership.objects.filter(user=handler).update(valid_until="2026-01-06")
    world.filed(now=at("2026-01-07"))
    deliver_messages(now=at("2026-01-07"))
    assert told(MessageKind.ARRIVED) == set()


def test_the_ladder_is_told_rung_by_rung_and_a_missed_reminder_to_nobody(world: World, case: Application) -> None:
    forget()
    late = at("2026-01-16", "00:30")
    sweep(now=late)
    deliver_messages(now=late)
    kinds = set(DeadlineEvent.objects.filter(deadline__reference=case.number).values_list("kind", flat=True))
    assert "missed" in kinds
    assert told(MessageKind.REMINDED) == set()
    assert told(MessageKind.LATE) == {"cq.handler", "dazu.filer", "dazu.viewer"}
    assert told(MessageKind.SUPERVISED) == {"cq.section_head", "cq.signatory"}
    # The breach happened at its own moment, however late it was recorded, and is mailed all the same.
    row = Message.objects.get(kind=MessageKind.LATE, recipient__username="cq.handler")
    assert row.occurred_at == at("2026-01-13", "00:00")
    assert row.letters.get().channel == "mail"


@pytest.mark.parametrize(("clock", "who"), [("whole", {"cq.handler", "dazu.filer", "dazu.viewer"}), ("target", set())])
def test_a_moved_day_is_told_of_the_limit_that_the_page_shows(
    world: World, case: Application, clock: str, who: set[str]
) -> None:
    moved = {"due_from": at("2026-01-13", "00:00"), "due_to": at("2026-01-14", "00:00")}
    DeadlineEvent.objects.create(
        deadline=Deadline.objects.get(reference=case.number, kind=clock),
        kind="moved",
        round=1,
        occurred_at=FILED,
        recorded_at=FILED,
        details=moved,
    )
    deliver_messages(now=FILED)
    assert told(MessageKind.MOVED) == who
    for message in Message.objects.filter(kind=MessageKind.MOVED):
        assert "时限由 2026-01-12 变更为 2026-01-13" in message.sentence


def test_a_warning_before_a_lapse_reaches_the_filer(world: World, case: Application) -> None:
    request_correction(
        application_id=case.pk,
        by=world.user("cq.handler"),
        now=at("2026-01-06"),
        points=[Point("合同", "缺页", "补齐")],
    )
    deliver_messages(now=at("2026-01-06"))
    assert told(MessageKind.MENDING) == {"dazu.filer", "dazu.viewer"}
    forget()
    for day in ("2026-02-05", "2026-02-12"):
        sweep(now=at(day))
        deliver_messages(now=at(day))
    assert told(MessageKind.REMINDED) == {"dazu.filer"}


def test_whoever_has_to_sign_next_is_told_and_the_handler_of_what_came_back(world: World, case: Application) -> None:
    bureau = world.parties.bureaus["CQ"]
    SignoffChain.objects.create(bureau=bureau, act="endorse", roles=["handler", "section_head", "signatory"])
    forget()
    drafted = prepare(
        application_id=case.pk, name="endorse", by=world.user("cq.handler"), now=FILED, arguments={}, remark="请审"
    )
    deliver_messages(now=FILED)
    assert told(MessageKind.SIGNING) == {"cq.section_head"}
    message = Message.objects.get(kind=MessageKind.SIGNING)
    assert (message.subject_id, message.title) == (drafted.pk, "待审核：商请接受地")
    forget()
    send_back(
        preparation_id=drafted.pk, by=world.user("cq.section_head"), now=FILED, revision=drafted.revision, remark="补充"
    )
    deliver_messages(now=FILED)
    assert told(MessageKind.SIGNING) == {"cq.handler"}
    assert "补充" in Message.objects.get(kind=MessageKind.SIGNING).sentence


def test_an_event_of_a_list_reaches_whom_it_names(world: World, case: Application) -> None:
    forget()
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    hold(amounts={entry.pk: entry.available_t}, reference="CASE-1", round=1, occurred_at=FILED, now=FILED)
    sweep_alerts(now=FILED)
    deliver_messages(now=FILED)
    assert told(MessageKind.LIST_USE) == {"cq.whitelist_admin", "sc.whitelist_admin"}
    assert not ListEvent.objects.filter(delivered_at__isnull=True).exists()


def test_wishes_decide_about_letters_only(world: World, case: Application) -> None:
    arrived = Message.objects.get(kind=MessageKind.ARRIVED)
    assert [letter.address for letter in arrived.letters.all()] == ["cq.handler@example.invalid"]
    assert not Letter.objects.filter(message__kind=MessageKind.PROGRESS).exists()
    assert set(Message.objects.filter(kind=MessageKind.PROGRESS).values_list("mail", flat=True)) == {MailChoice.DAILY}
    handler = world.user("cq.handler")
    Preference.objects.create(user=handler, kind=MessageKind.ARRIVED, mail=MailChoice.NONE)
    world.filed(now=at("2026-01-06"))
    deliver_messages(now=at("2026-01-06"))
    assert Message.objects.filter(kind=MessageKind.ARRIVED).count() == 2
    assert Letter.objects.filter(message__kind=MessageKind.ARRIVED).count() == 1


def test_the_past_floods_nobody(world: World) -> None:
    """Older than a week: in the app only; older than a month: marked."""
    world.filed(now=FILED)
    deliver_messages(now=FILED + timedelta(days=8))
    assert Message.objects.filter(kind=MessageKind.ARRIVED, mail=MailChoice.NONE).count() == 1
    assert not Letter.objects.exists()
    forget()
    world.filed(now=at("2026-01-06"))
    deliver_messages(now=FILED + timedelta(days=40))
    assert not Message.objects.exists()
    assert not LogRow.objects.filter(delivered_at__isnull=True).exists()


def test_rows_that_commit_late_and_have_earlier_keys_are_told(world: World, case: Application) -> None:
    """Read by their marks: a key below the last one told is no reason to pass a row by."""
    first, second = (world.filed(now=at("2026-01-06")) for _ in range(2))
    forget()
    early = LogRow.objects.filter(application=first).earliest("pk")
    assert early.pk < LogRow.objects.filter(application=second).earliest("pk").pk
    LogRow.objects.filter(pk=early.pk).update(delivered_at=FILED)  # as good as not there yet
    deliver_messages(now=at("2026-01-06"))
    LogRow.objects.filter(pk=early.pk).update(delivered_at=None)
    deliver_messages(now=at("2026-01-06"))
    assert set(Message.objects.filter(kind=MessageKind.ARRIVED).values_list("subject_id", flat=True)) == {
        first.pk,
        second.pk,
    }


def test_queries_do_not_grow_with_rows(world: World, case: Application) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            deliver_messages(now=at("2026-01-06"))
        return len(queries)

    world.filed(now=at("2026-01-06"))
    few = asked()
    for _ in range(5):
        world.filed(now=at("2026-01-06"))
    assert asked() == few


def test_a_chunk_that_is_full_is_followed_by_the_next(world: World, case: Application, monkeypatch) -> None:
    monkeypatch.setattr(delivering, "CHUNK", 1)
    for _ in range(3):
        world.filed(now=at("2026-01-06"))
    assert deliver_messages(now=at("2026-01-06"), most=1).is_more
    assert not deliver_messages(now=at("2026-01-06")).is_more
    assert Message.objects.filter(kind=MessageKind.ARRIVED).count() == 4


def test_every_act_has_words() -> None:
    machine = {row.name for row in Application._meta.get_field("state").get_all_transitions(Application)}
    # An approval speaks for itself, whoever's signature made it.
    assert machine | set(ATTENDANCES) | {"release_hold", "end_one_pause"} == set(ACTS) | {"approve"}
