"""The main job: Dazu files 120 t of circuit boards to Suining on the list, both bureaus act (joint)."""

from datetime import date
from decimal import Decimal

import pytest

from apps.catalogue.enums import PaperKind
from apps.deadlines.models import Deadline
from apps.transfers.enums import State
from apps.transfers.errors import Refused
from apps.transfers.models import Paper
from apps.transfers.services.answering import consent
from apps.transfers.services.filing import submit
from apps.transfers.services.reviewing import approve, endorse
from apps.whitelists.services.ledger import reconcile
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db


def test_from_filing_to_approval(world: World) -> None:
    case = world.filed(now=at("2026-01-05"))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    assert (case.number, case.state, case.route) == ("2026-50-51-00001", State.ORIGIN_REVIEW, "fast_track")
    assert (entry.held_t, entry.used_t, entry.available_t) == (Decimal(120), Decimal(0), Decimal(2880))
    assert case.due_at == at("2026-01-13", "00:00")

    case = endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    assert (case.state, case.accepted_on, case.accepted_how) == (State.DESTINATION_REVIEW, date(2026, 1, 5), "implied")

    case = consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-08"))
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    assert case.state == State.APPROVED
    assert (case.decided_on, case.valid_from, case.valid_until) == (
        date(2026, 1, 8),
        date(2026, 1, 8),
        date(2026, 12, 31),
    )
    assert (entry.held_t, entry.used_t) == (Decimal(0), Decimal(120))
    assert [row.act for row in case.log.all()] == ["submit", "endorse", "consent"]
    assert [row.position for row in case.log.all()] == [1, 2, 3]
    assert reconcile() == []
    kinds = list(Paper.objects.filter(application=case).values_list("kind", "number"))
    assert [kind for kind, _ in kinds] == [
        PaperKind.RECEIPT,
        PaperKind.ACCEPTANCE,
        PaperKind.LETTER,
        PaperKind.REPLY_AGREE,
        PaperKind.APPROVAL,
    ]
    assert kinds[-1][1] == "渝环危转〔2026〕1号"
    assert [clock.kind for clock in Deadline.objects.open().filter(reference=case.number)] == ["closing"]


def test_prior_consent_lets_the_origin_approve_alone(world: World) -> None:
    case = world.filed(generator="G-SC1", operator="O-CQ1", items={"900-052-31": "30000"}, now=at("2026-01-05"))
    with pytest.raises(Refused) as refused:
        endorse(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-06"))
    assert refused.value.code == "letter.not_needed"
    case = approve(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-06"))
    assert case.state == State.APPROVED
    kinds = list(Paper.objects.filter(application=case).values_list("kind", flat=True))
    assert kinds == [PaperKind.RECEIPT, PaperKind.ACCEPTANCE, PaperKind.APPROVAL, PaperKind.NOTICE]


def test_filing_twice_files_once(world: World) -> None:
    case = world.filed(now=at("2026-01-05"))
    with pytest.raises(Refused) as refused:
        submit(application_id=case.pk, by=world.filer_of("G-CQ1"), now=at("2026-01-05"), seen_route="fast_track")
    assert refused.value.code == "state.moved"
    assert world.entry("O-SC1", "900-045-49", "CQ").held_t == Decimal(120)
