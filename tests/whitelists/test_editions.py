"""Editions: how a list comes into force, and which line a waste falls under."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed

from apps.whitelists.enums import ConsentMode, EditionStatus
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.services.editions import enter_agreed_list, matching_entry
from apps.whitelists.services.ledger import adjust, reconcile
from tests.catalogue.factories import province
from tests.whitelists.factories import CODE, LETTERS, NOW, confirm, line_form, make_edition, make_entry, make_operator

pytestmark = pytest.mark.django_db


def refused(work, *arguments, **named):
    with pytest.raises(WhitelistError) as refusal:
        work(*arguments, **named)
    return refusal.value


def entered(*forms, edition=None, letters=LETTERS):
    """A list as it was agreed on before, of the edition's pair and period."""
    of = edition or Edition(
        name="2026年度示例名单",
        origin=province("CQ"),
        destination=province("SC"),
        begins_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
    )
    return enter_agreed_list(
        name=of.name,
        origin=of.origin,
        destination=of.destination,
        begins_on=of.begins_on,
        ends_on=of.ends_on,
        consent_mode=ConsentMode.JOINT,
        lines=forms,
        now=NOW,
        **letters,
    )


def test_an_agreed_list_is_entered_with_both_letters_its_round_and_its_entries():
    operator = make_operator()
    edition = entered(
        line_form(operator, quota="60"),
        line_form(operator, category="HW49", quota="40.5"),
        letters={"origin_letter_no": " 渝环函〔2025〕1号 ", "destination_letter_no": "川环函〔2025〕2号"},
    )
    assert (edition.status, edition.confirmed_at) == (EditionStatus.CONFIRMED, NOW)
    assert (edition.origin_letter_no, edition.destination_letter_no) == ("渝环函〔2025〕1号", "川环函〔2025〕2号")
    rows = [(entry.number, entry.wastes, str(entry.quota_t)) for entry in edition.entries.order_by("number")]
    assert rows == [("01", "900-045-49", "60.0000"), ("02", "HW49", "40.5000")]
    assert [(one.kind, one.lines.count()) for one in edition.rounds.all()] == [("entered", 2)]
    assert [(one.kind, one.actor) for one in edition.events.all()] == [("entered", None)]
    assert reconcile() == []


@pytest.mark.parametrize("missing", ["origin_letter_no", "destination_letter_no"])
def test_both_letters_are_needed(missing):
    form = line_form(make_operator())
    assert refused(entered, form, letters=LETTERS | {missing: " "}).code == "edition.letters"
    edition = make_edition()
    with pytest.raises(IntegrityError, match="edition_confirmed_with_both_letters"), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(status="confirmed", confirmed_at=NOW, **LETTERS | {missing: ""})


def test_a_list_without_lines_is_none():
    assert refused(entered).code == "edition.empty"


def test_the_state_is_the_machines_alone():
    edition = make_edition()
    with pytest.raises(AttributeError, match="Direct status modification"):
        edition.status = EditionStatus.CONFIRMED
    confirm(edition)
    with pytest.raises(TransitionNotAllowed):
        confirm(edition)


@pytest.mark.parametrize(
    "change", [{"method": "D10"}, {"number": "77"}, {"waste_codes": ["900-041-49"]}, {"operator": None}]
)
def test_what_an_entry_lists_never_changes(change):
    entry = make_entry()
    if "operator" in change:
        change = {"operator": make_operator()}
    with pytest.raises(IntegrityError, match="一经确认不得更改"), transaction.atomic():
        WhitelistEntry.objects.filter(pk=entry.pk).update(**change)
    adjust(entry_id=entry.pk, change_t=Decimal(5), reference="adjustment:1", occurred_at=NOW, now=NOW)


@pytest.mark.parametrize(
    "period",
    [("2026-12-31", "2027-06-30"), ("2025-01-01", "2026-01-01"), ("2026-03-01", "2026-03-01")],
)
def test_a_second_confirmed_list_of_the_pair_may_not_overlap_by_a_day(period):
    confirm(make_edition())
    second = make_edition(period=period)
    agreed = Edition.objects.get(pk=second.pk)
    assert refused(entered, line_form(make_operator()), edition=agreed).sentence == f"已有名为“{second}”的名单。"
    agreed.name = "另一份"
    refusal = refused(entered, line_form(make_operator()), edition=agreed)
    assert refusal.code == "edition.invalid"
    assert "期间重叠" in refusal.sentence
    assert Edition.objects.get(pk=second.pk).status == EditionStatus.DRAFT
    with pytest.raises(IntegrityError, match="confirmed_editions_of_a_pair"), transaction.atomic():
        Edition.objects.filter(pk=second.pk).update(status="confirmed", confirmed_at=NOW, **LETTERS)


def test_the_next_year_the_way_back_and_another_pair_stand_beside_it():
    confirm(make_edition())
    for beside in (
        make_edition(period=("2027-01-01", "2027-12-31")),
        make_edition("SC", "CQ"),
        make_edition("CQ", "GZ"),
    ):
        assert confirm(beside).status == EditionStatus.CONFIRMED


@pytest.mark.parametrize(
    ("one", "other", "named"),
    [
        ({"codes": ("900-045-49", "900-041-49")}, {"codes": ("900-045-49",)}, "900-045-49"),
        ({"category": "HW49"}, {"category": "HW49"}, "HW49"),
    ],
)
def test_two_lines_of_equal_rank_are_refused(one, other, named):
    operator = make_operator()
    refusal = refused(entered, line_form(operator, **one), line_form(operator, **other))
    assert refusal.code == "edition.overlap"
    assert "第01、02号" in refusal.sentence
    assert named in refusal.sentence
    assert not Edition.objects.exists()


def test_lines_of_other_rank_method_or_operator_are_no_overlap():
    operator = make_operator()
    edition = entered(
        line_form(operator),
        line_form(operator, category="HW49"),
        line_form(operator, method="R3"),
        line_form(make_operator()),
    )
    assert edition.entries.count() == 4


def test_a_code_line_beats_a_category_line_whatever_their_order():
    edition, operator = make_edition(), make_operator()
    by_category = make_entry(edition, number="01", operator=operator, category="HW49")
    by_code = make_entry(edition, number="02", operator=operator)

    def match(code, *, method="R4", of=operator, lines=(by_category, by_code)):
        return matching_entry(entries=lines, operator_id=of.pk, waste_code=code, method=method)

    assert match("900-045-49") == by_code
    assert match("900-045-49", lines=(by_code, by_category)) == by_code
    assert match("900-041-49") == by_category
    assert match("900-052-31") is None
    assert match("900-045-49", method="R3") is None
    assert match("900-045-49", of=make_operator()) is None
    assert match("900-045") is None


def test_in_force_is_reckoned_from_the_period_with_both_ends_inside():
    edition = confirm(make_edition())
    draft = make_edition("SC", "CQ")

    def on(day):
        return set(Edition.objects.in_force_on(date.fromisoformat(day)))

    assert on("2026-01-01") == on("2026-12-31") == {edition}
    assert on("2025-12-31") == on("2027-01-01") == set()
    assert draft not in on("2026-06-01")
    pair = Edition.objects.of_pair(origin_id=province("CQ").pk, destination_id=province("SC").pk)
    assert set(pair) == {edition}


def test_both_modes_of_consent_are_kept():
    prior = confirm(make_edition("SC", "CQ", mode=ConsentMode.PRIOR))
    joint = confirm(make_edition())
    assert Edition.objects.get(pk=prior.pk).consent_mode == "prior"
    assert Edition.objects.get(pk=joint.pk).consent_mode == "joint"


def test_an_edition_joins_two_provinces_in_a_period_in_order():
    assert refused(make_edition, "CQ", "CQ").code == "edition.invalid"
    assert refused(make_edition, period=("2026-12-31", "2026-01-01")).code == "edition.invalid"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "X9"}, "line.method"),
        ({"waste_codes": ()}, "line.wastes"),
        ({"waste_codes": ("900-45-49",)}, "line.wastes"),
        ({"waste_codes": (CODE, CODE)}, "line.wastes"),
        ({"category_id": "HW49"}, "line.wastes"),
        ({"waste_codes": (), "category_id": "HW99"}, "line.wastes"),
        ({"quota_t": Decimal(0)}, "line.quota"),
        ({"quota_t": Decimal("0.00001")}, "line.quota"),
        ({"quota_t": Decimal("NaN")}, "line.quota"),
        ({"remark": "一\n二"}, "line.remark"),
        ({"operator_id": 0}, "line.operator"),
    ],
)
def test_a_line_names_an_operator_of_the_destination_a_known_method_and_codes_or_a_category(change, code):
    assert refused(entered, replace(line_form(make_operator()), **change)).code == code


def test_an_operator_of_another_province_is_not_listed():
    assert refused(entered, line_form(make_operator("CQ"))).code == "line.operator"
