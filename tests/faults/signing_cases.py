"""The signing desk's services with the case in which each is called."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from apps.organisations.models import Bureau
from apps.organisations.services.deputies import end_deputy, name_deputy
from apps.transfers.models import Application, Preparation, SignoffChain
from apps.transfers.services.answering import consent
from apps.transfers.services.reducing import answer_reduction, ask_reduction
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.signing.passing import review, send_back
from apps.transfers.services.signing.preparing import drop, prepare
from apps.transfers.services.signing.signatures import sign
from tests.transfers.world import World, at

Call = Callable[[], object]
DAY0, DAY1, DAY2 = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")


def sichuan() -> Bureau:
    return Bureau.objects.get(level="provincial", province__short="SC")


def chained(world: World) -> Application:
    """A case of Sichuan's, where three persons sign."""
    SignoffChain.objects.create(bureau=sichuan(), roles=["handler", "section_head", "signatory"])
    return world.filed(now=DAY0, generator="G-SC1", operator="O-CQ1", items={"900-052-31": "300"})


def prepared(world: World) -> Preparation:
    case = chained(world)
    return prepare(application_id=case.pk, name="approve", by=world.user("sc.handler"), now=DAY1, arguments={})


def preparing(world: World) -> Call:
    case, handler = chained(world), world.user("sc.handler")
    return lambda: prepare(application_id=case.pk, name="approve", by=handler, now=DAY1, arguments={})


def reviewing(world: World) -> Call:
    waiting, head = prepared(world), world.user("sc.section_head")
    return lambda: review(preparation_id=waiting.pk, by=head, now=DAY1, revision=1)


def sending_back(world: World) -> Call:
    waiting, head = prepared(world), world.user("sc.section_head")
    return lambda: send_back(preparation_id=waiting.pk, by=head, now=DAY1, revision=1, remark="请核对")


def preparing_again(world: World) -> Call:
    sending_back(world)()
    case, handler = Application.objects.get(), world.user("sc.handler")
    return lambda: prepare(application_id=case.pk, name="approve", by=handler, now=DAY2, arguments={})


def signing(world: World) -> Call:
    waiting, signatory = prepared(world), world.user("sc.signatory")
    review(preparation_id=waiting.pk, by=world.user("sc.section_head"), now=DAY1, revision=1)
    return lambda: sign(preparation_id=waiting.pk, by=signatory, now=DAY2, revision=1)


def dropping(world: World) -> Call:
    waiting, handler = prepared(world), world.user("sc.handler")
    return lambda: drop(preparation_id=waiting.pk, by=handler, now=DAY1)


def naming_a_deputy(world: World) -> Call:
    person, deputy, bureau = world.user("sc.signatory"), world.user("sc.section_head"), sichuan()
    return lambda: name_deputy(
        bureau=bureau,
        person=person,
        deputy=deputy,
        by=person,
        valid_from=date(2026, 1, 6),
        valid_until=date(2026, 1, 9),
        on=date(2026, 1, 6),
        at=DAY1,
    )


def ending_a_deputy(world: World) -> Call:
    row = naming_a_deputy(world)()
    person = world.user("sc.signatory")
    return lambda: end_deputy(deputy_id=row.pk, by=person, on=date(2026, 1, 7))


def in_decision(world: World) -> Application:
    case = endorse(application_id=world.filed(now=DAY0).pk, by=world.user("cq.handler"), now=DAY0)
    fewer = {case.items.get().pk: Decimal(100)}
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=DAY0, amounts=fewer, reasons="能力有限")


def asking_for_less(world: World) -> Call:
    case, origin = in_decision(world), world.user("cq.handler")
    less = {case.items.get().pk: Decimal(80)}
    return lambda: ask_reduction(
        application_id=case.pk, by=origin, now=DAY1, amounts=less, until=None, reasons="能力有限"
    )


def answering_about_less(world: World) -> Call:
    asking_for_less(world)()
    case, filer = Application.objects.get(), world.filer_of("G-CQ1")
    return lambda: answer_reduction(application_id=case.pk, by=filer, now=DAY2, agrees=True, text="同意")


SIGNING: dict[str, Callable[[World], Call]] = {
    "prepare": preparing,
    "prepare_again": preparing_again,
    "review": reviewing,
    "send_back": sending_back,
    "sign": signing,
    "drop": dropping,
    "name_deputy": naming_a_deputy,
    "end_deputy": ending_a_deputy,
    "ask_reduction": asking_for_less,
    "answer_reduction": answering_about_less,
}
