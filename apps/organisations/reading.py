"""Bureaus as this process keeps them: every act and every paper names one."""

from dataclasses import dataclass

from apps.catalogue.kept import Kept
from apps.organisations.enums import BureauLevel
from apps.organisations.models import Bureau


@dataclass(frozen=True, slots=True)
class Bureaus:
    """Every bureau: provincial ones by province, local ones by division, all by key."""

    provincial: dict[str, Bureau]
    local: dict[str, Bureau]
    by_key: dict[int, Bureau]


def _read() -> Bureaus:
    every = list(Bureau.objects.order_by("pk"))
    return Bureaus(
        {one.province_id: one for one in every if one.level == BureauLevel.PROVINCIAL},
        {one.division_id: one for one in every if one.level == BureauLevel.LOCAL},
        {one.pk: one for one in every},
    )


bureaus = Kept(_read)
