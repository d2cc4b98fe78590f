"""Category × destination: how far the lists of a day are used."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from apps.figures.utilisation import Use
from apps.whitelists.models import Edition

# An entry of several codes counts under the category of its first: lists name codes of one category together.
SUMS = """
    SELECT coalesce(entry.category_id, 'HW' || right(entry.waste_codes[1], 2)) AS category, edition.destination_id,
           sum(entry.quota_t), sum(entry.held_t), sum(entry.used_t)
    FROM whitelists_whitelistentry AS entry JOIN whitelists_edition AS edition ON edition.id = entry.edition_id
    WHERE edition.id = ANY(%s)
    GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The cells by category and destination; sums of rows and columns; only what some list names is there."""

    categories: tuple[str, ...]
    destinations: tuple[str, ...]
    cells: dict[tuple[str, str], Use]

    def of_category(self, category: str) -> Use:
        return sum((use for (row, _), use in self.cells.items() if row == category), Use())

    def of_destination(self, destination: str) -> Use:
        return sum((use for (_, column), use in self.cells.items() if column == destination), Use())

    @property
    def whole(self) -> Use:
        return sum(self.cells.values(), Use())


def heat_map(day: date, *, origin_id: str = "", provinces: frozenset[str] | None = None) -> HeatMap:
    """Of the lists in force on the day: from one origin, touching one of ``provinces``, or all. Two queries."""
    editions = Edition.objects.in_force_on(day)
    if provinces is not None:
        editions = editions.filter(Q(origin__in=provinces) | Q(destination__in=provinces))
    if origin_id:
        editions = editions.filter(origin=origin_id)
    with connection.cursor() as cursor:
        cursor.execute(SUMS, [list(editions.order_by("pk").values_list("pk", flat=True))])
        cells = {
            (category, destination): Use(*(Decimal(amount) for amount in amounts))
            for category, destination, *amounts in cursor.fetchall()
        }
    return HeatMap(
        tuple(sorted({category for category, _ in cells})),
        tuple(sorted({destination for _, destination in cells})),
        cells,
    )
