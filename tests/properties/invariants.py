"""What is true after every step, whoever did what (docs/rules.md §§4, 7–10, 12)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection

from apps.deadlines.models import Deadline
from apps.organisations.models import CapacityMovement, PermitYear
from apps.organisations.services.capacity import reconcile_capacity
from apps.transfers.models import Application, LogRow, Paper, PaperCounter, QuotaClaim, Shipment
from apps.transfers.services.clockwork import ACTS
from apps.transfers.services.facts_now import at_moment
from apps.whitelists.models import QuotaMovement, WhitelistEntry
from apps.whitelists.services.ledger import reconcile
from tests.properties.clocks import Days, check_reckoning, check_state
from tests.snapshot import tables
from tests.transfers.world import World

ZERO = Decimal(0)
OPEN = {"local_opinion", "origin_review", "destination_review", "decision", "correction", "suspended"}
ENDED_EARLY = {"rejected", "withdrawn", "lapsed"}


@dataclass
class Picture:
    """Everything that the checks look at, read in a few queries."""

    cases: list[Application]
    log: dict[int, list[LogRow]]
    clocks: dict[str, list[Deadline]]
    claims: dict[int, list[QuotaClaim]]
    balance: dict[tuple[str, int, int], dict[str, Decimal]]
    shipments: dict[int, list[Shipment]]

    @classmethod
    def taken(cls) -> "Picture":
        balance: dict[tuple[str, int, int], dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        for row in QuotaMovement.objects.all():
            balance[row.reference, row.round, row.entry_id][row.kind] += row.amount_t
        return cls(
            cases=list(
                Application.objects.select_related("origin", "destination", "generator", "operator")
                .prefetch_related("items")
                .order_by("pk")
            ),
            log=_by(LogRow.objects.order_by("application", "position"), "application_id"),
            clocks=_by(Deadline.objects.order_by("pk"), "reference"),
            claims=_by(QuotaClaim.objects.order_by("pk"), "application_id"),
            balance=balance,
            shipments=_by(Shipment.objects.order_by("pk"), "application_id"),
        )


def _by(rows: Iterable, name: str) -> dict:
    grouped = defaultdict(list)
    for row in rows:
        grouped[getattr(row, name)].append(row)
    return grouped


def check_everything(picture: Picture, days: Days, now: datetime) -> None:
    check_ledger(picture)
    check_capacity(picture)
    for case in picture.cases:
        check_log(case, picture.log[case.pk], now)
        holds = any(_is_live(claim, case) for claim in picture.claims[case.pk])
        clocks = picture.clocks[case.number] if case.number else []
        check_state(case, clocks, holds=holds)
    check_reckoning([clock for clocks in picture.clocks.values() for clock in clocks], days)
    check_papers()


def _is_live(claim: QuotaClaim, case: Application) -> bool:
    return claim.round == case.round and claim.released_at is None and case.state in OPEN


def check_ledger(picture: Picture) -> None:
    """Columns are sums, nothing is promised twice, and each case's movements are what its claims say."""
    assert reconcile() == []
    held: dict[int, Decimal] = defaultdict(lambda: ZERO)
    used: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for case in picture.cases:
        for claim in picture.claims[case.pk]:
            kinds = picture.balance[case.number, claim.round, claim.entry_id]
            still_held = kinds["hold"] - kinds["release"] - kinds["commit"]
            still_used = kinds["commit"] - kinds["restore"]
            where = f"{case.number}/{claim.round} {case.state}"
            assert still_held == (claim.within_t if _is_live(claim, case) else ZERO), where
            assert still_used == _taken(case, claim, picture), where
            assert claim.over_t == ZERO or case.route != "fast_track" or claim.round != case.round, where
            held[claim.entry_id] += still_held
            used[claim.entry_id] += still_used
    for entry in WhitelistEntry.objects.all():
        assert (entry.held_t, entry.used_t) == (held[entry.pk], used[entry.pk]), entry
        assert ZERO <= entry.held_t + entry.used_t <= entry.quota_t, entry


def _taken(case: Application, claim: QuotaClaim, picture: Picture) -> Decimal:
    """What an approval still takes from its entry: all of it, or after its end what was shipped beyond the excess."""
    if claim.round != case.round or case.state not in {"approved", "closed", "revoked"}:
        return ZERO
    within, over = claim.approved_within_t, claim.approved_over_t
    if not _is_settled(case):
        return within
    shipped = _shipped(case, picture, claim.entry_id)
    return within - max(within + over - shipped - over, ZERO)


def _is_settled(case: Application) -> bool:
    """Whether what was not shipped came back; what the clock closed undeclared waits for the origin."""
    return case.state == "revoked" or (case.state == "closed" and not case.settlement_flag)


def _shipped(case: Application, picture: Picture, entry_id: int | None = None) -> Decimal:
    items = {item.pk for item in case.items.all() if entry_id is None or item.entry_id == entry_id}
    return sum((one.amount_t for one in picture.shipments[case.pk] if one.item_id in items), ZERO)


def check_capacity(picture: Picture) -> None:
    """Each approval takes its tonnes from its permit's year, each end gives back what was not shipped."""
    assert reconcile_capacity() == []
    taken: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for row in CapacityMovement.objects.all():
        taken[row.reference] += row.amount_t if row.kind == "approve" else -row.amount_t
    for case in picture.cases:
        expected = ZERO
        if case.state in {"approved", "closed", "revoked"}:
            approved = sum((item.approved_t for item in case.items.all()), ZERO)
            expected = _shipped(case, picture) if _is_settled(case) else approved
            assert _shipped(case, picture) <= approved, case
        assert taken[case.number or ""] == expected, f"{case.number} {case.state}"
    for year in PermitYear.objects.all():
        assert ZERO <= year.taken_t <= year.limit_t, year


def check_log(case: Application, rows: list[LogRow], now: datetime) -> None:
    """Positions 1..n, each row begins where the last ended, moments never go back, the last is the state."""
    assert [row.position for row in rows] == list(range(1, case.log_length + 1)), case
    assert (case.state == "draft") == (rows == []), case
    state, moment = "draft", None
    for row in rows:
        where = f"{case.number} {row.position} {row.act}"
        assert row.from_state == state, f"{where}: from {row.from_state} after {state}"
        assert moment is None or row.occurred_at >= moment, f"{where}: {row.occurred_at} before {moment}"
        assert row.occurred_at <= row.recorded_at <= now, where
        state, moment = row.to_state, row.occurred_at
    assert state == case.state, case


def check_papers() -> None:
    """Gapless in every series of a bureau's year, the dates going forward; the counter stands at the last."""
    series: dict[tuple[int, str, int], list[Paper]] = defaultdict(list)
    for paper in Paper.objects.order_by("serial", "pk"):
        if paper.series != "none":
            series[paper.bureau_id, paper.series, paper.year].append(paper)
    for key, papers in series.items():
        assert [paper.serial for paper in papers] == list(range(1, len(papers) + 1)), key
        dates = [paper.dated_on for paper in papers]
        assert dates == sorted(dates), key
        assert all(paper.dated_on.year == paper.year for paper in papers), key
        counter = PaperCounter.objects.get(bureau=key[0], series=key[1], year=key[2])
        assert (counter.last, counter.last_dated_on) == (len(papers), dates[-1]), key


def check_way_out(world: World, case: Application, clocks: list[Deadline], now: datetime) -> None:
    """An open case waits for somebody who can do more than give it up, or for a clock that acts."""
    if case.state not in OPEN:
        return
    if any(clock.kind in ACTS and clock.status == "running" for clock in clocks):
        return
    at_moment(application=case, now=now)
    authority = case.destination if "destination_review" in {case.state, case.suspended_from} else case.origin
    user = world.user(f"{authority.short.lower()}.handler")
    names = {row.name for row in case.get_available_user_state_transitions(user)} - {"withdraw"}
    assert names, f"{case.number} is stuck in {case.state}"


FINGERPRINT_ROWS = ("transfers_application", "transfers_item", "whitelists_whitelistentry", "deadlines_deadline")


def fingerprint() -> tuple:
    """How many rows every table has, and the content of those whose rows change."""
    names = sorted(tables())
    counts = ", ".join(f'(SELECT count(*) FROM "{name}")' for name in names)  # noqa: S608 - our own tables
    contents = ", ".join(
        f"(SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM {name} t)"  # noqa: S608 - likewise
        for name in FINGERPRINT_ROWS
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}, {contents}")
        return cursor.fetchone()


def outcome_of_clocks(day: date) -> list:
    """What a sweep leaves behind, without when it was written down: a late one must leave the same."""
    acts = Application.objects.order_by("pk").values_list(
        *("pk", "state", "round", "received_on", "accepted_on", "accepted_how", "suspended_from", "due_at"),
        *("is_due_provisional", "supervised_since", "supervised_by_role", "settlement_flag", "log_length"),
    )
    log = LogRow.objects.order_by("application", "position").values_list(
        "application", "position", "act", "from_state", "to_state", "occurred_at", "reason"
    )
    clocks = Deadline.objects.order_by("reference", "kind", "sequence").values_list(
        *("reference", "kind", "sequence", "status", "base_on", "started_on", "days", "due_at", "left_days"),
        *("breached_at", "ended_at", "next_at"),
    )
    papers = Paper.objects.order_by("application", "position", "kind").values_list("application", "position", "kind")
    claims = QuotaClaim.objects.order_by("pk").values_list("pk", "released_at")
    movements = QuotaMovement.objects.order_by("entry", "reference", "round", "kind").values_list(
        "entry", "reference", "round", "kind", "amount_t", "occurred_at"
    )
    return [day, *(list(rows) for rows in (acts, log, clocks, papers, claims, movements))]
