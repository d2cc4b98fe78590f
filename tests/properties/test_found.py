"""What the machine and the thinking about it found, each told once more as a plain case."""

from datetime import date
from decimal import Decimal

import pytest

from apps.deadlines.models import Deadline
from apps.transfers.enums import SuspensionReason
from apps.transfers.errors import Refused
from apps.transfers.models import Application
from apps.transfers.services.acting import sweep_one
from apps.transfers.services.answering import consent
from apps.transfers.services.drafts import DraftForm, save_draft
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.shipping import record_shipment
from apps.transfers.services.suspending import suspend
from tests.faults.cases import approved, filed, in_correction, local, put_aside
from tests.transfers.conftest import world
from tests.transfers.world import World, at

__all__ = ["world"]


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "1E+40", "0.00001", "-1", "0"])
def test_a_figure_that_is_no_tonnage_is_refused_with_a_sentence(world: World, figure: str) -> None:
    case = approved(world)
    with pytest.raises(Refused) as refused:
        record_shipment(
            application_id=case.pk,
            by=world.filer_of("G-CQ1"),
            now=at("2026-02-02"),
            item_id=case.items.get().pk,
            manifest_no="20265001000001",
            amount_t=Decimal(figure),
            shipped_on=date(2026, 2, 2),
            carrier_name="重庆示例危货运输有限公司",
        )
    assert refused.value.code == "shipment.amount"


@pytest.mark.parametrize("figure", ["NaN", "1E+40"])
def test_the_destination_consents_to_no_such_figure_either(world: World, figure: str) -> None:
    case = filed(world)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    with pytest.raises(Refused) as refused:
        consent(
            application_id=case.pk,
            by=world.user("sc.handler"),
            now=at("2026-01-07"),
            amounts={case.items.get().pk: Decimal(figure)},
            reasons="能力不足",
        )
    assert refused.value.code == "amount.more"


def test_no_review_is_suspended_until_the_end_of_all_days(world: World) -> None:
    case = filed(world)
    with pytest.raises(Refused) as refused:
        suspend(
            application_id=case.pk,
            by=world.user("cq.handler"),
            now=at("2026-01-06"),
            reason=SuspensionReason.EXPERTS,
            explanation="专家评审",
            expected_end_on=date(9999, 12, 31),
        )
    assert refused.value.code == "suspension.end"


def test_a_lapse_ends_the_stopped_clock_at_its_own_moment_however_late_the_sweep(world: World) -> None:
    case = in_correction(world)
    lapse = Deadline.objects.get(reference=case.number, kind="lapse")
    sweep_one(application_id=case.pk, now=at("2026-06-01"))
    whole = Deadline.objects.get(reference=case.number, kind="whole")
    assert (whole.status, whole.ended_at) == ("ended", lapse.due_at)


def test_nobody_edits_what_has_lapsed_before_the_late_sweep_says_so(world: World) -> None:
    case = in_correction(world)
    assert case.due_at is not None
    form = DraftForm(operator_id=case.operator_id, requested_from=case.requested_from, requested_until=date(2026, 6, 1))
    with pytest.raises(Refused) as refused:
        save_draft(application_id=case.pk, by=world.filer_of("G-CQ1"), now=case.due_at, version=case.version, form=form)
    assert refused.value.code == "draft.closed"


def test_an_act_at_the_very_moment_of_a_clock_is_not_recalled_into_disorder(world: World) -> None:
    """The clock passes the case on at 24:00; who endorses in that same moment can't be told from it afterwards."""
    case = local(world)
    midnight = case.due_at
    origin = world.user("sc.handler")
    case = endorse(application_id=case.pk, by=origin, now=midnight)
    assert [row.act for row in case.log.all()] == ["submit", "give_opinion", "endorse"]
    with pytest.raises(Refused) as refused:
        recall(application_id=case.pk, by=origin, now=midnight.replace(minute=5))
    assert refused.value.code == "recall.too_late"
    assert not Deadline.objects.running().filter(reference=case.number, kind="local").exists()


def test_what_is_signed_after_a_late_resumption_can_be_recalled(world: World) -> None:
    """The due moment that bounds a recall is the one after the clocks have acted, not the suspension's own."""
    case, origin = put_aside(world), world.user("cq.handler")
    now = at("2026-01-19")
    case = endorse(application_id=case.pk, by=origin, now=now)
    assert [row.act for row in case.log.all()][-2:] == ["resume", "endorse"]
    case = recall(application_id=case.pk, by=origin, now=now.replace(minute=5))
    assert Application.objects.get(pk=case.pk).state == "origin_review"
