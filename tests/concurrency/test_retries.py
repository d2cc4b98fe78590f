"""The same message delivered more than once, at the same moment: it counts once."""

from decimal import Decimal

import pytest
from django.db import IntegrityError

from apps.transfers.errors import Refused
from apps.transfers.models import Application
from apps.transfers.services.answering import consent
from apps.transfers.services.filing import resubmit
from apps.transfers.services.reviewing import Point, endorse, request_correction
from apps.whitelists.models import QuotaMovement
from apps.whitelists.services import ledger
from tests.concurrency.cases import (
    MONDAY,
    TUESDAY,
    acts_of,
    books_agree,
    doing,
    filing,
    kinds_of,
    logs_are_complete,
    meet_before_the_lock,
)
from tests.concurrency.together import at_once, in_step, without_row_locks

pytestmark = pytest.mark.django_db(transaction=True)


def once_and_told(answers):
    """One answer is the act, all the others say that the state has moved on."""
    won = [answer for answer in answers if isinstance(answer, Application)]
    lost = [answer for answer in answers if not isinstance(answer, Application)]
    return len(won) == 1 and all(isinstance(answer, Refused) and answer.code == "state.moved" for answer in lost)


def test_a_filing_sent_four_times_files_once(real_world, monkeypatch):
    draft = real_world.draft(now=MONDAY)
    meet_before_the_lock(monkeypatch, 4)
    assert once_and_told(at_once(*[filing(real_world, draft)] * 4))
    case = Application.objects.get()
    assert (case.number, case.round, acts_of(case)) == ("2026-50-51-00001", 1, ["submit"])
    assert kinds_of(case) == ["receipt"]
    assert real_world.entry("O-SC1", "900-045-49", "CQ").held_t == 120
    assert books_agree()


def test_a_consent_sent_four_times_consents_once(real_world, monkeypatch):
    case = real_world.filed(now=MONDAY)
    endorse(application_id=case.pk, by=real_world.user("cq.handler"), now=MONDAY)
    meet_before_the_lock(monkeypatch, 4)
    assert once_and_told(at_once(*[doing(consent, case, real_world.user("sc.handler"))] * 4))
    assert acts_of(case) == ["submit", "endorse", "consent"]
    assert kinds_of(case).count("approval") == 1
    entry = real_world.entry("O-SC1", "900-045-49", "CQ")
    assert (entry.held_t, entry.used_t) == (0, 120)
    assert books_agree()


def test_a_resubmission_sent_four_times_is_one_round(real_world, monkeypatch):
    case = real_world.filed(now=MONDAY)
    point = Point("委托合同", "未盖章", "请补盖公章")
    request_correction(application_id=case.pk, by=real_world.user("cq.handler"), now=MONDAY, points=[point])
    again = doing(
        resubmit, case, real_world.filer_of("G-CQ1"), TUESDAY, seen_route="fast_track", answers={1: "已补盖。"}
    )
    meet_before_the_lock(monkeypatch, 4)
    assert once_and_told(at_once(*[again] * 4))
    case = Application.objects.get(pk=case.pk)
    assert (case.round, acts_of(case)) == (2, ["submit", "request_correction", "resubmit"])
    assert real_world.entry("O-SC1", "900-045-49", "CQ").held_t == 120
    assert books_agree()
    assert logs_are_complete()


def message(verb, entry, amount="40"):
    amounts = {entry.pk: Decimal(amount)}
    return lambda: verb(amounts=amounts, reference="A", round=1, occurred_at=MONDAY, now=MONDAY)[0].pk


@pytest.mark.parametrize("verb", [ledger.hold, ledger.release, ledger.commit, ledger.restore])
def test_a_movement_sent_sixteen_times_moves_once(real_world, verb):
    entry = real_world.entry("O-SC1", "900-045-49", "CQ")
    for earlier in {ledger.release: [ledger.hold], ledger.commit: [ledger.hold]}.get(verb, []):
        message(earlier, entry)()
    if verb is ledger.restore:
        message(ledger.hold, entry)()
        message(ledger.commit, entry)()
    assert len(set(at_once(*[message(verb, entry)] * 16))) == 1
    assert QuotaMovement.objects.filter(entry=entry, reference="A", kind=verb.__name__).count() == 1
    assert books_agree()


def test_control_without_the_lock_the_second_message_meets_the_unique_key(real_world, monkeypatch):
    entry = real_world.entry("O-SC1", "900-045-49", "CQ")
    without_row_locks(monkeypatch)
    in_step(monkeypatch, ledger, "_movements", 2)  # both have looked for the replay and found none
    answers = at_once(*[message(ledger.hold, entry)] * 2)
    (failure,) = [answer for answer in answers if not isinstance(answer, int)]
    assert isinstance(failure, IntegrityError)
    assert "quota_movement_once" in str(failure)
