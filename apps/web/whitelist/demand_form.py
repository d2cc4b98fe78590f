"""The form of one line of demand."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.catalogue.reading import places
from apps.organisations.models import Enterprise
from apps.web.enterprise.fields import OperatorField
from apps.web.enterprise.forms import CODE_INPUT, METHOD_INPUT
from apps.web.inputs import CodeField, Door, TonnesField
from apps.whitelists.enums import PeriodPart
from apps.whitelists.models import Demand
from apps.whitelists.services.demanding import Period, Wanted


class DemandForm(Door):
    """One line of demand."""

    enterprise = forms.TypedChoiceField(label="移出人", coerce=int)
    period = forms.ChoiceField(label="期间")
    waste_code = CodeField(label="废物代码", max_length=10)
    amount_t = TonnesField(label="需求（吨）", error_messages={"required": "请填写需求数量。"})
    method = CodeField(label="利用处置方式", max_length=4, required=False)
    operator = OperatorField(label="意向接受人", required=False)
    destination = forms.ChoiceField(label="意向接受地", required=False, help_text="选了接受人的，以其所在省份为准")
    remark = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(
        self, data: Any, *, senders: list[Enterprise], periods: list[Period], stamp: str, editing: Demand | None = None
    ) -> None:
        """``senders``: for whom the person files; ``periods`` may still be declared; ``editing``: what is changed."""
        # Next year's whole is what most declare.
        usual = {
            "period": period_key(next((one for one in reversed(periods) if one[1] == PeriodPart.YEAR), periods[0]))
        }
        super().__init__(data, initial=initial_of(editing) if editing else usual)
        if editing is not None:
            # Whose it is and for when stays as it is.
            periods = [(editing.year, editing.part)]
            self.fields["enterprise"].disabled = self.fields["period"].disabled = True
        home = {sender.province_id for sender in senders}
        if len(senders) == 1 and editing is None:
            self.fields["enterprise"].widget = forms.HiddenInput()
            self.fields["enterprise"].initial = senders[0].pk
        self.choose_from("enterprise", [(sender.pk, sender.name) for sender in senders])
        self.choose_from("period", [(period_key(period), period_words(period)) for period in periods])
        provinces = [one for key, one in sorted(places(stamp).provinces.items()) if one.is_participating]
        others = [(one.pk, str(one)) for one in provinces if len(home) > 1 or one.pk not in home]
        self.choose_from("destination", [("", "未定"), *others])
        self.fields["waste_code"].widget.attrs.update(CODE_INPUT)
        self.fields["method"].widget.attrs.update(METHOD_INPUT)
        operator = self.fields["operator"]
        if isinstance(operator, OperatorField):
            operator.operators = operators_beyond(home)
            operator.choices = lambda: [("", "未定"), *_operator_choices(operator.operators)]
            operator.widget.attrs["data-lookup"] = "operator"

    @property
    def wanted(self) -> Wanted:
        """What was typed; needs ``is_valid``."""
        typed = self.cleaned_data
        return Wanted(
            typed["waste_code"],
            typed["amount_t"],
            typed["method"],
            typed["operator"],
            typed["destination"] or None,
            typed["remark"],
        )


def _operator_choices(operators: QuerySet[Enterprise]) -> list[tuple[int, str]]:
    rows = operators.order_by("province_id", "name").values_list("pk", "name", "division__name")
    return [(key, f"{name}（{place}）") for key, name, place in rows]


def operators_beyond(home: set[str]) -> QuerySet[Enterprise]:
    """Operators of the participating provinces; those of one's own only for who sends from several."""
    rows = Enterprise.objects.filter(is_operator=True, province__is_participating=True)
    return rows.exclude(province__in=home) if len(home) == 1 else rows


def period_key(period: Period) -> str:
    """2027-year."""
    return f"{period[0]}-{period[1]}"


def period_words(period: Period) -> str:
    """2027 年全年."""
    return f"{period[0]} 年{PeriodPart(period[1]).label}"


def initial_of(demand: Demand) -> dict[str, Any]:
    """What stands, as the form shows it."""
    return {
        "enterprise": demand.enterprise_id,
        "period": period_key((demand.year, demand.part)),
        "waste_code": demand.waste_code,
        "amount_t": demand.amount_t,
        "method": demand.method,
        "operator": demand.operator_id or "",
        "destination": demand.destination_id or "",
        "remark": demand.remark,
    }
