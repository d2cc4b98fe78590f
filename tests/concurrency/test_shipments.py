"""Many trips recorded at once on one approval: never more than was approved, no manifest twice."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from apps.transfers.errors import Refused
from apps.transfers.models import Application, Shipment
from apps.transfers.services import shipping
from apps.transfers.services.answering import consent
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.shipping import record_shipment
from tests.concurrency.cases import MONDAY, doing, logs_are_complete, meet_before_the_lock
from tests.concurrency.together import at_once, in_step, without_row_locks
from tests.transfers.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def approved(world: World) -> Application:
    case = world.filed(now=MONDAY)
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=MONDAY)
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=MONDAY)


def trip(world: World, case: Application, serial: int, amount: int):
    return doing(
        record_shipment,
        case,
        world.filer_of("G-CQ1"),
        item_id=case.items.get().pk,
        manifest_no=f"20265001{serial:06d}",
        amount_t=Decimal(amount),
        shipped_on=MONDAY.date(),
        carrier_name="示例危货运输有限公司",
    )


def shipped() -> Decimal:
    return Shipment.objects.aggregate(total=Sum("amount_t"))["total"]


def test_sixteen_trips_at_once_ship_what_was_approved_and_no_more(real_world, monkeypatch):
    case = approved(real_world)
    works = [trip(real_world, case, serial, 20) for serial in range(16)]
    meet_before_the_lock(monkeypatch, 16)
    answers = at_once(*works)
    refused = [answer for answer in answers if not isinstance(answer, Shipment)]
    assert (shipped(), len(refused)) == (120, 10)
    assert {type(answer) for answer in refused} == {Refused}
    assert {answer.code for answer in refused} == {"shipment.over"}
    assert all("尚可转移 0.0000 吨，本次 20.0000 吨" in answer.sentence for answer in refused)
    assert logs_are_complete()


def test_one_manifest_sent_four_times_is_one_trip(real_world, monkeypatch):
    case = approved(real_world)
    meet_before_the_lock(monkeypatch, 4)
    answers = at_once(*[trip(real_world, case, 1, 20)] * 4)
    assert sorted(getattr(answer, "code", "recorded") for answer in answers) == ["manifest.used"] * 3 + ["recorded"]
    assert shipped() == 20


def test_one_manifest_for_two_cases_is_recorded_once(real_world, monkeypatch):
    one, other = approved(real_world), approved(real_world)
    works = [trip(real_world, one, 1, 20), trip(real_world, other, 1, 20)]
    in_step(monkeypatch, shipping, "left_t", 2)  # two cases, two locks: only the manifest's key is between them
    answers = at_once(*works)
    assert sorted(getattr(answer, "code", "recorded") for answer in answers) == ["manifest.used", "recorded"]


def test_control_without_locks_each_trip_finds_the_whole_balance(real_world, monkeypatch):
    case = approved(real_world)
    works = [trip(real_world, case, serial, 120) for serial in range(2)]
    without_row_locks(monkeypatch)
    # The log's own key would stop the second; here only the balance is looked at.
    monkeypatch.setattr("apps.transfers.services.acting.log", lambda _, **__: None)
    in_step(monkeypatch, shipping, "left_t", 2)
    assert {type(answer) for answer in at_once(*works)} == {Shipment}
    assert shipped() == 240
