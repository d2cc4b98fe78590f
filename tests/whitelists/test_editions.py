"""Editions: how a list comes into force, and which line a waste falls under."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from apps.whitelists.enums import ConsentMode, EditionStatus
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Edition
from apps.whitelists.services.editions import add_entry, confirm_edition, matching_entry
from tests.catalogue.factories import province
from tests.whitelists.factories import LETTERS, NOW, confirm, make_edition, make_entry, make_operator

pytestmark = pytest.mark.django_db


def refused(work, *arguments, **named):
    with pytest.raises(WhitelistError) as refusal:
        work(*arguments, **named)
    return refusal.value


def test_confirming_records_both_letters_and_the_moment():
    edition = make_edition()
    make_entry(edition)
    edition = confirm_edition(
        edition=edition, origin_letter_no=" 渝环函〔2025〕1号 ", destination_letter_no="川环函〔2025〕2号", now=NOW
    )
    assert (edition.status, edition.confirmed_at) == (EditionStatus.CONFIRMED, NOW)
    assert (edition.origin_letter_no, edition.destination_letter_no) == ("渝环函〔2025〕1号", "川环函〔2025〕2号")


@pytest.mark.parametrize("missing", ["origin_letter_no", "destination_letter_no"])
def test_both_letters_are_needed(missing):
    edition = make_edition()
    assert refused(confirm_edition, edition=edition, now=NOW, **LETTERS | {missing: " "}).code == "edition.letters"
    with pytest.raises(IntegrityError, match="edition_confirmed_with_both_letters"), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(status="confirmed", confirmed_at=NOW, **LETTERS | {missing: ""})


def test_a_list_is_confirmed_once_and_then_closed_to_new_lines():
    edition = confirm(make_edition())
    assert refused(confirm, edition).code == "edition.not_open"
    refusal = refused(make_entry, edition)
    assert refusal.code == "edition.closed"
    assert edition.name in refusal.sentence


@pytest.mark.parametrize(
    "period",
    [("2026-12-31", "2027-06-30"), ("2025-01-01", "2026-01-01"), ("2026-03-01", "2026-03-01")],
)
def test_a_second_confirmed_list_of_the_pair_may_not_overlap_by_a_day(period):
    confirm(make_edition())
    second = make_edition(period=period)
    refusal = refused(confirm, second)
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
def test_two_lines_of_equal_rank_are_refused_when_the_list_is_confirmed(one, other, named):
    edition, operator = make_edition(), make_operator()
    make_entry(edition, number="01", operator=operator, **one)
    make_entry(edition, number="02", operator=operator, **other)
    refusal = refused(confirm, edition)
    assert refusal.code == "edition.overlap"
    assert "第01、02号" in refusal.sentence
    assert named in refusal.sentence


def test_lines_of_other_rank_method_or_operator_are_no_overlap():
    edition, operator = make_edition(), make_operator()
    make_entry(edition, number="01", operator=operator)
    make_entry(edition, number="02", operator=operator, category="HW49")
    make_entry(edition, number="03", operator=operator, method="R3")
    make_entry(edition, number="04", operator=make_operator())
    assert confirm(edition).status == EditionStatus.CONFIRMED


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


def test_a_line_names_an_operator_of_the_destination_a_known_method_and_codes_or_a_category():
    edition = make_edition()
    assert refused(make_entry, edition, operator=make_operator("CQ")).code == "entry.operator"
    line = {"edition": edition, "number": "01", "operator": make_operator(), "quota_t": 1, "now": NOW}
    unknown = refused(add_entry, **line, waste_codes=["900-045-49"], category=None, method="X9")
    assert unknown.code == "entry.method"
    assert refused(make_entry, edition, codes=()).code == "entry.invalid"
    make_entry(edition, number="01")
    assert refused(make_entry, edition, number="01").code == "entry.invalid"
