"""The world in which the machine plays: lists of three years, a tight capacity, and cases on their way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from apps.catalogue.models import Province, RequiredMaterial
from apps.deadlines.services import load_calendar
from apps.deadlines.workdays import local_day
from apps.organisations.models import Permit
from apps.organisations.services.capacity import state_limit
from apps.transfers.models import Application, Attachment
from apps.transfers.services.answering import consent
from apps.transfers.services.checking import check_application
from apps.transfers.services.drafts import DraftForm, ItemForm, create_draft, save_draft
from apps.transfers.services.filing import submit
from apps.transfers.services.reviewing import Point, approve, endorse, request_correction
from apps.whitelists.enums import ConsentMode
from apps.whitelists.services.editions import enter_agreed_list
from apps.whitelists.services.lines import LineForm
from tests.transfers.world import World, at

START = at("2026-11-16")


@dataclass(frozen=True)
class Offer:
    """Who sends what to whom: code and method by item."""

    generator: str
    operator: str
    items: tuple[tuple[str, str], ...]
    transit: tuple[str, ...] = ()


BOARDS, TUBES = ("900-045-49", "R4"), ("900-049-50", "R8")
# Few entries, so that they run out; both consent modes; a collector; what no list names.
OFFERS = (
    Offer("G-CQ1", "O-SC1", (BOARDS,)),
    Offer("G-CQ3", "O-SC1", (BOARDS, TUBES)),
    Offer("G-SC2", "O-CQ2", (BOARDS,)),
    Offer("G-SC3", "O-CQ2", (BOARDS,)),
    Offer("G-YN2", "O-CQ2", (BOARDS,), ("SC",)),
    Offer("G-CQ1", "O-YN2", (BOARDS,), ("GZ",)),
    Offer("G-SC1", "O-CQ1", (("900-052-31", "R4"),)),
    Offer("G-SC2", "O-CQ2", (("900-451-13", "R15"),)),
    Offer("G-GZ2", "O-SC1", (TUBES,), ("CQ",)),
    Offer("G-CQ3", "O-SC1", (TUBES,)),
)
LISTS_2027 = (
    ("CQ", "SC", (("O-SC1", BOARDS, "400"),)),
    ("SC", "CQ", (("O-CQ2", BOARDS, "500"),)),
    ("YN", "CQ", (("O-CQ2", BOARDS, "200"),)),
)


def add_lists_of_2027(world: World) -> None:
    """Confirmed in November: a filing in December may ask for a first day in the next year."""
    for origin, destination, lines in LISTS_2027:
        enter_agreed_list(
            name=f"2027 {origin} {destination}",
            origin=Province.objects.get(short=origin),
            destination=Province.objects.get(short=destination),
            begins_on=date(2027, 1, 1),
            ends_on=date(2027, 12, 31),
            consent_mode=ConsentMode.PRIOR if origin == "SC" else ConsentMode.JOINT,
            lines=[
                LineForm(
                    operator_id=world.enterprise(operator).pk,
                    waste_codes=(code,),
                    method=method,
                    quota_t=Decimal(quota),
                )
                for operator, (code, method), quota in lines
            ],
            origin_letter_no="函〔2026〕1号",
            destination_letter_no="函〔2026〕2号",
            now=at("2026-11-12"),
        )


def make_draft(
    world: World, offer: Offer, tonnes: Sequence[Decimal], *, now: datetime, first: date, last: date
) -> Application:
    """A complete draft with its materials; the files themselves are no matter here."""
    filer = world.filer_of(offer.generator)
    draft = create_draft(generator_id=world.enterprise(offer.generator).pk, by=filer, now=now)
    Attachment.objects.bulk_create(
        Attachment(
            application=draft,
            material=material,
            file=f"{material}.pdf",
            original_name=f"{material}.pdf",
            size=1,
            sha256="0" * 64,
            content_type="application/pdf",
            uploaded_by=filer,
            uploaded_at=now,
        )
        for material in RequiredMaterial.objects.values_list("code", flat=True)
    )
    form = DraftForm(
        operator_id=world.enterprise(offer.operator).pk,
        requested_from=first,
        requested_until=last,
        carrier_name="重庆示例危货运输有限公司",
        transit=tuple(Province.objects.filter(short__in=offer.transit).values_list("pk", flat=True)),
        items=tuple(
            ItemForm(
                waste_code=code,
                waste_name="示例废物",
                form="solid",
                packaging="吨袋",
                method=method,
                amount_t=amount,
            )
            for (code, method), amount in zip(offer.items, tonnes, strict=False)
        ),
    )
    return save_draft(application_id=draft.pk, by=filer, now=now, version=draft.version, form=form)


def filed(
    world: World, offer: Offer, tonnes: Sequence[str], *, now: datetime, last: date = date(2027, 3, 31)
) -> Application:
    """Filed on whatever route the check finds."""
    amounts = [Decimal(amount) for amount in tonnes]
    draft = make_draft(world, offer, amounts, now=now, first=local_day(now), last=last)
    found = check_application(application=draft, today=local_day(now), calendar=load_calendar())
    return submit(application_id=draft.pk, by=world.filer_of(offer.generator), now=now, seen_route=found.route)


def build(world: World) -> None:
    """Cases in most states, the morning of Monday 2026-11-16 being the last hour of all that was done."""
    add_lists_of_2027(world)
    permit = Permit.objects.get(enterprise=world.enterprise("O-SC1"), valid_from__year=2025)
    now = START - timedelta(days=6)
    state_limit(permit=permit, year=2026, limit_t=Decimal(500), now=now)
    cq, sc = world.user("cq.handler"), world.user("sc.handler")
    # Approved jointly, and one whose validity is nearly over.
    for last in (date(2026, 12, 31), START.date() + timedelta(days=9)):
        case = filed(world, OFFERS[0], ["100"], now=now, last=last)
        endorse(application_id=case.pk, by=cq, now=now + timedelta(hours=1))
        consent(application_id=case.pk, by=sc, now=now + timedelta(hours=2))
    # Approved alone.
    case = filed(world, OFFERS[2], ["1200"], now=now + timedelta(hours=3))
    approve(application_id=case.pk, by=sc, now=now + timedelta(hours=4))
    # Over quota, with the destination; on the way to a decision with fewer tonnes.
    now = START - timedelta(days=3)
    case = filed(world, OFFERS[4], ["1200"], now=now)
    endorse(application_id=case.pk, by=world.user("yn.handler"), now=now + timedelta(hours=1))
    case = filed(world, OFFERS[5], ["600"], now=now + timedelta(hours=2))
    endorse(application_id=case.pk, by=cq, now=now + timedelta(hours=3))
    item = case.items.get()
    consent(
        application_id=case.pk,
        by=world.user("yn.handler"),
        now=now + timedelta(hours=4),
        amounts={item.pk: Decimal(250)},
        reasons="能力不足",
    )
    # Being mended; with the local bureau; just filed.
    case = filed(world, OFFERS[1], ["50", "20"], now=now + timedelta(hours=5))
    points = [Point("合同", "数量不一致", "请更正")]
    request_correction(application_id=case.pk, by=cq, now=now + timedelta(hours=6), points=points)
    filed(world, OFFERS[7], ["90"], now=START - timedelta(hours=2))
    filed(world, OFFERS[0], ["120"], now=START - timedelta(hours=1))
    make_draft(world, OFFERS[3], [Decimal(300)], now=START, first=date(2027, 1, 4), last=date(2027, 6, 30))
