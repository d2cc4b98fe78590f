"""Random people try random acts while time goes by; after every step everything is checked."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import transaction
from django.db.models import Min
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from apps.deadlines.models import Deadline
from apps.deadlines.services.refusals import CalendarRefused
from apps.deadlines.workdays import local_day
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Permit, User
from apps.organisations.services.parties import change_permit_status
from apps.transfers.errors import Refused
from apps.transfers.models import Application
from apps.transfers.services.sweeping import sweep
from apps.transfers.services.years import load_year
from apps.whitelists.errors import WhitelistError
from apps.whitelists.models import Bar, Edition, WhitelistEntry
from apps.whitelists.services.ledger import adjust
from tests.properties import base, sight
from tests.properties.acts import FITTING, VERBS, Hand, Try, right_person
from tests.properties.clocks import Days
from tests.properties.invariants import (
    Picture,
    check_everything,
    check_way_out,
    fingerprint,
    outcome_of_clocks,
)
from tests.transfers.world import World, at

# What a person may be told; anything else that is raised is a fault.
REFUSALS = (Refused, WhitelistError, OrganisationError, CalendarRefused)
# Mostly plain figures; some that a column can't take, or that are too much.
SHARES = ("1", "1", "1", "1", "1", "1", "1", "0.5", "0.3333", "0.9999", "0", "1.0001", "-1", "0.00001", "NaN", "1E+40")

OVER = ("withdrawn", "lapsed", "revoked", "rejected", "closed")

hands = st.builds(
    Hand,
    case=st.integers(0, 23),
    verb=st.integers(0, len(VERBS) - 1),
    who=st.integers(0, 19),
    share=st.sampled_from(SHARES),
    days=st.integers(0, 40),
    flag=st.booleans(),
)
NOTICE_2027 = (
    [("2027-01-01", "day_off"), ("2027-01-04", "day_off"), ("2027-01-09", "makeup_workday")],
    [("2027-01-01", "day_off"), ("2027-01-02", "makeup_workday")],
)


def refusal_of(do: Callable[[], object]) -> Exception | None:
    try:
        do()
    except REFUSALS as refusal:
        return refusal
    return None


offers = st.integers(0, len(base.OFFERS) - 1)


class Provinces(RuleBasedStateMachine):
    """Rules are what happens in the world; `done` and `refused` count what was tried over all runs."""

    world: ClassVar[World]
    is_prepared: ClassVar[bool] = True
    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.persons = sight.people()
        self.now = base.START
        self.turn = 0
        self.days = Days.stored()
        self.touched: int | None = None
        self.turn_moment: datetime | None = None
        self.has_changed = True
        self.users: dict[str, User] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    @initialize(start=st.sampled_from(["2021-09-13", "2026-02-06", "2026-04-27", "2026-12-07"]))
    def begin(self, start: str) -> None:
        if not self.is_prepared:
            self.now = at(start)

    # --- what people do -------------------------------------------------------------------------------------------

    @rule(hand=hands)
    def act(self, hand: Hand) -> None:
        """Somebody, as a rule the right one, tries what fits the state."""
        self.try_what_fits(self.case(hand), hand)

    @rule(hands=st.tuples(*[hands] * 5), minutes=st.sampled_from([2, 60, 1440, 4000]))
    def a_case_goes_on(self, hands: tuple[Hand, ...], minutes: int) -> None:
        """Five acts on one case, some time between them: so that some come far."""
        case = self.case(hands[0])
        for hand in hands:
            if case is None or (case := Application.objects.filter(pk=case.pk).first()) is None:
                return
            self.try_what_fits(case, hand)
            self.holds()
            self.now += timedelta(minutes=minutes)

    @rule(hands=st.tuples(hands, hands))
    def the_newest_goes_on(self, hands: tuple[Hand, ...]) -> None:
        """What somebody just touched is touched again within minutes: recalled, for instance."""
        for hand in hands:
            self.try_what_fits(Application.objects.filter(pk=self.touched).first(), hand)
            self.holds()

    @rule(offer=offers, hand=hands, is_left=st.sampled_from([False, False, False, True]))
    def file(self, offer: int, hand: Hand, is_left: bool) -> None:
        """A draft on one of a few entries, filed at once or left lying."""
        self.make(offer, hand, is_left=is_left)

    @rule(offer=offers, hand=hands, more=st.tuples(*[hands] * 4), minutes=st.sampled_from([5, 90, 1500]))
    def a_new_case_goes_on(self, offer: int, hand: Hand, more: tuple[Hand, ...], minutes: int) -> None:
        """Filed, and then four acts on it, some time between them."""
        self.make(offer, hand, is_left=False)
        self.holds()
        for one in more:
            self.now += timedelta(minutes=minutes)
            self.try_what_fits(Application.objects.filter(pk=self.touched).first(), one)
            self.holds()

    def make(self, offer: int, hand: Hand, *, is_left: bool) -> None:
        wanted, today = base.OFFERS[offer], local_day(self.now)
        entry = WhitelistEntry.objects.filter(
            operator=self.world.enterprise(wanted.operator),
            edition__origin=self.world.enterprise(wanted.generator).province,
            edition__begins_on__lte=today + timedelta(days=hand.days),
            edition__ends_on__gte=today + timedelta(days=hand.days),
        ).first()
        most = entry.available_t if entry else Decimal(60)
        amounts = (
            [max(hand.tonnes(most / (1 + hand.case % 3)), Decimal("0.5")) for _ in wanted.items]
            if (Decimal(hand.share).is_finite() and Decimal(hand.share) < 2)
            else [Decimal("1.5"), Decimal("0.0001")]
        )
        first = today + timedelta(days=hand.days if hand.flag else 0)
        last = first + timedelta(days=10 + 30 * (hand.verb % 12))
        amounts = [amount.quantize(Decimal("0.0001")) for amount in amounts]
        self.has_changed = True
        draft = base.make_draft(self.world, wanted, amounts, now=self.now, first=first, last=last)
        self.touched = draft.pk
        if not is_left:
            self.tick()
            self.attempt(self.fresh(draft.pk), "submit", hand)

    # --- what happens around them ---------------------------------------------------------------------------------

    @rule(
        days=st.sampled_from([0, 0, 0, 0, 1, 1, 1, 2, 3, 7]),
        minutes=st.sampled_from([1, 4, 9, 11, 60, 600]),
        clock=st.sampled_from(["", "08:59", "09:00", "10:00", "23:59"]),
    )
    def time_passes(self, days: int, minutes: int, clock: str) -> None:
        later = self.now + timedelta(days=days, minutes=minutes)
        self.now = max(later, at(f"{local_day(later)}", clock)) if clock else later

    @rule(minutes=st.sampled_from([-1, 0, 0, 5]))
    def a_clock_comes_near(self, minutes: int) -> None:
        """Just before, at, or just after the next moment of some clock; the sweep may or may not come."""
        if (moment := self.next_moment()) is not None:
            self.now = max(self.now, moment + timedelta(minutes=minutes))

    @rule(standstill=st.sampled_from([0, 0, 0, 0, 3, 3, 10, 45]))
    def the_sweep_comes(self, standstill: int) -> None:
        """In time, or after days without one; once it was there nothing is due."""
        if standstill:
            self.sweep_late(standstill)
        self.has_changed = sweep(now=self.now).clocks > 0 or self.has_changed
        self.done["sweep"] += 1
        assert not Deadline.objects.due(self.now).exists(), "a sweep leaves nothing that is due"
        before = fingerprint()
        sweep(now=self.now)
        assert fingerprint() == before, "a second sweep changes nothing"

    def sweep_late(self, days: int) -> None:
        """Sweeping once after days of standstill leaves what sweeping at every moment would have left."""
        start, end = self.now, self.now + timedelta(days=days)
        with transaction.atomic():
            while (moment := self.next_moment()) is not None and moment <= end:
                self.now = max(self.now, moment)
                sweep(now=self.now)
            timely = outcome_of_clocks(end.date())
            transaction.set_rollback(True)
        self.now, self.has_changed = end, True
        sweep(now=end)
        late = outcome_of_clocks(end.date())
        for one, other in zip(timely, late, strict=True):
            assert one == other, f"swept in time from {start} to {end}, then late"

    @rule(which=st.integers(0, 3), hand=hands)
    def the_world_moves(self, which: int, hand: Hand) -> None:
        """A permit's status, a suspension of something listed, a quota, the notice of next year's working days."""
        (self.change_permit, self.bar_or_free, self.change_quota, self.announce_year)[which](hand)

    def change_permit(self, hand: Hand) -> None:
        operator = self.world.enterprise("O-SC1" if hand.flag else "O-CQ2")
        permit = Permit.objects.in_force_on(local_day(self.now)).filter(enterprise=operator).first()
        if permit is None:
            return
        status = {"valid": "revoked" if hand.days == 40 else "suspended"}.get(permit.status, "valid")
        self.attempt_around(
            "permit",
            lambda: change_permit_status(
                permit=permit,
                status=status,
                document_no="函〔2026〕9号" if hand.who else "",
                effective_on=local_day(self.now),
                reason="检查",
                by=None,
                now=self.now,
            ),
        )

    def bar_or_free(self, hand: Hand) -> None:
        today = local_day(self.now)
        running = Bar.objects.in_force_on(today).first()
        if running is not None:
            running.lifted_on = max(today, running.from_on)
            running.save()
            return
        entry = self.entry(hand.case)
        operator = entry.operator if hand.flag else None
        Bar.objects.create(
            entry=None if operator else entry,
            operator=operator,
            waste_code="900-045-49" if operator and hand.who % 2 else "",
            from_on=today,
            reason="检查发现问题",
            document_no="函〔2026〕8号",
            recorded_at=self.now,
        )

    def change_quota(self, hand: Hand) -> None:
        change = ("-500", "-20.5", "0", "35.0001", "600", "NaN")[hand.verb % 6]
        self.attempt_around(
            "adjust",
            lambda: adjust(
                entry_id=self.entry(hand.case).pk,
                change_t=Decimal(change),
                reference=f"调整 {self.turn}",
                occurred_at=self.now,
                now=self.now,
            ),
        )

    def announce_year(self, hand: Hand) -> None:
        notice = NOTICE_2027[hand.case % 2]
        rows = [{"date": day, "kind": kind, "name": "元旦"} for day, kind in notice]
        self.attempt_around("load_year", lambda: load_year(year=2027, rows=rows, source="通知", now=self.now))
        self.days = Days.stored()

    # --- how a try goes -------------------------------------------------------------------------------------------

    def try_what_fits(self, case: Application | None, hand: Hand) -> None:
        """What fits the state, or now and then anything at all."""
        if case is not None:
            verbs = list(VERBS) if hand.is_wild else FITTING[case.state]
            self.attempt(case, verbs[hand.mixed // 11 % len(verbs)], hand)

    def attempt(self, case: Application, verb: str, hand: Hand) -> None:
        """Who was refused changed nothing; who was not, did it. Two acts never share a moment."""
        self.tick()
        by = right_person(self.world, case, verb, hand) if not hand.is_stranger else self.anybody(hand)
        one = Try(self.world, case, by, self.now, hand)
        self.touched = case.pk
        self.attempt_around(verb, lambda: VERBS[verb](one))

    def attempt_around(self, verb: str, do: Callable[[], object]) -> None:
        before = fingerprint()
        told = refusal_of(do)
        if told is not None:
            assert told.code, verb
            assert str(told).strip(), verb
            assert fingerprint() == before, f"{verb} was refused and yet changed something: {told}"
            self.refused[told.code] += 1
            return
        self.done[verb] += 1
        self.has_changed = True

    def tick(self) -> None:
        """People are slower than clocks: an act comes at a moment of its own, though perhaps at a clock's."""
        if self.turn_moment == self.now:
            self.now += timedelta(seconds=1)
        self.turn_moment = self.now

    def case(self, hand: Hand) -> Application | None:
        """Of the cases that are not over; now and then of all."""
        cases = Application.objects.order_by("pk")
        keys = [] if hand.is_wild else list(cases.exclude(state__in=OVER).values_list("pk", flat=True))
        keys = keys or list(cases.values_list("pk", flat=True))
        return self.fresh(keys[(hand.case + hand.verb) % len(keys)]) if keys else None

    def fresh(self, pk: int) -> Application:
        return Application.objects.get(pk=pk)

    def anybody(self, hand: Hand) -> User:
        person = self.persons[(hand.days * 3 + hand.case) % len(self.persons)]
        return self.user(person["username"])

    def entry(self, index: int) -> WhitelistEntry:
        """A line of the two busiest operators on a list in force or soon; between two lists, on any."""
        today = local_day(self.now)
        lines = WhitelistEntry.objects.filter(operator__name__regex="涪江|巴山").order_by("pk")
        soon = Edition.objects.confirmed().filter(ends_on__gte=today, begins_on__lte=today + timedelta(days=60))
        running = list(lines.filter(edition__in=soon)) or list(lines)
        return running[index % len(running)]

    def next_moment(self) -> datetime | None:
        return Deadline.objects.running().aggregate(first=Min("next_at"))["first"]

    # --- what is true after every step ----------------------------------------------------------------------------

    @invariant()
    def holds(self) -> None:
        type(self).steps += 1
        self.turn += 1
        self.look(everybody=self.turn % 25 == 0)

    def look(self, *, everybody: bool) -> None:
        """What a refusal or the mere passing of time left untouched was looked at when it came to be."""
        if not (self.has_changed or everybody):
            return
        self.has_changed = False
        picture = Picture.taken()
        check_everything(picture, self.days, self.now)
        for case in picture.cases:
            if everybody or case.pk == self.touched:
                check_way_out(self.world, case, picture.clocks[case.number or "-"], self.now)
        crowd = self.persons if everybody else [self.persons[(self.turn * 7 + n) % len(self.persons)] for n in (0, 1)]
        sight.check_sight(self.world, picture.cases, [(one, self.user(one["username"])) for one in crowd], self.today)

    def user(self, name: str) -> User:
        """Kept, with the standing that it has on a day: nobody's roles change here."""
        if name not in self.users:
            self.users[name] = User.objects.get(username=name)
        return self.users[name]

    @property
    def today(self) -> date:
        return local_day(self.now)


class FromScratch(Provinces):
    """The same with empty lists, at turns of the calendar: Mid-Autumn 2021, Spring Festival, May, December."""

    is_prepared = False
    done: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()
    steps: ClassVar[int] = 0
