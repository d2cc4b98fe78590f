"""The demo's stage: people and parties by name, one clock for all cases, a script per case.

A script is a generator: it yields the moment of its next act and then acts at that moment. All scripts are played
in the order of their moments, since papers are numbered in the order of their dates.
"""

import heapq
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from apps.catalogue.models import Province
from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import ZONE, WorkCalendar, add_working_days, working_day_before
from apps.organisations.enums import Role
from apps.organisations.models import Enterprise, User
from apps.organisations.services.demo_parties import DemoParties
from apps.transfers.models import Application
from apps.transfers.services.attaching import attach
from apps.transfers.services.drafts import DraftForm, ItemForm, create_draft, save_draft
from apps.transfers.services.filing import submit
from apps.transfers.services.shipping import confirm_shipment, record_shipment
from apps.transfers.services.sweeping import sweep

Script = Generator[datetime, None, None]
MATERIALS = ("permit_copy", "method_statement", "contract")
NAMES = {
    "900-052-31": "废铅蓄电池",
    "900-045-49": "废电路板",
    "900-023-29": "废含汞灯管",
    "384-004-31": "铅酸蓄电池生产废渣",
    "900-451-13": "废树脂粉",
    "398-051-22": "含铜蚀刻废液",
    "900-049-50": "废汽车尾气净化催化剂",
    "900-214-08": "废矿物油",
    "900-249-08": "其他废矿物油",
    "261-054-29": "含汞废催化剂",
    "772-007-50": "废脱硝催化剂",
    "900-041-49": "沾染危险废物的包装容器",
    "321-004-48": "铅锌冶炼废水处理污泥",
    "321-021-48": "铅锌冶炼鼓风炉浸出渣",
}
CARRIER = "示例危险货物运输有限公司"


def moment(day: date, clock: str) -> datetime:
    """A moment in Shanghai."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZONE)


@dataclass(frozen=True)
class Wish:
    """What a demo generator asks for: tonnes by waste code, by one method, to one operator."""

    generator: str
    operator: str
    code: str
    method: str
    amount_t: Decimal


@dataclass
class Stage:
    """Everybody on it, and the calendar by which they work."""

    parties: DemoParties
    provinces: Mapping[str, Province]
    calendar: WorkCalendar
    manifests: dict[str, int] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    @classmethod
    def of(cls, parties: DemoParties) -> "Stage":
        provinces = {province.short: province for province in Province.objects.select_related("division")}
        return cls(parties, provinces, load_calendar())

    def enterprise(self, name: str) -> Enterprise:
        return self.parties.enterprises[name]

    def of_role(self, name: str, role: Role) -> User:
        key = f"{name} {role}"
        if key not in self.people:
            self.people[key] = User.objects.filter(
                memberships__enterprise=self.enterprise(name), memberships__role=role
            ).order_by("pk")[0]
        return self.people[key]

    def filer(self, generator: str) -> User:
        return self.of_role(generator, Role.FILER)

    def handler(self, short: str) -> User:
        return self.parties.users[f"{short.lower()}.handler"]

    def after(self, day: date, days: int) -> date:
        return add_working_days(day, days, self.calendar).day

    def before(self, day: date, days: int) -> date:
        return working_day_before(day, days, self.calendar)

    def manifest(self, generator: str, day: date) -> str:
        """The next manifest number of the sender's city (order 23, art. 15)."""
        prefix = f"{day.year}{self.enterprise(generator).division_id[:4]}"
        self.manifests[prefix] = self.manifests.get(prefix, 0) + 1
        return f"{prefix}{self.manifests[prefix]:06d}"


def drafted(
    stage: Stage, wish: Wish, now: datetime, *, until: date | None = None, materials: bool = True
) -> Application:
    """A draft of the wish as a clerk would have filled it in."""
    filer, today = stage.filer(wish.generator), now.astimezone(ZONE).date()
    draft = create_draft(generator_id=stage.enterprise(wish.generator).pk, by=filer, now=now)
    for material in MATERIALS if materials else ():
        content = ContentFile(f"%PDF-1.4\n% {material}, fictional, for demonstration\n".encode())
        attach(application_id=draft.pk, by=filer, now=now, material=material, name=f"{material}.pdf", content=content)
    return save_draft(
        application_id=draft.pk,
        by=filer,
        now=now,
        version=draft.version,
        form=DraftForm(
            operator_id=stage.enterprise(wish.operator).pk,
            requested_from=today,
            requested_until=until or date(today.year, 12, 31),
            carrier_name=CARRIER,
            contract_no=f"示例合同{today.year}-{draft.pk:04d}",
            contract_until=date(today.year, 12, 31),
            contact_name=str(filer),
            transit=_transit(stage, wish),
            items=(
                ItemForm(
                    waste_code=wish.code,
                    waste_name=NAMES.get(wish.code, wish.code),
                    form="liquid" if wish.code.endswith(("08", "22")) else "solid",
                    packaging="吨桶" if wish.code.endswith(("08", "22")) else "吨袋",
                    method=wish.method,
                    amount_t=wish.amount_t,
                ),
            ),
        ),
    )


def filed(
    stage: Stage, wish: Wish, now: datetime, *, route: str = "fast_track", until: date | None = None
) -> Application:
    """The wish drafted and filed at one moment."""
    draft = drafted(stage, wish, now, until=until)
    return submit(application_id=draft.pk, by=stage.filer(wish.generator), now=now, seen_route=route)


def shipped(stage: Stage, wish: Wish, case: Application, amount_t: Decimal, now: datetime) -> None:
    """One recorded trip that the operator confirms at once."""
    day = now.astimezone(ZONE).date()
    shipment = record_shipment(
        application_id=case.pk,
        by=stage.filer(wish.generator),
        now=now,
        item_id=case.items.get().pk,
        manifest_no=stage.manifest(wish.generator, day),
        amount_t=amount_t,
        shipped_on=day,
        carrier_name=CARRIER,
    )
    confirm_shipment(
        application_id=case.pk,
        shipment_id=shipment.pk,
        by=stage.of_role(wish.operator, Role.OPERATOR_STAFF),
        now=now + timedelta(hours=2),
        received_t=amount_t,
        arrived_on=day,
    )


def play(scripts: Iterable[Script], *, until: datetime, progress: Callable[[datetime], None]) -> None:
    """Play the scripts in the order of their moments, sweeping at the start of each day, up to ``until``."""
    queue: list[tuple[datetime, int, Script]] = []
    for serial, script in enumerate(scripts):
        first = next(script, None)
        if first is not None:
            queue.append((first, serial, script))
    heapq.heapify(queue)
    swept_on: date | None = None
    while queue and queue[0][0] <= until:
        now, serial, script = heapq.heappop(queue)
        today = now.astimezone(ZONE).date()
        if today != swept_on:
            sweep(now=moment(today, "08:00"))
            swept_on = today
            progress(now)
        following = next(script, None)
        if following is not None:
            heapq.heappush(queue, (following, serial, script))
    sweep(now=until)


def _transit(stage: Stage, wish: Wish) -> tuple[str, ...]:
    """Chongqing and Yunnan share no border: through Guizhou."""
    ends = {stage.enterprise(wish.generator).province_id[:2], stage.enterprise(wish.operator).province_id[:2]}
    return (stage.provinces["GZ"].pk,) if ends == {"50", "53"} else ()
