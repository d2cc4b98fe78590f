"""Approvals as balances: what was approved, shipped, confirmed, what is left, and what to do next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum

from apps.transfers.models import Application, Item, Pause, Shipment

ZERO = Decimal(0)
SOON = 30
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ItemBalance:
    """One approved item; tonnes, ``waiting`` trips that the operator has not confirmed."""

    item: Item
    approved_t: Decimal
    shipped_t: Decimal
    received_t: Decimal
    waiting: int

    @property
    def left_t(self) -> Decimal:
        return self.approved_t - self.shipped_t


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: a sentence, its page where there is one, its tone."""

    words: str
    tone: str = "calm"
    act: str = ""
    button: str = ""


@dataclass(slots=True)
class Balance:
    """One approval on one day."""

    application: Application
    day: date
    items: list[ItemBalance] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)

    @property
    def pause(self) -> Pause | None:
        """Of several pauses the one that holds longest."""
        return max(self.pauses, key=lambda one: (one.until_on is None, one.until_on or one.from_on), default=None)

    @property
    def approved_t(self) -> Decimal:
        return sum((one.approved_t for one in self.items), ZERO)

    @property
    def shipped_t(self) -> Decimal:
        return sum((one.shipped_t for one in self.items), ZERO)

    @property
    def received_t(self) -> Decimal:
        return sum((one.received_t for one in self.items), ZERO)

    @property
    def left_t(self) -> Decimal:
        return self.approved_t - self.shipped_t

    @property
    def waiting(self) -> int:
        return sum(one.waiting for one in self.items)

    @property
    def days_left(self) -> int:
        """Calendar days on which something may still leave, this one included; 0 when the validity is over."""
        until = self.application.valid_until
        return max(0, (until - self.day).days + 1) if until else 0

    @property
    def can_leave(self) -> bool:
        """Whether a vehicle may leave on the day."""
        case = self.application
        begun = case.valid_from is not None and case.valid_from <= self.day
        return begun and bool(self.days_left and self.left_t) and not self.pause and not case.declared_complete_at

    @property
    def step(self) -> Step:
        """The one thing to do next."""
        return _step(self)


def _step(balance: Balance) -> Step:
    case = balance.application
    if not balance.left_t or case.declared_complete_at:
        return _last_step(balance)
    if balance.pause:
        until = f"至 {balance.pause.until_on}" if balance.pause.until_on else "恢复时间另行通知"
        return Step(f"暂停转移：{balance.pause.reason}（{until}）。", "late")
    if not balance.days_left:
        return Step(f"有效期已过，余 {balance.left_t:.4f} 吨不能再转移，请终结。", "late", "close", "终结")
    if case.valid_from and case.valid_from > balance.day:
        return Step(f"有效期自 {case.valid_from} 起，届时方可转移。")
    if balance.days_left <= SOON:
        return Step(f"还剩 {balance.days_left} 天，到期未转移的数量失效。", "soon", "shipments", "登记转移")
    return Step("填写联单、装车后登记转移。", "calm", "shipments", "登记转移")


def _last_step(balance: Balance) -> Step:
    done = "已申报执行完毕" if balance.application.declared_complete_at else "已全部转移"
    if balance.waiting:
        return Step(f"{done}，{balance.waiting} 车次待接受人确认，确认后可终结。")
    return Step(f"{done}并确认，可以终结。", "soon", "close", "终结")


def balances_of(applications: Iterable[Application], *, day: date) -> list[Balance]:
    """The balances on a day, in three queries however many approvals there are."""
    balances = {case.pk: Balance(case, day) for case in applications}
    shipped = _shipped(balances)
    for item in Item.objects.filter(application__in=balances, approved_t__gt=0).order_by("application", "position"):
        sums = shipped.get(item.pk, _Sums())
        balances[item.application_id].items.append(
            ItemBalance(item, item.approved_t or ZERO, sums.shipped, sums.received, sums.waiting)
        )
    pauses = Pause.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=day), application__in=balances)
    for pause in pauses.filter(from_on__lte=day).order_by("pk"):
        balances[pause.application_id].pauses.append(pause)
    return list(balances.values())


@dataclass(frozen=True, slots=True)
class _Sums:
    shipped: Decimal = ZERO
    received: Decimal = ZERO
    waiting: int = 0


def _shipped(cases: Iterable[int]) -> Mapping[int, _Sums]:
    rows = (
        Shipment.objects.filter(application__in=list(cases))
        .order_by()
        .values_list("item")
        .annotate(
            shipped=Sum("amount_t"),
            received=Sum("received_t", default=ZERO),
            waiting=Count("pk", filter=Q(confirmed_at__isnull=True)),
        )
    )
    return {item: _Sums(shipped, received, waiting) for item, shipped, received, waiting in rows}
