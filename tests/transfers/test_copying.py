"""Once more like last time: what is taken over, what is left behind, what no longer fits."""

from datetime import date
from decimal import Decimal

import pytest

from apps.deadlines.services import load_calendar
from apps.organisations.models import Enterprise
from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, NotFound
from apps.transfers.models import Application
from apps.transfers.rules.choosing import consequences
from apps.transfers.rules.copying import no_longer_fits, route_told
from apps.transfers.services.checking import check_application
from apps.transfers.services.copying import copy_application
from apps.whitelists.models import WhitelistEntry
from tests.transfers.check_facts import PERMIT, checked, item
from tests.transfers.world import World, at

NOW, LATER = at("2026-01-05"), at("2026-06-01")


def test_what_blocks_now_is_news_and_what_a_copy_lacks_is_not() -> None:
    result = checked(
        items=(item(1, is_catalogued_at_filing=False, is_catalogued_at_start=False),),
        requested_from=None,
        requested_until=None,
        operator_permits=(PERMIT.__class__(**{**_of(PERMIT), "valid_until": date(2025, 12, 31)}),),
    )
    assert {finding.code for finding in no_longer_fits(result, was_listed=True)} == {"code.unknown", "permit.none"}


def test_an_entry_that_is_gone_is_news_to_whoever_was_listed() -> None:
    result = checked(items=(item(1, entry=None),))
    assert [finding.code for finding in no_longer_fits(result, was_listed=True)] == ["entry.none"]
    assert list(no_longer_fits(result, was_listed=False)) == []


def test_another_route_is_told() -> None:
    result = checked(items=(item(1, entry=None),))
    assert route_told("fast_track", result) == "上次按“名单内直接审批”办理，现在将按“一般审批程序”办理。"
    assert route_told("general", result) == ""
    assert route_told("", result) == ""


def test_choosing_elsewhere_tells_what_becomes_of_the_other_items() -> None:
    before = checked(items=(item(1, entry=None), item(2)))
    after = checked(items=(item(1), item(2, entry=None, waste_code="900-041-49")))
    told = list(consequences(before, after, chosen=1))
    assert told[0] == "第 2 项原来对应名单条目，在新接受人名下没有对应条目。"
    assert "核准经营范围不包括 900-041-49" in told[1]
    assert len(told) == 2
    assert list(consequences(before, before, chosen=1)) == []


def _of(permit) -> dict:
    return {name: getattr(permit, name) for name in permit.__slots__}


@pytest.mark.django_db
class TestCopying:
    def test_a_filed_case_becomes_a_fresh_draft(self, world: World) -> None:
        last = world.filed(now=NOW, items={"900-045-49": "120"})
        Application.objects.filter(pk=last.pk).update(contract_until=date(2026, 12, 31), contract_sender="甲方")
        draft = copy_application(application_id=last.pk, by=world.filer_of("G-CQ1"), now=LATER)
        assert (draft.state, draft.number, draft.round, draft.edition_id) == (State.DRAFT, None, 0, None)
        assert (draft.operator_id, draft.carrier_name) == (last.operator_id, last.carrier_name)
        assert (draft.contract_no, draft.contract_sender) == ("HT-2026-001", "甲方")
        assert (draft.requested_from, draft.requested_until) == (None, None)
        assert draft.attachments.count() == 0
        copied = draft.items.get()
        assert (copied.waste_code, copied.amount_t) == ("900-045-49", Decimal(120))
        assert (copied.entry_id, copied.approved_t, copied.consented_t) == (None, None, None)
        assert world.entry("O-SC1", "900-045-49", "CQ").held_t == Decimal(120)

    def test_a_contract_that_has_run_out_stays_behind(self, world: World) -> None:
        last = world.filed(now=NOW)
        Application.objects.filter(pk=last.pk).update(contract_until=date(2026, 5, 31))
        draft = copy_application(application_id=last.pk, by=world.filer_of("G-CQ1"), now=LATER)
        assert (draft.contract_no, draft.contract_until) == ("", None)

    def test_who_operates_no_more_is_not_taken_over(self, world: World) -> None:
        last = world.filed(now=NOW)
        Enterprise.objects.filter(pk=last.operator_id).update(is_operator=False, generator_kind="producer")
        draft = copy_application(application_id=last.pk, by=world.filer_of("G-CQ1"), now=LATER)
        assert (draft.operator, draft.destination) == (None, None)

    def test_a_shorter_quota_is_told(self, world: World) -> None:
        last = world.filed(now=NOW, items={"900-045-49": "120"})
        entry = world.entry("O-SC1", "900-045-49", "CQ")
        WhitelistEntry.objects.filter(pk=entry.pk).update(quota_t=Decimal(200))
        draft = copy_application(application_id=last.pk, by=world.filer_of("G-CQ1"), now=LATER)
        result = check_application(application=draft, today=LATER.date(), calendar=load_calendar())
        assert [finding.code for finding in no_longer_fits(result, was_listed=True)] == ["quota.exceeded"]

    def test_nobody_copies_what_is_not_theirs(self, world: World) -> None:
        last = world.filed(now=NOW)
        with pytest.raises(NotFound):
            copy_application(application_id=last.pk, by=world.filer_of("G-CQ2"), now=LATER)
        with pytest.raises(NotAllowed):
            copy_application(application_id=last.pk, by=world.staff_of("O-SC1"), now=LATER)
        assert Application.objects.count() == 1
