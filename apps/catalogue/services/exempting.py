"""Which codes the exemption list frees in transport, and under which condition."""

from collections.abc import Iterable
from datetime import date

from apps.catalogue.models import CatalogueEdition, Exemption
from apps.catalogue.rules import category_of, is_waste_code


def exempt_in_transport(codes: Iterable[str], day: date) -> dict[str, list[Exemption]]:
    """Lines of the list in force on the day that free each code in transport, by code; codes without one are left out.

    One question however many codes, none when there are none. A line may name several codes, or a whole category.
    """
    wanted = {code for code in codes if is_waste_code(code)}
    if not wanted:
        return {}
    lines = list(
        Exemption.objects.filter(edition__in=CatalogueEdition.objects.in_force_on(day), stage="运输").order_by("pk")
    )
    found = {
        code: [line for line in lines if code in line.category_or_code or line.category_or_code == category_of(code)]
        for code in wanted
    }
    return {code: matching for code, matching in found.items() if matching}
