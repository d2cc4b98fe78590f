"""The crowd: many senders, receivers, cases and drafts, cast from the specimens and consistent like them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model

from apps.catalogue.enums import PaperSeries
from apps.deadlines.models import ClockStop, Deadline, DeadlineEvent
from apps.organisations.models import (
    CapacityMovement,
    Enterprise,
    ManagementPlan,
    ManagementPlanLine,
    Membership,
    Permit,
    PermitLine,
    PermitYear,
    User,
)
from apps.transfers.models import (
    Application,
    Attachment,
    CorrectionPoint,
    Item,
    LogRow,
    NumberCounter,
    Paper,
    PaperCounter,
    QuotaClaim,
    Reply,
)
from apps.transfers.rules.papers.numbers import written_number
from apps.whitelists.enums import MovementKind
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from benchmarks.moulds import Mould, Press, slot_of
from benchmarks.world import DRAFT, OPEN, PAST, Plot, Specimen, World, credit_code

SENDERS_A_PROVINCE = 100
RECEIVERS_A_PROVINCE = 30
MOST_OPEN = 2_000
TOLD_EVERY = 5_000
COPIED: tuple[type[Model], ...] = (
    *(Application, Item, QuotaClaim, Attachment, LogRow, Paper, CorrectionPoint, Reply, Application.transit.through),
    *(Deadline, ClockStop, DeadlineEvent, QuotaMovement, CapacityMovement),
    *(Enterprise, User, Membership, ManagementPlan, ManagementPlanLine, Permit, PermitLine, PermitYear, WhitelistEntry),
)

# The columns of entries and permit years are what the movements sum to, here as everywhere.
SUM_ENTRIES = """
    UPDATE whitelists_whitelistentry AS entry
    SET quota_t = sums.adjusted, held_t = sums.held - sums.released - sums.committed,
        used_t = sums.committed - sums.restored
    FROM (
        SELECT entry_id,
            coalesce(sum(amount_t) FILTER (WHERE kind = 'adjust'), 0) AS adjusted,
            coalesce(sum(amount_t) FILTER (WHERE kind = 'hold'), 0) AS held,
            coalesce(sum(amount_t) FILTER (WHERE kind = 'release'), 0) AS released,
            coalesce(sum(amount_t) FILTER (WHERE kind = 'commit'), 0) AS committed,
            coalesce(sum(amount_t) FILTER (WHERE kind = 'restore'), 0) AS restored
        FROM whitelists_quotamovement GROUP BY entry_id
    ) AS sums
    WHERE entry.id = sums.entry_id
"""
SUM_PERMIT_YEARS = """
    UPDATE organisations_permityear AS permit_year SET approved_t = sums.approved, restored_t = sums.restored
    FROM (
        SELECT years.id,
            coalesce(sum(amount_t) FILTER (WHERE kind = 'approve'), 0) AS approved,
            coalesce(sum(amount_t) FILTER (WHERE kind = 'restore'), 0) AS restored
        FROM organisations_permityear AS years
        LEFT JOIN organisations_capacitymovement AS movements ON movements.permit_year_id = years.id
        GROUP BY years.id
    ) AS sums
    WHERE permit_year.id = sums.id
"""

Values = dict[str, object]


@dataclass
class CaseMould:
    """One specimen, ready to be cast for other parties."""

    mould: Mould
    number_key: tuple[int, str, str] | None
    papers: list[tuple[int, str, tuple[int, str, int]]]
    entry_slot: str
    permit_year_slot: str


class Crowd:
    """Parties by province, counters, and the press that writes."""

    def __init__(self, world: World, press: Press) -> None:
        """Casts the parties."""
        self.world = world
        self.press = press
        self.numbers = {(row.year, row.origin_id, row.destination_id): row.last for row in NumberCounter.objects.all()}
        self.serials = {(row.bureau_id, row.series, row.year): row.last for row in PaperCounter.objects.all()}
        self.credit_codes = iter(range(1_000, 10_000_000))
        shorts = sorted({short for pair in world.pairs for short in pair})
        self.senders = {short: list(self._senders(short)) for short in shorts}
        self.receivers = {short: list(self._receivers(short)) for short in shorts}

    def _senders(self, short: str) -> Iterator[Values]:
        sender, filer = self.world.sender(short), self.world.filer(short)
        plans = _keys(ManagementPlan, enterprise=sender)
        mould = Mould(
            {
                Enterprise: [sender.pk],
                User: [filer.pk],
                Membership: _keys(Membership, user=filer),
                ManagementPlan: plans,
                ManagementPlanLine: _keys(ManagementPlanLine, plan__in=plans),
            },
            words={sender.name: "name", sender.uscc: "code", filer.username: "username"},
        )
        for place in range(SENDERS_A_PROVINCE):
            names = {"name": f"{short}移出单位{place:03d}", "username": f"filer.{short.lower()}.{place:03d}"}
            yield mould.cast(self.press, {**names, "code": self._credit_code()})

    def _receivers(self, short: str) -> Iterator[Values]:
        receiver = self.world.receiver(short)
        permit = Permit.objects.get(enterprise=receiver)
        entries = _keys(WhitelistEntry, operator=receiver)
        mould = Mould(
            {
                Enterprise: [receiver.pk],
                Permit: [permit.pk],
                PermitLine: _keys(PermitLine, permit=permit),
                PermitYear: _keys(PermitYear, permit=permit),
                WhitelistEntry: entries,
                QuotaMovement: _keys(QuotaMovement, entry__in=entries, kind=MovementKind.ADJUST),
            },
            words={receiver.name: "name", receiver.uscc: "code", permit.number: "permit"},
            columns={(WhitelistEntry, "number"): "line"},
        )
        for place in range(RECEIVERS_A_PROVINCE):
            names = {"name": f"{short}接受单位{place:03d}", "line": f"{place + 2:04d}"}
            yield mould.cast(self.press, {**names, "code": self._credit_code(), "permit": f"{short}92{place + 1:06d}"})

    def _credit_code(self) -> str:
        return credit_code(next(self.credit_codes))

    def mould(self, specimen: Specimen) -> CaseMould:
        """A specimen as a mould: its parties, entry, number and papers are open."""
        case = Application.objects.select_related("generator", "operator").get(pk=specimen.application_id)
        number = case.number or "-"
        clocks = _keys(Deadline, reference=number)
        papers = list(Paper.objects.filter(application=case).exclude(series=PaperSeries.NONE).select_related("bureau"))
        # A draft has no movements and no entry yet: its slots then stand for nothing.
        entry = case.items.values_list("entry", flat=True)[0]
        taken = CapacityMovement.objects.filter(reference=number).values_list("permit_year", flat=True).first()
        rows = {
            Application: [case.pk],
            Application.transit.through: _keys(Application.transit.through, application=case),
            **{
                model: _keys(model, application=case)
                for model in (Item, QuotaClaim, Attachment, LogRow, Paper, CorrectionPoint, Reply)
            },
            Deadline: clocks,
            ClockStop: _keys(ClockStop, deadline__in=clocks),
            DeadlineEvent: _keys(DeadlineEvent, deadline__in=clocks),
            QuotaMovement: _keys(QuotaMovement, reference=number),
            CapacityMovement: _keys(CapacityMovement, reference=number),
        }
        outer = {
            (Enterprise, case.generator_id): "sender",
            (Enterprise, case.operator_id): "receiver",
            (User, self.world.filer(specimen.pair[0]).pk): "filer",
            (WhitelistEntry, entry): "entry",
            (PermitYear, taken): "permit_year",
        }
        words = {case.generator.name: "sender_name", case.operator.name: "receiver_name"}
        words |= {case.generator.uscc: "sender_code", case.operator.uscc: "receiver_code"}
        words |= {case.number: "number"} if case.number else {}
        words |= {paper.number: f"paper:{paper.pk}" for paper in papers}
        return CaseMould(
            Mould(rows, outer=outer, words=words, columns={(Paper, "serial"): "serial:{key}"}),
            (case.submitted_at.year, case.origin_id, case.destination_id) if case.number else None,
            [(paper.pk, paper.bureau.abbreviation, (paper.bureau_id, paper.series, paper.year)) for paper in papers],
            slot_of(WhitelistEntry, entry),
            slot_of(PermitYear, taken),
        )

    def cast(self, mould: CaseMould, sender: Values, receiver: Values, pair: tuple[str, str]) -> None:
        """One more case of the mould between these parties, with the next numbers."""
        world = self.world
        values: Values = {
            "sender": sender[slot_of(Enterprise, world.sender(pair[0]).pk)],
            "sender_name": sender["name"],
            "sender_code": sender["code"],
            "filer": sender[slot_of(User, world.filer(pair[0]).pk)],
            "receiver": receiver[slot_of(Enterprise, world.receiver(pair[1]).pk)],
            "receiver_name": receiver["name"],
            "receiver_code": receiver["code"],
            "entry": receiver.get(mould.entry_slot),
            "permit_year": receiver.get(mould.permit_year_slot),
        }
        if mould.number_key is not None:
            year, origin, destination = mould.number_key
            serial = self.numbers[mould.number_key] = self.numbers[mould.number_key] + 1
            values["number"] = f"{year}-{origin[:2]}-{destination[:2]}-{serial:05d}"
        for key, abbreviation, counter in mould.papers:
            serial = self.serials[counter] = self.serials[counter] + 1
            values[f"serial:{key}"] = serial
            values[f"paper:{key}"] = written_number(
                abbreviation=abbreviation, series=PaperSeries(counter[1]), year=counter[2], serial=serial
            )
        mould.mould.cast(self.press, values)

    def finish(self) -> None:
        """Write the rest, the counters, and the sums."""
        self.press.finish()
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE transfers_numbercounter SET last = %s WHERE (year, origin_id, destination_id) = (%s, %s, %s)",
                [(last, *key) for key, last in self.numbers.items()],
            )
            cursor.executemany(
                "UPDATE transfers_papercounter SET last = %s WHERE (bureau_id, series, year) = (%s, %s, %s)",
                [(last, *key) for key, last in self.serials.items()],
            )
            cursor.execute(SUM_ENTRIES)
            cursor.execute(SUM_PERMIT_YEARS)


def populate(*, world: World, rows: int, drafts: int, progress: Callable[[str], None]) -> None:
    """``rows`` applications, mostly ended, some thousand open, and the drafts. Needs a transaction."""
    crowd = Crowd(world, Press())
    moulds: dict[Plot, list[tuple[Specimen, CaseMould]]] = defaultdict(list)
    for specimen in world.specimens:
        moulds[specimen.plot].append((specimen, crowd.mould(specimen)))
    is_open = min(MOST_OPEN, rows // 5)
    shares = [*_shares(rows - is_open, PAST), *_shares(is_open, OPEN), (DRAFT, drafts)]
    done = 0
    for plot, count in shares:
        for place in range(count):
            _cast_one(crowd, moulds[plot], place)
            done += 1
            if done % TOLD_EVERY == 0:
                progress(f"批量写入：{done} 件")
    crowd.finish()


def _cast_one(crowd: Crowd, moulds: Sequence[tuple[Specimen, CaseMould]], place: int) -> None:
    """Pairs take turns; within a pair the senders do, and every round meets other receivers."""
    specimen, mould = moulds[place % len(moulds)]
    turn = place // len(moulds)
    senders, receivers = crowd.senders[specimen.pair[0]], crowd.receivers[specimen.pair[1]]
    sender, receiver = senders[turn % len(senders)], receivers[(turn + turn // len(senders)) % len(receivers)]
    crowd.cast(mould, sender, receiver, specimen.pair)


def _shares(count: int, plots: Sequence[Plot]) -> list[tuple[Plot, int]]:
    """The plots in the order of their days, as equal as it goes."""
    ordered = sorted(plots, key=lambda plot: plot.filed_on)
    return [(plot, count // len(plots) + (place < count % len(plots))) for place, plot in enumerate(ordered)]


def _keys(model: Any, **wanted: object) -> list[int]:
    return list(model.objects.filter(**wanted).order_by("pk").values_list("pk", flat=True))
