"""Inputs of the filing page that know the lists: an operator, a method."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from apps.catalogue.reading import Wastes
from apps.organisations.models import Enterprise
from apps.transfers.models import Application
from apps.web.inputs import CodeField, is_key


def operators_for(application: Application) -> QuerySet[Enterprise]:
    """Operators of the other participating provinces; a correction keeps the one it has."""
    operators = Enterprise.objects.filter(is_operator=True, province__is_participating=True)
    if application.number:
        operators = operators.filter(pk__in=[application.operator_id])
    return operators.exclude(province=application.origin_id)


class OperatorField(forms.TypedChoiceField):
    """One of the operators; the list itself is read only where it is shown."""

    def __init__(self, **options: Any) -> None:
        """Any option of a choice."""
        super().__init__(coerce=int, empty_value=None, **options)
        self.operators: QuerySet[Enterprise] = Enterprise.objects.none()

    def valid_value(self, value: Any) -> bool:
        """Whether the key is one of theirs."""
        return is_key(str(value)) and self.operators.filter(pk=int(value)).exists()


class MethodField(CodeField):
    """A method's code, as lists write it; what is written after it in a suggestion is left out."""

    def __init__(self, **options: Any) -> None:
        """Any option of a text."""
        super().__init__(max_length=60, **options)
        self.known: frozenset[str] = frozenset()

    def clean(self, value: Any) -> str:
        """The code. Raises ValidationError ``method.unknown``."""
        code = super().clean(str(value or "").strip().split(" ")[0])
        if code and code not in self.known:
            raise ValidationError(f"没有利用处置方式“{code[:10]}”，请填写代码，例如 R4。", code="method.unknown")
        return code


def method_names(wastes: Wastes) -> dict[str, str]:
    """Methods by code, D before R as in the annex of the manifest."""
    methods = sorted(wastes.methods.values(), key=lambda method: (method.code[0], len(method.code), method.code))
    return {method.code: method.name for method in methods}
