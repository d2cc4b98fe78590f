"""A list into Sichuan, from Chongqing unless said otherwise, from the draft on, with the demo's people and permits."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from apps.organisations.models import User
from apps.whitelists.enums import ConsentMode
from apps.whitelists.models import Edition, EditionLine
from apps.whitelists.services.editions import open_edition
from apps.whitelists.services.lines import LineForm, add_line, change_line, strike_line
from apps.whitelists.services.negotiating import confirm, counter, propose
from apps.whitelists.services.turns import last_round
from tests.catalogue.factories import province
from tests.transfers.world import World, at

NOW = at("2026-12-01")
# What O-SC1's and O-SC2's permits cover, and the tonnes of this year's list.
BOARDS, OIL, TUBES = ("O-SC1", "900-045-49", "R4"), ("O-SC2", "900-214-08", "R9"), ("O-SC1", "900-049-50", "R8")


@dataclass
class Table:
    """Both sides of the table, the list between them, and short words for what they do."""

    world: World
    of: str = "CQ"
    edition: Edition = field(init=False)

    def __post_init__(self) -> None:
        self.edition = open_edition(
            origin=province(self.of),
            destination=province("SC"),
            begins_on=date(2027, 1, 1),
            ends_on=date(2027, 12, 31),
            consent_mode=ConsentMode.JOINT,
            by=self.destination,
            now=NOW,
        )

    @property
    def destination(self) -> User:
        return self.world.user("sc.whitelist_admin")

    @property
    def origin(self) -> User:
        return self.world.user(f"{self.of.lower()}.whitelist_admin")

    def now(self) -> Edition:
        return Edition.objects.get(pk=self.edition.pk)

    def form(self, of: tuple[str, str, str], quota: str, **more: object) -> LineForm:
        operator, code, method = of
        values = {"operator_id": self.world.enterprise(operator).pk, "waste_codes": (code,), "method": method}
        return LineForm(**{**values, "quota_t": Decimal(quota), **more})

    def add(self, of: tuple[str, str, str], quota: str, *, by: User | None = None) -> EditionLine:
        form = self.form(of, quota)
        return add_line(edition_id=self.edition.pk, form=form, by=by or self.destination, now=NOW)

    def line(self, of: tuple[str, str, str]) -> EditionLine:
        return self.edition.lines.get(waste_codes=[of[1]])

    def change(self, of: tuple[str, str, str], quota: str, *, by: User) -> EditionLine:
        line = self.line(of)
        key = {"edition_id": self.edition.pk, "line_id": line.pk, "seen": line.revision}
        return change_line(**key, form=self.form(of, quota), by=by, now=NOW)

    def strike(self, of: tuple[str, str, str], *, by: User) -> EditionLine:
        line = self.line(of)
        return strike_line(edition_id=self.edition.pk, line_id=line.pk, seen=line.revision, by=by, now=NOW)

    def propose(self, **more: object) -> Edition:
        return propose(**{**self._turn(self.destination), "letter_no": "川环函〔2026〕90号", **more})

    def counter(self, **more: object) -> Edition:
        return counter(**{**self._turn(self.origin), **more})

    def confirm(self, **more: object) -> Edition:
        return confirm(**{**self._turn(self.origin), "letter_no": "渝环函〔2026〕80号", **more})

    def _turn(self, by: User) -> dict[str, object]:
        return {"edition_id": self.edition.pk, "seen_round": last_round(self.edition), "by": by, "now": NOW}


def proposed(world: World, of: str = "CQ", boards: str = "3000", oil: str = "6000") -> Table:
    """A list of two lines that the destination has proposed."""
    table = Table(world, of)
    table.add(BOARDS, boards)
    table.add(OIL, oil)
    table.propose()
    return table
