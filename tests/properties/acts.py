"""What people try: every service by name, who is the right person for it, and with which figures it is called."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import add_working_days, local_day
from apps.organisations.models import Bureau, User
from apps.transfers.enums import RevocationKind, State, SuspensionReason
from apps.transfers.models import Application, CorrectionPoint, Shipment
from apps.transfers.services import answering, drafts, ending, filing, opinions, pausing, recalling
from apps.transfers.services import reviewing as review
from apps.transfers.services.checking import check_application
from apps.transfers.services.shipping import confirm_shipment, left_t, record_shipment
from apps.transfers.services.suspending import resume, suspend
from tests.transfers.world import World


@dataclass(frozen=True)
class Hand:
    """The dice of one try: which case, which verb, who, and figures of which the verb takes what it needs."""

    case: int
    verb: int
    who: int
    share: str
    days: int
    flag: bool

    @property
    def mixed(self) -> int:
        """The dice shaken together: drawn one by one they fall on their edges far too often."""
        return self.case * 31 + self.verb * 17 + self.who * 13 + self.days * 7 + self.flag * 3

    @property
    def is_wild(self) -> bool:
        """Anything may be tried, whatever the state: one time in ten."""
        return self.mixed % 10 == 3

    @property
    def is_stranger(self) -> bool:
        """Somebody tries, whoever that is: one time in ten."""
        return self.mixed // 3 % 10 == 7

    @property
    def is_late(self) -> bool:
        """What the person saw was an old page: one time in twenty."""
        return self.mixed // 7 % 20 == 5

    def tonnes(self, most: Decimal) -> Decimal:
        share = Decimal(self.share)
        if not share.is_finite() or abs(share) > 2 or share.as_tuple().exponent < -4:
            return share
        return (most * share).quantize(Decimal("0.0001"))


@dataclass(frozen=True)
class Try:
    """A case as it stands, who tries, when, and the dice."""

    world: World
    case: Application
    by: User
    now: datetime
    hand: Hand

    @property
    def today(self) -> date:
        return local_day(self.now)

    @property
    def common(self) -> dict:
        return {"application_id": self.case.pk, "by": self.by, "now": self.now}

    @property
    def text(self) -> str:
        return "" if self.hand.days == 0 else "经审查核实"

    def amounts(self) -> dict[int, Decimal] | None:
        """Mostly everything as asked; otherwise a share of the first item."""
        first = self.case.items.first()
        if self.hand.share == "1" or first is None:
            return None
        most = first.consented_t if first.consented_t is not None else first.amount_t
        return {first.pk: self.hand.tonnes(most or Decimal(0))}

    def until(self) -> date | None:
        return self.today + timedelta(days=self.hand.days) if self.hand.days > 15 else None

    def route(self) -> str:
        """What the filer's page shows; sometimes an old page."""
        if self.hand.is_late:
            return "general"
        return check_application(application=self.case, today=self.today, calendar=load_calendar()).route


def edit(one: Try) -> None:
    """Type something else: other tonnes, another period, now and then a field emptied."""
    case, hand = one.case, one.hand
    items = [
        drafts.ItemForm(
            waste_code=item.waste_code,
            waste_name=item.waste_name,
            form=item.form,
            packaging=item.packaging,
            method=item.method,
            amount_t=hand.tonnes(item.amount_t or Decimal(1)),
        )
        for item in case.items.all()
    ]
    first = one.today + timedelta(days=hand.days) if hand.flag else case.requested_from
    drafts.save_draft(
        **one.common,
        version=case.version - (hand.is_late),
        form=drafts.DraftForm(
            operator_id=case.operator_id,
            requested_from=None if hand.days == 13 else first,
            requested_until=case.requested_until,
            carrier_name="重庆示例危货运输有限公司",
            transit=tuple(case.transit.values_list("pk", flat=True)),
            items=tuple(items),
        ),
    )


def submit(one: Try) -> None:
    filing.submit(**one.common, seen_route=one.route(), seen_version=one.case.version)


def resubmit(one: Try) -> None:
    points = CorrectionPoint.objects.filter(application=one.case)
    answers = {point.position: one.text for point in points}
    filing.resubmit(**one.common, seen_route=one.route(), answers=answers)


def request_correction(one: Try) -> None:
    review.request_correction(
        **one.common, points=[review.Point("合同", "数量不一致", one.text), review.Point("包装", "未写明", "请写明")]
    )


def approve(one: Try) -> None:
    review.approve(**one.common, amounts=one.amounts(), until=one.until())


def consent(one: Try) -> None:
    answering.consent(**one.common, amounts=one.amounts(), until=one.until(), reasons=one.text)


def put_aside(one: Try) -> None:
    """Suspend the review, as a rule until a working day soon, sometimes until the end of all days."""
    end = add_working_days(one.today, max(one.hand.days % 12, 1), load_calendar()).day
    suspend(
        **one.common,
        reason=list(SuspensionReason)[one.hand.days % 3],
        explanation=one.text,
        expected_end_on=date(9999, 12, 31) if one.hand.days == 40 else end,
    )


def pause(one: Try) -> None:
    pausing.pause(**one.common, until_on=one.until(), reason=one.text)


def revoke(one: Try) -> None:
    ending.revoke(**one.common, kind=list(RevocationKind)[one.hand.days % 3], reasons=one.text)


def ship(one: Try) -> None:
    item = list(one.case.items.all())[one.hand.case % max(one.case.items.count(), 1)]
    division = one.case.generator.division_id[:4]
    shipped_on = max(one.case.valid_from or one.today, one.today - timedelta(days=max(one.hand.days, 0)))
    serial = Shipment.objects.count() + (not one.hand.is_late)
    record_shipment(
        **one.common,
        item_id=item.pk,
        manifest_no=f"{shipped_on.year}{division}{serial:06d}",
        amount_t=one.hand.tonnes(left_t(item)),
        shipped_on=shipped_on,
        carrier_name="重庆示例危货运输有限公司",
    )


def confirm(one: Try) -> None:
    waiting = one.case.shipments.order_by("confirmed_at", "pk").last()
    confirm_shipment(
        **one.common,
        shipment_id=waiting.pk if waiting else 0,
        received_t=one.hand.tonnes(waiting.amount_t if waiting else Decimal(1)),
        arrived_on=one.today,
    )


VERBS: dict[str, Callable[[Try], object]] = {
    "edit": edit,
    "delete": lambda one: drafts.delete_draft(**one.common),
    "submit": submit,
    "resubmit": resubmit,
    "withdraw": lambda one: filing.withdraw(**one.common, reason=one.text),
    "give_opinion": lambda one: opinions.give_opinion(**one.common, agrees=one.hand.flag, text=one.text),
    "accept": lambda one: review.accept(**one.common),
    "request_correction": request_correction,
    "endorse": lambda one: review.endorse(**one.common),
    "approve": approve,
    "reject": lambda one: review.reject(**one.common, reasons=one.text),
    "take_back": lambda one: review.take_back(**one.common),
    "consent": consent,
    "object": lambda one: answering.object_to(**one.common, reasons=one.text),
    "suspend": put_aside,
    "resume": lambda one: resume(**one.common),
    "recall": lambda one: recalling.recall(**one.common, reason=one.text),
    "pause": pause,
    "lift_pause": lambda one: pausing.lift_pause(**one.common, reason=one.text),
    "ship": ship,
    "confirm": confirm,
    "declare_complete": lambda one: ending.declare_complete(**one.common),
    "close": lambda one: ending.close(**one.common),
    "revoke": revoke,
    "settle": lambda one: ending.settle_flagged(**one.common, reasons=one.text),
}

# What is worth trying in a state; a verb named twice is tried twice as often.
FITTING: dict[str, tuple[str, ...]] = {
    State.DRAFT: ("submit", "submit", "submit", "edit", "delete"),
    State.LOCAL_OPINION: ("give_opinion", "give_opinion", "withdraw"),
    State.ORIGIN_REVIEW: (
        *("endorse", "endorse", "endorse", "approve", "approve", "request_correction", "request_correction"),
        *("accept", "suspend", "reject", "withdraw", "recall"),
    ),
    State.DESTINATION_REVIEW: (
        *("consent", "consent", "consent", "consent", "object", "take_back", "suspend", "recall", "withdraw"),
    ),
    State.DECISION: ("approve", "approve", "approve", "reject", "suspend", "recall", "withdraw"),
    State.CORRECTION: ("edit", "edit", "resubmit", "resubmit", "resubmit", "withdraw"),
    State.SUSPENDED: ("resume", "withdraw"),
    State.APPROVED: (
        *("ship", "ship", "ship", "confirm", "confirm", "close", "declare_complete", "declare_complete"),
        *("pause", "lift_pause", "revoke", "recall", "recall"),
    ),
    State.REJECTED: ("recall", "recall", "confirm"),
    State.CLOSED: ("settle", "settle", "confirm"),
    State.REVOKED: ("confirm", "revoke"),
    State.WITHDRAWN: ("resubmit",),
    State.LAPSED: ("resubmit",),
}

FILERS = {"edit", "delete", "submit", "resubmit", "withdraw", "ship", "declare_complete", "close"}


def right_person(world: World, case: Application, verb: str, hand: Hand) -> User:
    """Somebody whose job the verb is in this case."""
    if verb == "recall" and case.last_signer_id:
        return User.objects.get(pk=case.last_signer_id)
    if verb in FILERS:
        return User.objects.get(memberships__enterprise=case.generator_id, memberships__role="filer")
    if verb == "confirm":
        return User.objects.get(memberships__enterprise=case.operator_id, memberships__role="operator_staff")
    if verb == "give_opinion":
        bureau = Bureau.objects.filter(level="local", division=case.local_division).first()
        return User.objects.filter(memberships__bureau=bureau).first() or world.user("dazu.local")
    stage = case.suspended_from or case.state
    at_destination = verb in {"consent", "object"} or (
        verb in {"suspend", "resume"} and stage == State.DESTINATION_REVIEW
    )
    province = case.destination if at_destination and case.destination else case.origin
    return world.user(f"{province.short.lower()}.{'section_head' if hand.flag else 'handler'}")
