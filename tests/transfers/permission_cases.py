"""The people of the permission table, cases in the state that a row names, and each act with what it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile

from apps.organisations.models import Bureau, Enterprise, User
from apps.transfers.enums import NoteKind, RevocationKind, SuspensionReason
from apps.transfers.errors import NotAllowed
from apps.transfers.models import Application, Attachment, Item, Shipment
from apps.transfers.rules.papers.errata import Slip
from apps.transfers.services.alerting import unwatch_entry, watch_entry
from apps.transfers.services.answering import consent, object_to
from apps.transfers.services.attaching import attach, detach
from apps.transfers.services.copying import copy_application
from apps.transfers.services.correcting import save_answer
from apps.transfers.services.delivering import deliver
from apps.transfers.services.drafts import DraftForm, create_draft, delete_draft, save_draft
from apps.transfers.services.ending import close, declare_complete, revoke, settle_flagged
from apps.transfers.services.erratum import issue_erratum
from apps.transfers.services.filing import resubmit, submit, withdraw
from apps.transfers.services.noting import take_on, write_note
from apps.transfers.services.opinions import give_opinion
from apps.transfers.services.pausing import lift_pause, pause
from apps.transfers.services.recalling import recall
from apps.transfers.services.reducing import answer_reduction, ask_reduction
from apps.transfers.services.reviewing import (
    Point,
    accept,
    approve,
    endorse,
    reject,
    request_correction,
    take_back,
)
from apps.transfers.services.shipping import confirm_shipment, record_shipment
from apps.transfers.services.splitting import split_and_submit
from apps.transfers.services.supplementing import (
    answer_supplement,
    ask_supplement,
    attach_to_answer,
    detach_from_answer,
)
from apps.transfers.services.suspending import resume, suspend
from apps.transfers.services.sweeping import sweep
from apps.transfers.services.urging import remind
from tests.organisations.factories import UserFactory, member
from tests.transfers.permission_table import PEOPLE
from tests.transfers.world import World, at

MONDAY = at("2026-01-05")
CLOSED_ON = at("2026-03-02", "08:00")
# A draft that asks for 100 t more than its entry has, and the split that its filer was shown.
OVER = {"900-045-49": "3100"}
SPLIT = "quota|fast_track|over_quota|1=3000.0000|1=100.0000"
POINT = Point("委托合同", "未盖章", "请补盖公章")


def party(world: World, name: str) -> Enterprise | Bureau | None:
    """Parties of a case from Dazu to Suining, and others of their kind."""
    return {
        "generator": lambda: world.enterprise("G-CQ1"),
        "other_generator": lambda: world.enterprise("G-CQ3"),
        "operator": lambda: world.enterprise("O-SC1"),
        "other_operator": lambda: world.enterprise("O-SC2"),
        "local": lambda: world.parties.local_bureaus["500111"],
        "other_local": lambda: world.parties.local_bureaus["500107"],
        "origin": lambda: world.parties.bureaus["CQ"],
        "destination": lambda: world.parties.bureaus["SC"],
        "third": lambda: world.parties.bureaus["GZ"],
        "": lambda: None,
    }[name]()


class People(dict[str, User | AnonymousUser]):
    """The people of the table by name, each appointed when first asked for."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def __missing__(self, name: str) -> User | AnonymousUser:
        self[name] = self._made(name)
        return self[name]

    def _made(self, name: str) -> User | AnonymousUser:
        role, side = PEOPLE[name]
        if name == "generator.filer":
            return self.world.filer_of("G-CQ1")
        if name == "anonymous":
            return AnonymousUser()
        if role is None:
            return UserFactory(is_superuser=name == "superuser", is_staff=name == "superuser")
        return member(role, party(self.world, side))


@dataclass(frozen=True)
class Scene:
    """A case in a world with its people; ``case`` is None before there is one."""

    world: World
    people: People
    case: Application | None

    @property
    def pk(self) -> int:
        return self.case.pk


def _local_opinion(world: World, people: People) -> Application:
    """The general procedure: the permit covers the method, the list names another one."""
    for permit in world.enterprise("O-SC1").permits.all():
        permit.lines.get_or_create(waste_code="900-045-49", method="R5", defaults={"capacity_t": "3000"})
    return world.filed(now=MONDAY, route="general", method="R5")


def _correction(world: World, people: People) -> Application:
    case = world.filed(now=MONDAY)
    by = people["origin.section_head"]
    return request_correction(application_id=case.pk, by=by, now=MONDAY, points=[POINT])


def _accepted(world: World, people: People) -> Application:
    return accept(application_id=world.filed(now=MONDAY).pk, by=people["origin.handler"], now=MONDAY)


def _asked(world: World, people: People) -> Application:
    """A question that waits, with a file of its answer."""
    case = _accepted(world, people)
    ask_supplement(application_id=case.pk, by=people["origin.handler"], now=MONDAY, question="包装怎样防渗？")
    act_attach_to_answer(Scene(world, people, case), people["generator.filer"], MONDAY)
    return case


def _endorsed(world: World, people: People, now: datetime = MONDAY) -> Application:
    return endorse(application_id=world.filed(now=MONDAY).pk, by=people["origin.handler"], now=now)


def _decision(world: World, people: People) -> Application:
    """The destination agrees to less, so the origin must decide."""
    case = _endorsed(world, people)
    fewer = {case.items.get().pk: Decimal(100)}
    by = people["destination.handler"]
    return consent(application_id=case.pk, by=by, now=MONDAY, amounts=fewer, reasons="能力有限。")


def _less_asked(world: World, people: People) -> Application:
    """The origin means to approve less than the destination consented to and asks the applicant."""
    case = _decision(world, people)
    act_ask_reduction(Scene(world, people, case), people["origin.handler"], MONDAY)
    return case


def act_ask_reduction(scene: Scene, by: User, now: datetime) -> object:
    item = Item.objects.filter(application=scene.case.pk).first()
    amounts = {item.pk: Decimal(50)} if item else {}
    return ask_reduction(
        application_id=scene.case.pk, by=by, now=now, amounts=amounts, until=None, reasons="能力有限。"
    )


def _suspended(world: World, people: People, *, asked: bool) -> Application:
    case = _endorsed(world, people) if asked else world.filed(now=MONDAY)
    by = people["destination.handler" if asked else "origin.handler"]
    return suspend(
        application_id=case.pk,
        by=by,
        now=MONDAY,
        reason=SuspensionReason.EXPERTS,
        explanation="组织专家评审。",
        expected_end_on=date(2026, 1, 19),
    )


def _approved(world: World, people: People, until: str = "2026-12-31") -> Application:
    case = world.filed(now=MONDAY, period=("2026-01-05", until))
    endorse(application_id=case.pk, by=people["origin.handler"], now=MONDAY)
    return consent(application_id=case.pk, by=people["destination.handler"], now=MONDAY)


def _shipped(world: World, people: People) -> Application:
    case = _approved(world, people)
    act_record_shipment(Scene(world, people, case), people["generator.filer"], MONDAY)
    return case


def _paused(world: World, people: People) -> Application:
    case = _approved(world, people)
    return pause(application_id=case.pk, by=people["origin.handler"], now=MONDAY, until_on=None, reason="待查。")


def _flagged(world: World, people: People) -> Application:
    case = _approved(world, people, "2026-01-31")
    sweep(now=CLOSED_ON)
    return case


def _none(world: World, people: People) -> None:
    """Before there is a case."""


def _draft(world: World, people: People) -> Application:
    return world.draft(now=MONDAY)


def _filed(world: World, people: People) -> Application:
    return world.filed(now=MONDAY)


CASES: Mapping[str, Callable[[World, People], Application | None]] = {
    "none": _none,
    "draft": _draft,
    "over_draft": lambda world, _: world.draft(now=MONDAY, items=OVER),
    "local_opinion": _local_opinion,
    "origin_review": _filed,
    "correction": _correction,
    "destination_review": _endorsed,
    "accepted": _accepted,
    "asked": _asked,
    "just_endorsed": lambda world, people: _endorsed(world, people, at("2026-01-06", "09:55")),
    "decision": _decision,
    "less_asked": _less_asked,
    "suspended_in_origin": lambda world, people: _suspended(world, people, asked=False),
    "suspended_in_destination": lambda world, people: _suspended(world, people, asked=True),
    "approved": _approved,
    "shipped": _shipped,
    "paused": _paused,
    "flagged": _flagged,
}


def act_save_draft(scene: Scene, by: User, now: datetime) -> object:
    case = Application.objects.get(pk=scene.pk)
    form = DraftForm(
        operator_id=case.operator_id, requested_from=case.requested_from, requested_until=case.requested_until
    )
    return save_draft(application_id=case.pk, by=by, now=now, version=case.version, form=form)


def act_attach(scene: Scene, by: User, now: datetime) -> object:
    content = ContentFile(b"%PDF-1.7 test")
    return attach(application_id=scene.pk, by=by, now=now, material="contract", name="合同.pdf", content=content)


def act_detach(scene: Scene, by: User, now: datetime) -> object:
    attachment = Attachment.objects.filter(application=scene.case).first()
    return detach(application_id=scene.pk, attachment_id=attachment.pk, by=by, now=now)


def act_attach_to_answer(scene: Scene, by: User, now: datetime) -> object:
    supplement, content = scene.case.supplements.get(), ContentFile(b"%PDF-1.7 test")
    return attach_to_answer(
        application_id=scene.pk, supplement_id=supplement.pk, by=by, now=now, name="说明.pdf", content=content
    )


def act_detach_from_answer(scene: Scene, by: User, now: datetime) -> object:
    file = scene.case.attachments.get(material="supplement")
    return detach_from_answer(application_id=scene.pk, attachment_id=file.pk, by=by, now=now)


def act_answer_supplement(scene: Scene, by: User, now: datetime) -> object:
    supplement = scene.case.supplements.get()
    return answer_supplement(
        application_id=scene.pk, supplement_id=supplement.pk, by=by, now=now, answer="吨袋内衬防渗膜。"
    )


def act_record_shipment(scene: Scene, by: User, now: datetime) -> object:
    return record_shipment(
        application_id=scene.pk,
        by=by,
        now=now,
        item_id=scene.case.items.get().pk,
        manifest_no="20265001000001",
        amount_t=Decimal(20),
        shipped_on=date(2026, 1, 5),
        carrier_name="示例危货运输有限公司",
    )


def act_confirm_shipment(scene: Scene, by: User, now: datetime) -> object:
    shipment = Shipment.objects.get(application=scene.case)
    received = {"received_t": Decimal(20), "arrived_on": date(2026, 1, 5)}
    return confirm_shipment(application_id=scene.pk, shipment_id=shipment.pk, by=by, now=now, **received)


def plain(verb: Callable[..., object], **more: object) -> Callable[[Scene, User, datetime], object]:
    return lambda scene, by, now: verb(application_id=scene.pk, by=by, now=now, **more)


def act_deliver(scene: Scene, by: User, now: datetime) -> object:
    """Whoever isn't the addressee may open the paper, too; it just isn't delivered by that."""
    if not deliver(paper_id=scene.case.papers.get(kind="approval").pk, by=by, now=now):
        raise NotAllowed("签收")
    return True


def act_issue_erratum(scene: Scene, by: User, now: datetime) -> object:
    approval = scene.case.papers.get(kind="approval")
    return issue_erratum(paper_id=approval.pk, by=by, now=now, slips=[Slip("如实记录", "据实记录")])


def on_the_listed_entry(service: Callable[..., object]) -> Callable[[Scene, User, datetime], object]:
    def act(scene: Scene, by: User, now: datetime) -> object:
        entry = scene.world.entry("O-SC1", "900-045-49", "CQ")
        return service(application_id=scene.pk, entry_id=entry.pk, by=by, now=now)

    return act


ACTS: Mapping[str, Callable[[Scene, User, datetime], object]] = {
    "create_draft": lambda scene, by, now: create_draft(
        generator_id=scene.world.enterprise("G-CQ1").pk, by=by, now=now
    ),
    "save_draft": act_save_draft,
    "delete_draft": plain(delete_draft),
    "attach": act_attach,
    "detach": act_detach,
    "submit": plain(submit, seen_route="fast_track"),
    "split_and_submit": plain(split_and_submit, seen=SPLIT),
    "copy_application": plain(copy_application),
    "watch_entry": on_the_listed_entry(watch_entry),
    "unwatch_entry": on_the_listed_entry(unwatch_entry),
    "give_opinion": plain(give_opinion, agrees=True, text="同意。"),
    "accept": plain(accept),
    "deliver": act_deliver,
    "issue_erratum": act_issue_erratum,
    "request_correction": plain(request_correction, points=[POINT]),
    "endorse": plain(endorse),
    "reject": plain(reject, reasons="材料不实。"),
    "withdraw": plain(withdraw, reason="不转了。"),
    "resubmit": plain(resubmit, seen_route="fast_track", answers={1: "已补盖。"}),
    "ask_reduction": act_ask_reduction,
    "answer_reduction": plain(answer_reduction, agrees=True),
    "ask_supplement": plain(ask_supplement, question="运输路线？"),
    "answer_supplement": act_answer_supplement,
    "attach_to_answer": act_attach_to_answer,
    "detach_from_answer": act_detach_from_answer,
    "save_answer": plain(save_answer, position=1, answer="已补盖。", is_done=True, seen=""),
    "consent": plain(consent),
    "object_to": plain(object_to, reasons="没有余力。"),
    "take_back": plain(take_back),
    "approve": plain(approve),
    "suspend": plain(
        suspend, reason=SuspensionReason.EXPERTS, explanation="组织专家评审。", expected_end_on=date(2026, 1, 19)
    ),
    "resume": plain(resume),
    "recall": plain(recall),
    "record_shipment": act_record_shipment,
    "confirm_shipment": act_confirm_shipment,
    "declare_complete": plain(declare_complete),
    "close": plain(close),
    "revoke": plain(revoke, kind=RevocationKind.WITHDRAWAL, reasons="情况变化。"),
    "pause": plain(pause, until_on=None, reason="待查。"),
    "lift_pause": plain(lift_pause, reason="已查清。"),
    "remind": plain(remind),
    "write_note": plain(write_note, kind=NoteKind.INTERNAL, text="先电话核实。"),
    "take_on": plain(take_on),
    "settle_flagged": plain(settle_flagged, reasons="核实未转移。"),
}
