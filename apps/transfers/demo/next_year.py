"""What lies on the list administrators' desks on the demo's day: next year's demand and lists, this year's changes.

All fictional, each through the services; the moments lie on the working days before the demo's day.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from apps.organisations.models import User
from apps.transfers.demo.stage import Stage, moment
from apps.whitelists.enums import PeriodPart
from apps.whitelists.models import Edition, EditionLine, WhitelistEntry
from apps.whitelists.services.adjusting import decline_adjustment, propose_adjustment
from apps.whitelists.services.carrying import carry_over
from apps.whitelists.services.demanding import Wanted, declare_demand
from apps.whitelists.services.lines import LineForm, change_line, strike_line
from apps.whitelists.services.negotiating import confirm, counter, propose
from apps.whitelists.services.suspending import suspend_entry
from apps.whitelists.services.turns import last_round

# Generator, operator or destination, waste code, method, tonnes of the whole next year.
DEMAND = (
    "G-CQ1 O-SC1 900-045-49 R4 420",
    "G-CQ1 O-GZ1 900-023-29 R4 30",
    "G-CQ2 O-GZ2 900-052-31 R4 7200",
    "G-CQ2 O-YN1 900-052-31 R4 3600",
    "G-CQ3 O-SC1 900-045-49 R4 1650",
    "G-CQ3 O-SC2 900-214-08 R9 5400",
    "G-SC1 O-CQ1 900-052-31 R4 68000",
    "G-SC1 O-GZ2 900-052-31 R4 11000",
    "G-SC1 O-YN1 321-004-48 R4 4800",
    "G-SC2 O-CQ2 900-045-49 R4 2600",
    "G-SC2 O-YN2 900-041-49 C3 900",
    "G-SC3 O-CQ2 398-051-22 R4 7400",
    "G-GZ1 O-CQ1 900-052-31 R4 9500",
    "G-GZ2 O-CQ2 900-451-13 R15 260",
    "G-GZ2 O-SC1 900-045-49 R4 520",
    "G-GZ3 O-SC2 900-249-08 R9 1900",
    "G-YN1 O-GZ2 900-052-31 R4 7600",
    "G-YN2 O-CQ2 900-045-49 R4 1400",
    "G-YN2 O-SC1 900-045-49 R4 1100",
    "G-YN3 O-GZ1 261-054-29 R4 340",
)


def negotiations(stage: Stage, today: date) -> int:
    """Declare next year's demand, begin next year's lists, propose a change of this year's; how many lists."""
    year = today.year + 1
    declared_at = moment(stage.before(today, 12), "10:00")
    for row in DEMAND:
        generator, operator, code, method, amount = row.split()
        declare_demand(
            enterprise_id=stage.enterprise(generator).pk,
            by=stage.filer(generator),
            now=declared_at,
            period=(year, PeriodPart.YEAR),
            wanted=Wanted(code, Decimal(amount), method, stage.enterprise(operator).pk),
        )
    lists = _Lists(stage, today)
    lists.wait_for_sichuan()
    lists.countered_by_chongqing()
    lists.drafted_by_guizhou()
    lists.agreed_with_yunnan()
    _changes_of_this_year(stage, today)
    return Edition.objects.filter(begins_on__year=year).count()


class _Lists:
    """Next year's lists, each as far as its two sides have come."""

    def __init__(self, stage: Stage, today: date) -> None:
        self.stage, self.today = stage, today

    def wait_for_sichuan(self) -> None:
        """Proposed by Chongqing: more lead, less etching liquid than this year."""
        made = self._carried("SC", "CQ", 9)
        self._change(made, "CQ", 8, {"O-CQ1": ("68000", "新建产线投运"), "O-CQ2 398-051-22": ("2200", "检修两个月")})
        self._propose(made, "CQ", 3, 1311)

    def countered_by_chongqing(self) -> None:
        """Proposed by Sichuan; Chongqing asks for more circuit boards and gives the catalyst up."""
        made = self._carried("CQ", "SC", 10)
        self._propose(made, "SC", 7, 1305)
        self._change(
            made, "CQ", 2, {"O-SC1 900-045-49": ("3600", "申报需求 2,070 吨，另有新增两家"), "O-SC1 900-049-50": None}
        )
        counter(
            edition_id=made.pk,
            seen_round=last_round(made),
            by=self._admin("CQ"),
            now=self._at(2, "16:00"),
            remark="废电路板请适当增加；废催化剂今年没有需求，建议不再列入。",
        )

    def drafted_by_guizhou(self) -> None:
        """Begun, not yet shown to Sichuan."""
        self._carried("SC", "GZ", 4)

    def agreed_with_yunnan(self) -> None:
        """Confirmed by both letters; in force from the first of January."""
        made = self._carried("YN", "SC", 9)
        self._propose(made, "SC", 6, 1307)
        confirm(
            edition_id=made.pk,
            seen_round=last_round(made),
            letter_no=self._letter("YN", 1214),
            by=self._admin("YN"),
            now=self._at(1, "11:00"),
            knows_warnings=True,
        )

    def _carried(self, origin: str, destination: str, days: int) -> Edition:
        provinces = self.stage.provinces
        source = Edition.objects.in_force_on(self.today).get(
            origin=provinces[origin], destination=provinces[destination]
        )
        return carry_over(
            edition_id=source.pk,
            begins_on=date(self.today.year + 1, 1, 1),
            ends_on=date(self.today.year + 1, 12, 31),
            by=self._admin(destination),
            now=self._at(days, "09:30"),
        )

    def _change(self, edition: Edition, side: str, days: int, wanted: dict[str, tuple[str, str] | None]) -> None:
        """New tonnes and remark by operator and perhaps code; None strikes the line."""
        for named, change in wanted.items():
            operator, *code = named.split()
            line = EditionLine.objects.filter(
                edition=edition, operator=self.stage.enterprise(operator), **({"waste_codes": code} if code else {})
            ).order_by("pk")[0]
            seen = {"edition_id": edition.pk, "line_id": line.pk, "seen": line.revision}
            by, now = self._admin(side), self._at(days, "15:00")
            if change is None:
                strike_line(**seen, by=by, now=now, remark="今年没有需求")
                continue
            form = LineForm(
                operator_id=line.operator_id,
                method=line.method,
                quota_t=Decimal(change[0]),
                waste_codes=tuple(line.waste_codes),
                category_id=line.category_id or "",
                remark=change[1],
            )
            change_line(**seen, form=form, by=by, now=now)

    def _propose(self, edition: Edition, side: str, days: int, serial: int) -> None:
        propose(
            edition_id=edition.pk,
            seen_round=last_round(edition),
            letter_no=self._letter(side, serial),
            by=self._admin(side),
            now=self._at(days, "10:30"),
            knows_warnings=True,
        )

    def _admin(self, short: str) -> User:
        return _admin(self.stage, short)

    def _at(self, days: int, clock: str) -> datetime:
        return moment(self.stage.before(self.today, days), clock)

    def _letter(self, short: str, serial: int) -> str:
        return f"{self.stage.parties.bureaus[short].abbreviation}函〔{self.today.year}〕{serial}号"


def _changes_of_this_year(stage: Stage, today: date) -> None:
    """More for the line that is 94 % used, waiting for Yunnan; a refused one; a suspended line of Yunnan's."""
    before = stage.before
    propose_adjustment(
        entry_id=_entry(stage, today, "YN SC O-SC1 900-045-49").pk,
        change_t=Decimal(120),
        by=_admin(stage, "SC"),
        now=moment(before(today, 2), "09:40"),
        letter_no=f"川环函〔{today.year}〕1309号",
        reason="本期已用 94%，接受人确认年内尚可接收 120 吨。",
    )
    refused = propose_adjustment(
        entry_id=_entry(stage, today, "SC CQ O-CQ1 900-052-31").pk,
        change_t=Decimal(30000),
        by=_admin(stage, "SC"),
        now=moment(before(today, 15), "10:20"),
        letter_no=f"川环函〔{today.year}〕1288号",
        reason="四季度废铅蓄电池回收量增加。",
    )
    decline_adjustment(
        adjustment_id=refused.pk,
        by=_admin(stage, "CQ"),
        now=moment(before(today, 13), "15:10"),
        reason="年内剩余 20,000 吨尚未使用，增量请纳入明年名单商定。",
    )
    suspend_entry(
        entry_id=_entry(stage, today, "GZ YN O-YN2 900-045-49").pk,
        by=_admin(stage, "YN"),
        now=moment(before(today, 1), "14:00"),
        document_no=f"云环函〔{today.year}〕1216号",
        from_on=before(today, 1),
        reason="接受人破碎分选线停产检修，预计两个月。",
    )


def _entry(stage: Stage, today: date, named: str) -> WhitelistEntry:
    origin, destination, operator, code = named.split()
    found: Iterable[WhitelistEntry] = WhitelistEntry.objects.filter(
        edition__in=Edition.objects.in_force_on(today),
        edition__origin=stage.provinces[origin],
        edition__destination=stage.provinces[destination],
        operator=stage.enterprise(operator),
        waste_codes=[code],
    )
    return next(iter(found))


def _admin(stage: Stage, short: str) -> User:
    return stage.parties.users[f"{short.lower()}.whitelist_admin"]
