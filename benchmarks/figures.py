"""The figures: each drives the site for some seconds and then asks the database whether all of it is there."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from django.db.models import Count

from apps.catalogue.enums import PaperKind
from apps.organisations.services.capacity import reconcile_capacity
from apps.transfers.enums import State
from apps.transfers.models import Application, LogRow, Paper
from apps.whitelists.services.ledger import reconcile
from benchmarks import bare, live_check, pgbench, reads
from benchmarks.holds import contended_holds
from benchmarks.load import Outcome, Step, drive
from benchmarks.options import CONTENDERS, PEAK, WARMUP, Options
from benchmarks.peak import filings_at_peak
from benchmarks.people import People

BARE_PAGES = 997
# More than one person's pauses in the seconds of a figure.
PAUSES = 1_500


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the site listens, and the bare view; where PostgreSQL's socket lies, and the database's name."""

    site: int
    bare: int
    sockets: Path
    database: str


@dataclass(slots=True)
class Figure:
    """One line of the table. ``target`` and ``value`` in ``unit``; latencies in milliseconds."""

    title: str
    value: float
    unit: str = "次/秒"
    target: float | None = None
    median_ms: float | None = None
    late_ms: float | None = None
    done: int | None = None
    failed: int = 0
    lost: int = 0
    remarks: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.failed and not self.lost


class Measuring:
    """All figures of one run, in order."""

    def __init__(self, options: Options, ports: Ports, people: People, tell: Callable[[str], None]) -> None:
        """`tell` is told what is being measured."""
        self.options, self.ports, self.people, self.tell = options, ports, people, tell

    def all(self) -> Iterator[Figure]:
        """The desks' pages, the ledger's contention, then the ceilings of the same machine in the same run."""
        yield self.filing(self.people.drafts(self.options.filings))
        yield self._pages("工作台一页 20 件", self.people.worklists(), 150)
        yield self._pages("案件页（在办）", self.people.open_cases(), 80)
        yield self._pages("案件页（已办结）", self.people.old_cases(), 80)
        yield self.joint(self.people.drafts(self.options.cases))
        yield self.typing(self.people.drafts(PAUSES))
        yield from self.holds()
        yield from self.peak()
        yield from self.ceilings()
        yield from self.reads()

    def filing(self, drafts: Sequence[Application]) -> Figure:
        """Submit complete drafts: check, hold, log, clocks, receipt."""
        outcome = self._drive("提交申请", self.people.filings(drafts), is_endless=False)
        figure = _figure("提交申请（HTTP）", outcome, 120)
        there = _filed(drafts)
        figure.lost = abs(there["filed"] - outcome.succeeded) + there["filed"] - min(there["receipts"], there["logged"])
        figure.remarks += _remarks(outcome)
        return figure

    def joint(self, drafts: Sequence[Application]) -> Figure:
        """Whole joint cases: three requests by three people."""
        outcome = self._drive("完整办理", self.people.joint_cases(drafts), is_endless=False)
        figure = _figure("完整办理一件（提交、商请、同意；HTTP）", outcome, 40, unit="件/秒")
        approved = Application.objects.filter(pk__in=[draft.pk for draft in drafts], state=State.APPROVED)
        papers = Paper.objects.filter(application__in=approved, kind=PaperKind.APPROVAL).count()
        figure.lost = abs(approved.count() - outcome.succeeded) + abs(papers - approved.count())
        figure.remarks += _remarks(outcome)
        return figure

    def typing(self, drafts: Sequence[Application]) -> Figure:
        """What is typed, kept and checked against a list of 500 entries, by one person at a time: 40 ms are 25 a second."""
        live_check.widen()
        self.tell("填写时保存并检查")
        outcome = drive(
            port=self.ports.site,
            tasks=live_check.typing(drafts, self.people.cookies),
            clients=1,
            seconds=self.options.seconds,
            warmup=WARMUP,
            is_endless=False,
        )
        figure = _figure("填写时保存并检查（名单 500 条，1 个客户端）", outcome, 25)
        kept = Application.objects.filter(pk__in=[draft.pk for draft in drafts], contact_name="刚刚填写").count()
        figure.lost = abs(kept - outcome.succeeded)
        figure.remarks += _remarks(outcome)
        return figure

    def _pages(self, title: str, tasks: Sequence[Sequence[Step]], target: float) -> Figure:
        outcome = self._drive(title, tasks, is_endless=True)
        figure = _figure(title, outcome, target)
        figure.remarks += _remarks(outcome)
        return figure

    def holds(self) -> tuple[Figure, Figure]:
        """Holds on one entry at 16 clients, and their ratio to the same statements sent by pgbench."""
        self.tell(f"同一条目并发占用（{CONTENDERS} 个客户端）")
        held = contended_holds(
            clients=CONTENDERS,
            seconds=self.options.seconds,
            sockets=self.ports.sockets,
            database=self.ports.database,
        )
        ledger = Figure(
            f"同一条目占用余量（{CONTENDERS} 个客户端）",
            held.per_second,
            done=held.done,
            failed=held.failed,
            lost=held.lost,
        )
        ledger.remarks.append(f"pgbench 发送同样语句 {held.ceiling:.0f} 次/秒")
        ratio = Figure("  与 pgbench 之比", held.per_second / held.ceiling, unit="", target=0.3)
        return ledger, ratio

    def peak(self) -> tuple[Figure, Figure]:
        """Filings of three items over fifty entries at 64 clients, and their ratio to pgbench."""
        self.tell(f"高峰提交（{PEAK} 个客户端，50 个条目）")
        seconds, place = self.options.seconds, self.ports
        found = filings_at_peak(clients=PEAK, seconds=seconds, sockets=place.sockets, database=place.database)
        filings = Figure(
            f"高峰提交（{PEAK} 个客户端，50 个条目，每件三项）",
            found.per_second,
            unit="件/秒",
            done=found.done,
            failed=found.failed,
            lost=found.lost,
        )
        filings.remarks.append(f"pgbench 发送同样 {found.statements} 条语句 {found.ceiling:.0f} 件/秒")
        return filings, Figure("  与 pgbench 之比", found.per_second / found.ceiling, unit="")

    def reads(self) -> Iterator[Figure]:
        """Pages about lists at full size, one reader: what counts is what a page takes."""
        entries = reads.fill(tell=self.tell)
        for page in reads.pages():
            self.tell(page.title)
            outcome = drive(
                port=self.ports.site,
                tasks=page.tasks,
                clients=1,
                seconds=max(1, self.options.seconds // 3),
                warmup=1,
                is_endless=True,
            )
            figure = _figure(f"{page.title}（{entries} 条，1 个客户端）", outcome, None)
            figure.remarks += _remarks(outcome)
            yield figure

    def ceilings(self) -> Iterator[Figure]:
        """What the framework alone and the database alone can do here."""
        with connection.cursor() as cursor:
            cursor.execute(bare.TABLES)
        cookie = next(iter(self.people.bureaus.values()))
        tasks = [[Step(f"/bare/{key}/", cookie)] for key in range(BARE_PAGES)]
        outcome = self._drive("上限：空视图", tasks, is_endless=True, port=self.ports.bare)
        yield _figure("上限：空视图（会话 + 12 条语句）", outcome, None)
        self.tell("上限：pgbench")
        text = pgbench.script(
            [statement.format(key=":key") for statement in bare.TWELVE], f"\\set key random(0, {bare.LINES - 1})"
        )
        rate = pgbench.per_second(
            text=text,
            sockets=self.ports.sockets,
            database=self.ports.database,
            clients=self.options.clients,
            seconds=self.options.seconds,
        )
        yield Figure("上限：pgbench（同样 12 条语句）", rate)

    def _drive(
        self, title: str, tasks: Sequence[Sequence[Step]], *, is_endless: bool, port: int | None = None
    ) -> Outcome:
        self.tell(title)
        return drive(
            port=port or self.ports.site,
            tasks=tasks,
            clients=self.options.clients,
            seconds=self.options.seconds,
            warmup=WARMUP,
            is_endless=is_endless,
        )


def books_agree() -> Figure:
    """Entries and permit years against their movements, after everything: differences count as lost."""
    differences = [*map(str, reconcile()), *map(str, reconcile_capacity())]
    return Figure("账目核对（差异数）", len(differences), unit="", lost=len(differences), remarks=differences[:3])


def _figure(title: str, outcome: Outcome, target: float | None, *, unit: str = "次/秒") -> Figure:
    return Figure(
        title,
        outcome.per_second,
        unit=unit,
        target=target,
        median_ms=outcome.percentile(0.5),
        late_ms=outcome.percentile(0.95),
        done=outcome.done,
        failed=outcome.failed,
    )


def _remarks(outcome: Outcome) -> list[str]:
    return [*(["数据用尽，提前结束"] if outcome.ran_out else []), *outcome.samples]


def _filed(drafts: Sequence[Application]) -> dict[str, int]:
    """How many of the drafts are filed, have their one receipt, their first log row."""
    keys = [draft.pk for draft in drafts]
    return {
        "filed": Application.objects.filter(pk__in=keys, number__isnull=False, state=State.ORIGIN_REVIEW).count(),
        "receipts": Paper.objects.filter(application__in=keys, kind=PaperKind.RECEIPT).count(),
        "logged": LogRow.objects.filter(application__in=keys, act="submit").aggregate(n=Count("pk"))["n"],
    }
