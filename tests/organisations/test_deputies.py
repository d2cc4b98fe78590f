"""Deputies: who may name one, for whom, for how long, and who can then do what needs the role."""

from datetime import date, datetime

import pytest

from apps.deadlines.workdays import ZONE
from apps.organisations.enums import Role
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Bureau, Deputy, User
from apps.organisations.services.deputies import (
    colleagues,
    deputies_of,
    end_deputy,
    holders_of,
    name_deputy,
)
from tests.organisations.factories import BureauFactory, UserFactory, member

pytestmark = pytest.mark.django_db
MONDAY, FRIDAY = date(2026, 1, 5), date(2026, 1, 9)
NOW = datetime(2026, 1, 5, 10, tzinfo=ZONE)


@pytest.fixture
def bureau(reference) -> Bureau:
    return BureauFactory()


@pytest.fixture
def people(bureau: Bureau) -> dict[str, User]:
    return {role: member(Role(role), bureau) for role in ("handler", "section_head", "signatory", "bureau_head")}


def name(bureau: Bureau, person: User, deputy: User, by: User, **days: date) -> Deputy:
    wanted = {"valid_from": MONDAY, "valid_until": FRIDAY} | days
    return name_deputy(bureau=bureau, person=person, deputy=deputy, by=by, on=MONDAY, at=NOW, **wanted)


def told(bureau: Bureau, on: date, *roles: str) -> list[str]:
    return [holder.told for holder in holders_of(bureau_id=bureau.pk, roles=roles, on=on)]


def test_a_deputy_holds_the_role_from_the_first_to_the_last_day(bureau, people):
    name(bureau, people["signatory"], people["handler"], people["signatory"], valid_from=date(2026, 1, 6))
    own, deputy = str(people["signatory"]), f"{people['handler']}（代{people['signatory']}）"
    assert told(bureau, MONDAY, "signatory") == [own]
    assert told(bureau, date(2026, 1, 6), "signatory") == [own, deputy]
    assert told(bureau, FRIDAY, "signatory") == [own, deputy]
    assert told(bureau, date(2026, 1, 10), "signatory") == [own]


def test_who_holds_a_role_themselves_is_no_deputy_too(bureau, people):
    name(bureau, people["signatory"], people["bureau_head"], people["signatory"])
    assert told(bureau, MONDAY, "signatory", "bureau_head") == [str(people["signatory"]), str(people["bureau_head"])]


def test_a_closed_account_stands_in_for_nobody(bureau, people):
    name(bureau, people["signatory"], people["handler"], people["signatory"])
    User.objects.filter(pk=people["handler"].pk).update(is_active=False)
    assert told(bureau, MONDAY, "signatory") == [str(people["signatory"])]
    User.objects.filter(pk=people["signatory"].pk).update(is_active=False)
    assert told(bureau, MONDAY, "signatory") == []
    assert people["handler"] not in colleagues(bureau_id=bureau.pk, on=MONDAY)


def test_the_person_or_the_bureaus_head_names_and_ends(bureau, people):
    with pytest.raises(OrganisationError) as refused:
        name(bureau, people["signatory"], people["handler"], people["section_head"])
    assert refused.value.code == "deputy.not_yours"
    row = name(bureau, people["signatory"], people["handler"], people["bureau_head"])
    with pytest.raises(OrganisationError) as again:
        end_deputy(deputy_id=row.pk, by=people["handler"], on=MONDAY)
    assert again.value.code == "deputy.not_yours"
    end_deputy(deputy_id=row.pk, by=people["signatory"], on=date(2026, 1, 7))
    assert Deputy.objects.get().valid_until == date(2026, 1, 6)
    assert deputies_of(bureau_ids=[bureau.pk], on=date(2026, 1, 7)) == []
    with pytest.raises(OrganisationError) as over:
        end_deputy(deputy_id=row.pk, by=people["signatory"], on=date(2026, 1, 7))
    assert over.value.code == "deputy.none"


def test_one_that_has_not_begun_is_gone_when_it_is_ended(bureau, people):
    row = name(bureau, people["signatory"], people["handler"], people["signatory"])
    end_deputy(deputy_id=row.pk, by=people["bureau_head"], on=MONDAY)
    assert not Deputy.objects.exists()


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ({"valid_from": date(2026, 1, 4)}, "deputy.term"),
        ({"valid_until": date(2026, 1, 4)}, "deputy.term"),
        ({"valid_until": date(2027, 2, 1)}, "deputy.term"),
        ({"valid_from": FRIDAY, "valid_until": date(2026, 1, 12)}, "deputy.overlap"),
    ],
)
def test_days_out_of_order_are_refused(bureau, people, days, code):
    name(bureau, people["signatory"], people["handler"], people["signatory"])
    with pytest.raises(OrganisationError) as refused:
        name(bureau, people["signatory"], people["handler"], people["signatory"], **days)
    assert refused.value.code == code
    assert Deputy.objects.count() == 1


def test_nobody_stands_in_for_themselves_or_without_an_office_here(bureau, people):
    elsewhere, lists = UserFactory(), member(Role.WHITELIST_ADMIN, bureau)
    for deputy, code in (
        (people["signatory"], "deputy.self"),
        (elsewhere, "deputy.role"),
        (lists, "deputy.role"),
    ):
        with pytest.raises(OrganisationError) as refused:
            name(bureau, people["signatory"], deputy, people["signatory"])
        assert refused.value.code == code
