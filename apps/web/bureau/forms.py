"""What a bureau types for each of its acts."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from apps.transfers.models import Item
from apps.transfers.services.reviewing import Point
from apps.web.inputs import DayField, Door, TonnesField

LONGEST_TEXT = 4000
LONGEST_SUBJECT = 60
POINT_FIELDS = ("subject", "problem", "demand")
MOST_POINTS = 100


def long_text(rows: int = 5) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ConfirmForm(Door):
    """Nothing to type: the page says what will happen."""


class ReasonsForm(Door):
    """Reasons that the applicant, or the other bureau, reads."""

    reasons = forms.CharField(
        label="理由",
        max_length=LONGEST_TEXT,
        widget=long_text(),
        help_text="写明事实和依据，每条一行。",
        error_messages={"required": "请填写理由：申请人将据此了解决定的依据。"},
    )


class OpinionForm(Door):
    """The local bureau's opinion; a negative one needs its reasons, which the service asks for."""

    agrees = forms.TypedChoiceField(
        label="意见",
        choices=[("yes", "同意移出"), ("no", "不同意移出")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择同意或者不同意。"},
    )
    reasons = forms.CharField(
        label="说明", max_length=LONGEST_TEXT, required=False, widget=long_text(), help_text="不同意的须说明理由。"
    )


class GrantForm(Door):
    """Tonnes item by item and a last day, both at most what was asked (or consented to)."""

    until = DayField(label="期限至", required=False)

    def __init__(self, *args: Any, items: list[Item], with_reasons: bool, **options: Any) -> None:
        """``items`` carry ``offered_t``, the most that may be granted of each."""
        super().__init__(*args, **options)
        self.items = items
        for item in items:
            self.fields[f"amount_{item.pk}"] = TonnesField(
                label=f"第 {item.position} 项 {item.waste_code}（吨）",
                allows_zero=True,
                initial=item.offered_t,  # type: ignore[attr-defined]
                error_messages={"required": "请填写数量；一点也不同意的填 0。"},
            )
        if with_reasons:
            self.fields["reasons"] = forms.CharField(
                label="理由",
                max_length=LONGEST_TEXT,
                required=False,
                widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
                help_text="数量减少或者期限缩短的须说明理由。",
            )

    def amounts(self) -> dict[int, Decimal]:
        return {item.pk: self.cleaned_data[f"amount_{item.pk}"] for item in self.items}

    def amount_fields(self) -> list[tuple[Item, forms.BoundField]]:
        return [(item, self[f"amount_{item.pk}"]) for item in self.items]


class PointRow(Door):
    """One thing to mend. As with items, the inputs of all rows have the same names."""

    subject = forms.CharField(label="材料或者栏目", max_length=LONGEST_SUBJECT, required=False)
    problem = forms.CharField(label="存在的问题", max_length=LONGEST_TEXT, required=False, widget=long_text(2))
    demand = forms.CharField(label="补正要求", max_length=LONGEST_TEXT, required=False, widget=long_text(2))


class PointsForm(Door):
    """The whole notice; ``rows`` are its points."""

    def __init__(self, data: QueryDict | None = None, *, extra: int = 1, points: Iterable[Point] = ()) -> None:
        """``extra`` blank rows after what was typed, or after the ``points`` that were prepared before."""
        super().__init__(data)
        kept = [{"subject": one.subject, "problem": one.problem, "demand": one.demand} for one in points]
        typed = _typed_points(data) if data is not None else kept
        self.rows = [
            PointRow(row, auto_id=f"point{number}_%s")
            for number, row in enumerate([*typed, *([dict.fromkeys(POINT_FIELDS, "")] * extra)], start=1)
        ]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(row.is_valid() for row in self.rows)])

    def points(self) -> list[Point]:
        return [Point(**{name: row.cleaned_data[name] for name in POINT_FIELDS}) for row in self.rows]


def _typed_points(posted: QueryDict) -> list[dict[str, str]]:
    columns = {name: posted.getlist(name)[:MOST_POINTS] for name in POINT_FIELDS}
    count = max(map(len, columns.values()), default=0)
    return [
        {name: column[place] if place < len(column) else "" for name, column in columns.items()}
        for place in range(count)
    ]
