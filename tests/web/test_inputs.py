"""What a form says of inputs that were left empty."""

from apps.web.clock.forms import DayForm, YearForm
from apps.web.whitelist.forms import EditionForm


def test_an_empty_input_is_refused_by_its_name() -> None:
    form = EditionForm({}, origins=[("", "请选择")], destinations=[("", "请选择")])
    assert {name: list(sentences) for name, sentences in form.errors.items()} == {
        "origin": ["请选择移出地。"],
        "destination": ["请选择接受地。"],
        "begins_on": ["请填写起日。"],
        "ends_on": ["请填写止日。"],
        "consent_mode": ["请选择同意方式。"],
    }


def test_every_form_has_its_own_sentences() -> None:
    assert [str(*sentences) for sentences in DayForm({"day": "2026-11-24"}).errors.values()] == [
        "请选择休息或者上班。",
        "请填写理由。",
    ]
    # The unit behind a label is no part of its name, and one form's words are not the next one's.
    assert list(DayForm({}).errors["day"]) == ["请填写日期。"]


def test_a_year_is_refused_in_words_of_the_page() -> None:
    said = {year: YearForm({"year": year}).errors["year"][0] for year in ("abc", "99999", "1")}
    assert said == {"abc": "请填写四位数的年份，例如 2027。", "99999": "不得大于 2100。", "1": "不得小于 2000。"}
