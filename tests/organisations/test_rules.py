from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.organisations.errors import OrganisationError
from apps.organisations.rules import check_permit_number, check_tonnes, check_uscc
from tests.organisations.factories import make_uscc

GOOD = "91510903MADEM00389"


@pytest.mark.parametrize(
    "text", [GOOD, GOOD.lower(), f"  {GOOD[:8]} {GOOD[8:]}\n", "９１５１０９０３ＭＡＤＥＭ００３８９", f"　{GOOD}　"]
)
def test_a_code_is_brought_to_its_normal_form(text):
    assert check_uscc(text) == GOOD


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "uscc.length"),
        (GOOD[:-1], "uscc.length"),
        (GOOD + "0", "uscc.length"),
        (GOOD[:-1] + "8", "uscc.check_character"),
        (GOOD.replace("M", "I"), "uscc.form"),
        ("915109X3MADEM00389", "uscc.form"),
    ],
)
def test_a_wrong_code_is_refused_with_a_sentence(text, code):
    with pytest.raises(OrganisationError) as caught:
        check_uscc(text)
    assert (caught.value.code, caught.value.field) == (code, "uscc")
    assert caught.value.sentence.endswith(("。", "）。"))


@given(st.text(max_size=24))
def test_any_text_is_answered(text):
    with suppress(OrganisationError):
        assert len(check_uscc(text)) == 18


@given(st.integers(0, 9999))
def test_fictional_codes_are_valid(serial):
    assert check_uscc(make_uscc(serial)) == make_uscc(serial)


@pytest.mark.parametrize("text", ["川环危第510603060号", "Y5323230131", "CQ5001110001", " 川环危 第510603060号 "])
def test_permit_numbers_vary(text):
    assert " " not in check_permit_number(text)


@pytest.mark.parametrize("text", ["", "abc", "A" * 41, "<script>", "川环危；第1号"])
def test_what_is_no_permit_number(text):
    with pytest.raises(OrganisationError, match="许可证编号"):
        check_permit_number(text)


def test_tonnes_have_four_places():
    assert str(check_tonnes(Decimal("1.5"), field="f", name="数量")) == "1.5000"


@pytest.mark.parametrize("amount", ["0", "-1", "0.00001", "NaN", "Infinity", "10000000000"])
def test_what_are_no_tonnes(amount):
    with pytest.raises(OrganisationError) as caught:
        check_tonnes(Decimal(amount), field="f", name="数量")
    assert (caught.value.code, caught.value.field) == ("tonnes.invalid", "f")
