"""Next year's draft from this year's list."""

from datetime import date
from decimal import Decimal

import pytest

from apps.organisations.enums import Role
from apps.organisations.models import User
from apps.whitelists.enums import EditionStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, ListEvent
from apps.whitelists.services.carrying import carry_over
from apps.whitelists.services.ledger import adjust
from tests.catalogue.factories import province
from tests.organisations.factories import BureauFactory, member
from tests.whitelists.factories import NOW, confirm, make_edition, make_entry

pytestmark = pytest.mark.django_db
NEXT = {"begins_on": date(2027, 1, 1), "ends_on": date(2027, 12, 31)}


def administrator(short: str, user: User | None = None) -> User:
    """A new one, or the same person once more."""
    bureau = BureauFactory(province=province(short))
    return member(Role.WHITELIST_ADMIN, bureau, **({"user": user} if user else {}))


@pytest.fixture
def source() -> Edition:
    edition = make_edition()
    make_entry(edition, number="02", quota="60")
    make_entry(edition, number="01", category="HW49")
    emptied = make_entry(edition, number="03")
    confirm(edition)
    adjust(entry_id=emptied.pk, change_t=Decimal(-100), reference="adjustment:1", occurred_at=NOW, now=NOW)
    edition = Edition.objects.get(pk=edition.pk)
    Edition.objects.filter(pk=edition.pk).update(name="2026年度示例名单", limits_validity=True)
    return Edition.objects.get(pk=edition.pk)


def test_the_draft_begins_with_what_the_list_has_now(source: Edition) -> None:
    made = carry_over(edition_id=source.pk, by=administrator("SC"), now=NOW, **NEXT)
    assert (made.name, made.status, made.carried_from_id) == ("2027年度示例名单", EditionStatus.DRAFT, source.pk)
    assert (made.begins_on, made.limits_validity, made.consent_mode) == (NEXT["begins_on"], True, source.consent_mode)
    kept = {(line.number, line.category_id, line.quota_t, line.operator_id) for line in made.lines.all()}
    entries = source.entries.exclude(number="03")
    assert kept == {(entry.number, entry.category_id, entry.quota_t, entry.operator_id) for entry in entries}
    event = ListEvent.objects.get(edition=made)
    assert (event.kind, made.lines.count()) == ("opened", 2)


def test_only_the_destination_carries_over(source: Edition) -> None:
    for short in ("CQ", "GZ"):
        with pytest.raises(ListNotAllowed):
            carry_over(edition_id=source.pk, by=administrator(short), now=NOW, **NEXT)
    with pytest.raises(ListNotAllowed):
        carry_over(edition_id=source.pk, by=administrator("CQ", administrator("SC")), now=NOW, **NEXT)
    draft = make_edition("YN")
    with pytest.raises(ListNotFound):
        carry_over(edition_id=draft.pk, by=administrator("CQ"), now=NOW, **NEXT)


def test_refusals_change_nothing(source: Edition) -> None:
    by = administrator("SC")
    first = carry_over(edition_id=source.pk, by=by, now=NOW, **NEXT)
    for key, days, code in (
        (source.pk, NEXT, "carry.exists"),
        (source.pk, {"begins_on": date(2026, 12, 31), "ends_on": date(2027, 12, 31)}, "carry.too_early"),
        (source.pk, {"begins_on": date(2028, 2, 1), "ends_on": date(2028, 1, 1)}, "edition.invalid"),
        (first.pk, {"begins_on": date(2028, 1, 1), "ends_on": date(2028, 12, 31)}, "carry.not_confirmed"),
    ):
        with pytest.raises(WhitelistError) as refused:
            carry_over(edition_id=key, by=by, now=NOW, **days)
        assert refused.value.code == code
    assert Edition.objects.filter(carried_from__isnull=False).count() == 1


def test_a_second_half_year_has_a_name_of_its_own(source: Edition) -> None:
    days = {"begins_on": date(2027, 1, 1), "ends_on": date(2027, 6, 30)}
    by = administrator("SC")
    first = carry_over(edition_id=source.pk, by=by, now=NOW, **days)
    Edition.objects.filter(pk=first.pk).update(status=EditionStatus.ABANDONED)
    again = carry_over(edition_id=source.pk, by=by, now=NOW, name="2027年上半年名单", **days)
    assert again.name == "2027年上半年名单"
