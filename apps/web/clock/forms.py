"""What an administrator types to change the calendar."""

import csv
import io
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.deadlines.services.changes import LONGEST
from apps.deadlines.services.years import NAME_LENGTH
from apps.web.inputs import FIRST_YEAR, LAST_YEAR, DayField, Door

MOST_BYTES = 100_000
COLUMNS = ("date", "kind", "name")
WORKS = (("off", "休息"), ("work", "上班"))


class DayForm(Door):
    """One day to be worked or off."""

    day = DayField(label="日期")
    becomes = forms.ChoiceField(
        label="改为", choices=WORKS, widget=forms.RadioSelect, error_messages={"required": "请选择休息或者上班。"}
    )
    name = forms.CharField(
        label="名称",
        max_length=NAME_LENGTH,
        required=False,
        help_text="工作日改为休息、周末改为上班时填写，例如：国庆节。",
    )
    reason = forms.CharField(
        label="理由",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明依据的通知和文号；记入年历变更记录。",
    )


class YearForm(Door):
    """A whole year, from a file or from the package that comes with the system."""

    year = forms.IntegerField(
        label="年份",
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        error_messages={"invalid": "请填写四位数的年份，例如 2027。"},
    )
    origin = forms.ChoiceField(
        label="来源",
        choices=(("package", "系统自带的节假日数据（chinesecalendar）"), ("file", "CSV 文件")),
        widget=forms.RadioSelect,
        initial="package",
    )
    file = forms.FileField(
        label="CSV 文件",
        required=False,
        help_text="三列 date,kind,name；kind 为 day_off（放假）或 makeup_workday（调休上班），UTF-8。",
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )
    source = forms.CharField(
        label="依据", max_length=LONGEST, help_text="例如：国务院办公厅关于2027年部分节假日安排的通知。"
    )
    reason = forms.CharField(label="理由", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}))

    def clean(self) -> dict[str, Any]:
        """A file is needed where it is the origin, and has to be text of these columns."""
        cleaned = super().clean() or {}
        if cleaned.get("origin") == "file":
            cleaned["rows"] = self._rows(cleaned.get("file"))
        return cleaned

    def _rows(self, file: Any) -> list[dict[str, str | None]]:
        try:
            return rows_in(file)
        except ValidationError as error:
            self.add_error("file", error)
            return []


def rows_in(file: Any) -> list[dict[str, str | None]]:
    """The rows of an uploaded calendar file. ValidationError ``calendar.…`` for what is no such file."""
    if file is None:
        raise ValidationError("请选择 CSV 文件。", code="calendar.no_file")
    if file.size > MOST_BYTES:
        raise ValidationError("文件超过 100 KB，不是一年的年历。", code="calendar.large")
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError("文件不是 UTF-8 编码，请另存为 CSV UTF-8。", code="calendar.encoding") from error
    if "\0" in text:
        raise ValidationError("文件不是文本。", code="calendar.encoding")
    rows = csv.DictReader(io.StringIO(text))
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise ValidationError("首行须为 date,kind,name。", code="calendar.columns")
    try:
        return [{column: row.get(column) for column in COLUMNS} for row in rows]
    except csv.Error as error:
        raise ValidationError(f"文件不是 CSV：{error}。", code="calendar.columns") from error


def first_day(text: str, usual: date) -> date:
    """The day that an address names; the usual one for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return usual
