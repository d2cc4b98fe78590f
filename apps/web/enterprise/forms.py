"""The application as it is typed: one form of its own fields, one per item."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.http import QueryDict

from apps.catalogue.models import Province
from apps.transfers.enums import Form
from apps.transfers.models import Application, Item
from apps.transfers.services.drafts import DraftForm, ItemForm
from apps.web.enterprise.fields import MethodField, OperatorField, operators_for
from apps.web.inputs import CodeField, DayField, Door, TonnesField

ITEM_FIELDS = ("waste_code", "waste_name", "form", "packaging", "method", "amount_t", "contracted_t")
# A box that isn't ticked is not posted: it tells its row's number instead of standing in a column.
EXEMPT_ITEM = "exempt_item"
# More than any application may have, so that too many are refused in a sentence and not cut off in silence.
MOST_ROWS = 200
LONGEST_TEXT = 4000


class DraftFields(Door):
    """Everything of an application but its items."""

    operator = OperatorField(label="接受人", required=False)
    requested_from = DayField(label="拟转移期限自", required=False)
    requested_until = DayField(label="拟转移期限至", required=False)
    carrier_name = forms.CharField(label="承运人", max_length=100, required=False)
    carrier_permit_no = forms.CharField(label="道路运输许可证号", max_length=60, required=False)
    transit = forms.MultipleChoiceField(
        label="途经省份", required=False, widget=forms.CheckboxSelectMultiple, help_text="起讫两省份以外经过的省份"
    )
    contract_no = forms.CharField(label="合同编号", max_length=60, required=False)
    contract_sender = forms.CharField(label="合同委托方", max_length=100, required=False)
    contract_receiver = forms.CharField(label="合同受托方", max_length=100, required=False)
    contract_until = DayField(label="合同有效期至", required=False)
    contact_name = forms.CharField(label="联系人", max_length=30, required=False)
    contact_phone = forms.CharField(label="联系电话", max_length=30, required=False)

    def __init__(self, *args: Any, application: Application, **options: Any) -> None:
        """``application`` says from where, and, in a correction, that the operator is fixed."""
        super().__init__(*args, **options)
        provinces = list(Province.objects.select_related("division").exclude(pk=application.origin_id))
        operator = self.fields["operator"]
        if isinstance(operator, OperatorField):
            operator.operators = operators_for(application)
            operator.choices = lambda: _choices(application)
            if not application.number:
                operator.widget.attrs["data-lookup"] = "operator"
        self.choose_from("transit", [(province.pk, str(province)) for province in provinces])

    @staticmethod
    def initial_of(application: Application) -> dict[str, Any]:
        """What is stored, as the form shows it."""
        stored = {name: getattr(application, name) for name in DraftFields.base_fields if name not in SPECIAL}
        return {
            **stored,
            "operator": application.operator_id or "",
            "transit": [province.pk for province in application.transit.all()],
        }


SPECIAL = ("operator", "transit")


def _choices(application: Application) -> list[Any]:
    """The operators, grouped by province."""
    rows = (
        operators_for(application)
        .order_by("province_id", "name")
        .values_list("province__division__name", "pk", "name", "division__name")
    )
    groups = [
        (province, [(pk, f"{name}（{place}）") for _, pk, name, place in members])
        for province, members in groupby(rows, key=lambda row: row[0])
    ]
    return groups if application.number else [("", "请选择"), *groups]


CODE_INPUT = {"list": "waste-codes", "placeholder": "900-045-49", "autocomplete": "off", "data-lookup": "code"}
METHOD_INPUT = {"list": "methods", "placeholder": "R4", "autocomplete": "off", "data-lookup": "method"}


class ItemRow(Door):
    """One item. Inputs of all rows have the same names: a row is a position, so rows come and go without renaming."""

    waste_code = CodeField(label="废物代码", max_length=10, required=False)
    waste_name = forms.CharField(label="废物名称", max_length=60, required=False)
    form = forms.ChoiceField(label="形态", choices=[("", "请选择"), *Form.choices], required=False)
    packaging = forms.CharField(label="包装方式", max_length=30, required=False)
    method = MethodField(label="利用处置方式", required=False)
    amount_t = TonnesField(label="数量（吨）", required=False)
    contracted_t = TonnesField(label="合同数量（吨）", required=False)

    def __init__(self, *args: Any, methods: Mapping[str, str], is_exempt: bool = False, **options: Any) -> None:
        """``methods`` are read once for all rows; ``is_exempt``: the row claims the exemption in transport."""
        super().__init__(*args, **options)
        self.is_exempt = is_exempt
        method = self.fields["method"]
        if isinstance(method, MethodField):
            method.known = frozenset(methods)
        self.fields["waste_code"].widget.attrs.update(CODE_INPUT)
        method.widget.attrs.update(METHOD_INPUT)

    @property
    def is_blank(self) -> bool:
        """Nothing was typed into this row."""
        return is_blank_row(self.data)

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, cleaned; needs ``is_valid``."""
        return {**self.cleaned_data, EXEMPT_ITEM: self.is_exempt}


def typed_rows(posted: QueryDict) -> list[dict[str, str]]:
    """The rows as posted, by position; a column that is too short counts as blank."""
    columns = {name: posted.getlist(name)[:MOST_ROWS] for name in ITEM_FIELDS}
    exempt = set(posted.getlist(EXEMPT_ITEM))
    count = max(map(len, columns.values()), default=0)
    return [
        {name: column[position] if position < len(column) else "" for name, column in columns.items()}
        | ({EXEMPT_ITEM: "1"} if str(position + 1) in exempt else {})
        for position in range(count)
    ]


def is_blank_row(row: Mapping[str, Any]) -> bool:
    """Nothing was typed into it."""
    return not any(str(row.get(name) or "").strip() for name in ITEM_FIELDS)


def item_rows(rows: Iterable[Mapping[str, Any]], methods: Mapping[str, str], *, is_typed: bool) -> list[ItemRow]:
    """A form for each row, of what was typed or of what is stored."""
    return [
        ItemRow(
            row if is_typed else None,
            initial=None if is_typed else row,
            methods=methods,
            is_exempt=bool(row.get(EXEMPT_ITEM)),
            auto_id=f"item{number}_%s",
        )
        for number, row in enumerate(rows, start=1)
    ]


def stored_rows(items: Iterable[Item]) -> list[dict[str, Any]]:
    """The items as the rows show them."""
    return [
        {name: getattr(item, name) for name in ITEM_FIELDS} | {EXEMPT_ITEM: item.is_transport_exempt} for item in items
    ]


class WithdrawForm(Door):
    """Why the filer takes the application back."""

    reason = forms.CharField(
        label="撤回原因",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="撤回后占用的名单余量即行释放；需要转移的，须重新申请。",
    )


def draft_form(fields: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> DraftForm:
    """What the service takes, from cleaned fields and cleaned rows."""
    plain = {name: fields[name] for name in DraftFields.base_fields if name not in SPECIAL}
    items = tuple(
        ItemForm(**{name: row[name] for name in ITEM_FIELDS}, is_transport_exempt=bool(row[EXEMPT_ITEM]))
        for row in rows
    )
    return DraftForm(
        operator_id=fields["operator"],
        transit=tuple(sorted(fields["transit"])),
        items=items,
        # The papers tell it of the whole transport only.
        is_transport_exempt=bool(items) and all(item.is_transport_exempt for item in items),
        **plain,
    )


def stored_form(application: Application) -> DraftForm:
    """The same, of what is stored: equal to what was typed when nothing has changed."""
    initial = DraftFields.initial_of(application)
    return draft_form({**initial, "operator": application.operator_id}, stored_rows(application.items.all()))
