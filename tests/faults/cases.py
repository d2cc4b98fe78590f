"""Every service with the case in which it is called: the set-up done, the call still to be made."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.core.files.base import ContentFile

from apps.deadlines.models import CalendarChange
from apps.deadlines.services import load_calendar_year
from apps.deadlines.services.changes import order_change, prepare_day, prepare_year
from apps.organisations.models import Permit
from apps.organisations.services.capacity import state_limit
from apps.organisations.services.parties import change_permit_status
from apps.transfers.enums import NoteKind, RevocationKind, SuspensionReason
from apps.transfers.models import Application, Supplement
from apps.transfers.rules.papers.errata import Slip
from apps.transfers.services.acting import sweep_one
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
from apps.transfers.services.years import apply_change, load_year
from apps.whitelists.services.ledger import adjust
from tests.faults.demand_cases import DEMAND
from tests.faults.list_cases import LISTS
from tests.faults.sheet_cases import SHEETS
from tests.faults.signing_cases import SIGNING
from tests.faults.year_cases import YEAR
from tests.transfers.world import World, at

Call = Callable[[], object]
DAY0, DAY1, DAY2 = at("2026-01-05"), at("2026-01-06"), at("2026-01-07")
SWEPT_AT = at("2026-01-20")
NOTICE = [{"date": "2027-01-01", "kind": "day_off", "name": "元旦"}]


def filed(world: World) -> Application:
    return world.filed(now=DAY0)


def endorsed(world: World) -> Application:
    return endorse(application_id=filed(world).pk, by=world.user("cq.handler"), now=DAY1)


def approved(world: World) -> Application:
    return consent(application_id=endorsed(world).pk, by=world.user("sc.handler"), now=DAY2)


def local(world: World) -> Application:
    return world.filed(
        now=DAY0, route="general", generator="G-SC2", operator="O-CQ2", items={"900-451-13": "30"}, method="R15"
    )


def over_quota(world: World) -> Application:
    return world.filed(now=DAY0, route="over_quota", items={"900-045-49": "3100"})


def in_decision(world: World) -> Application:
    case = endorse(application_id=over_quota(world).pk, by=world.user("cq.handler"), now=DAY1)
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=DAY2)


def in_correction(world: World) -> Application:
    return request_correction(
        application_id=filed(world).pk,
        by=world.user("cq.handler"),
        now=DAY1,
        points=[Point("合同", "数量不一致", "请更正")],
    )


def put_aside(world: World) -> Application:
    return suspend(
        application_id=filed(world).pk,
        by=world.user("cq.handler"),
        now=DAY1,
        reason=SuspensionReason.EXPERTS,
        explanation="专家评审",
        expected_end_on=date(2026, 1, 16),
    )


def shipped(world: World) -> Application:
    case = approved(world)
    record(world, case)()
    return case


def record(world: World, case: Application) -> Call:
    item, filer = case.items.get(), world.filer_of("G-CQ1")
    return lambda: record_shipment(
        application_id=case.pk,
        by=filer,
        now=at("2026-02-02"),
        item_id=item.pk,
        manifest_no="20265001000001",
        amount_t=Decimal(100),
        shipped_on=date(2026, 2, 2),
        carrier_name="重庆示例危货运输有限公司",
    )


def confirm(world: World, case: Application) -> Call:
    shipment, staff = case.shipments.get(), world.staff_of("O-SC1")
    return lambda: confirm_shipment(
        application_id=case.pk,
        shipment_id=shipment.pk,
        by=staff,
        now=at("2026-02-03"),
        received_t=Decimal("99.5"),
        arrived_on=date(2026, 2, 3),
    )


def by_clock(case: Application, day: str) -> Call:
    return lambda: sweep_one(application_id=case.pk, now=at(day))


def simple(
    make: Callable[[World], Application], service: Callable, who: str, **more: object
) -> Callable[[World], Call]:
    """A service that is called with the case, a person and some words."""

    def prepare(world: World) -> Call:
        case, now = make(world), more.get("now", at("2026-01-07", "10:05"))
        person = world.filer_of("G-CQ1") if who == "filer" else world.user(who)
        rest = {name: value for name, value in more.items() if name != "now"}
        return lambda: service(application_id=case.pk, by=person, now=now, **rest)

    return prepare


def drafting(world: World) -> Call:
    generator, filer = world.enterprise("G-CQ1"), world.filer_of("G-CQ1")
    return lambda: create_draft(generator_id=generator.pk, by=filer, now=DAY0)


def saving(world: World) -> Call:
    draft, filer = world.draft(now=DAY0), world.filer_of("G-CQ1")
    return lambda: save_draft(application_id=draft.pk, by=filer, now=DAY1, version=draft.version, form=DraftForm())


def attaching(world: World) -> Call:
    draft, filer = world.draft(now=DAY0), world.filer_of("G-CQ1")
    return lambda: attach(
        application_id=draft.pk, by=filer, now=DAY1, material="contract", name="a.pdf", content=ContentFile(b"%PDF-1.7")
    )


def detaching(world: World) -> Call:
    draft, filer = world.draft(now=DAY0), world.filer_of("G-CQ1")
    kept = draft.attachments.first()
    return lambda: detach(application_id=draft.pk, attachment_id=kept.pk, by=filer, now=DAY1)


def resubmitting(world: World) -> Call:
    case, filer = in_correction(world), world.filer_of("G-CQ1")
    return lambda: resubmit(application_id=case.pk, by=filer, now=DAY2, seen_route="fast_track", answers={1: "已更正"})


def accepted(world: World) -> Application:
    return accept(application_id=filed(world).pk, by=world.user("cq.handler"), now=DAY1)


def asked(world: World) -> tuple[Application, Supplement]:
    """A question that waits, with a file of its answer."""
    case, filer = accepted(world), world.filer_of("G-CQ1")
    question = ask_supplement(application_id=case.pk, by=world.user("cq.handler"), now=DAY1, question="包装？")
    attach_to_answer(application_id=case.pk, supplement_id=question.pk, by=filer, now=DAY1, **a_file())
    return case, question


def a_file() -> dict[str, object]:
    return {"name": "说明.pdf", "content": ContentFile(b"%PDF-1.7")}


def answering(world: World) -> Call:
    (case, question), filer = asked(world), world.filer_of("G-CQ1")
    return lambda: answer_supplement(
        application_id=case.pk, supplement_id=question.pk, by=filer, now=DAY2, answer="吨袋内衬防渗膜"
    )


def attaching_to_answer(world: World) -> Call:
    (case, question), filer = asked(world), world.filer_of("G-CQ1")
    return lambda: attach_to_answer(application_id=case.pk, supplement_id=question.pk, by=filer, now=DAY2, **a_file())


def detaching_from_answer(world: World) -> Call:
    (case, question), filer = asked(world), world.filer_of("G-CQ1")
    file = question.files.get()
    return lambda: detach_from_answer(application_id=case.pk, attachment_id=file.pk, by=filer, now=DAY2)


def settling(world: World) -> Call:
    case = approved(world)
    by_clock(case, "2027-03-01")()
    origin = world.user("cq.handler")
    return lambda: settle_flagged(application_id=case.pk, by=origin, now=at("2027-03-02"), reasons="经核实未转移")


def lifting(world: World) -> Call:
    case, origin = approved(world), world.user("cq.handler")
    pause(application_id=case.pk, by=origin, now=at("2026-02-01"), until_on=None, reason="检查")
    return lambda: lift_pause(application_id=case.pk, by=origin, now=at("2026-02-05"), reason="已整改")


def closing(world: World) -> Call:
    case = shipped(world)
    confirm(world, case)()
    filer = world.filer_of("G-CQ1")
    return lambda: close(application_id=case.pk, by=filer, now=at("2026-02-04"))


def permit_suspended(world: World) -> Call:
    permit = Permit.objects.get(enterprise=world.enterprise("O-SC1"), valid_from__year=2025)
    return lambda: change_permit_status(
        permit=Permit.objects.get(pk=permit.pk),
        status="suspended",
        document_no="函〔2026〕1号",
        effective_on=date(2026, 1, 7),
        reason="检查",
        by=None,
        now=DAY2,
    )


def limit_stated(world: World) -> Call:
    permit = Permit.objects.get(enterprise=world.enterprise("O-SC1"), valid_from__year=2025)
    return lambda: state_limit(permit=permit, year=2026, limit_t=Decimal(9000), now=DAY2)


def adjusted(world: World) -> Call:
    entry = world.entry("O-SC1", "900-045-49", "CQ")
    return lambda: adjust(entry_id=entry.pk, change_t=Decimal(-20), reference="调整 1", occurred_at=DAY1, now=DAY1)


def year_loaded(world: World) -> Call:
    approved(world)
    filed(world)
    now = at("2026-01-08")
    return lambda: load_year(year=2027, rows=NOTICE, source="通知", now=now)


def calendar_loaded(world: World) -> Call:
    approved(world)
    return lambda: load_calendar_year(year=2027, rows=NOTICE, source="通知", now=at("2026-01-08"))


def change_prepared(world: World) -> CalendarChange:
    filed(world)
    return prepare_day(day=date(2026, 1, 9), works=False, name="停电", reason="通知", by=world.user("admin"), now=DAY0)


def day_prepared(world: World) -> Call:
    by, words = world.user("admin"), {"name": "停电", "reason": "通知"}
    return lambda: prepare_day(day=date(2026, 1, 9), works=False, by=by, now=DAY0, **words)


def year_prepared(world: World) -> Call:
    by = world.user("admin")
    return lambda: prepare_year(year=2027, rows=NOTICE, source="通知", reason="已公布", by=by, now=DAY0)


def change_ordered(world: World) -> Call:
    change, by = change_prepared(world), world.user("admin")
    return lambda: order_change(change_id=change.pk, seen=change.calendar, by=by, now=DAY0)


def change_applied(world: World) -> Call:
    change, by = change_prepared(world), world.user("admin")
    order_change(change_id=change.pk, seen=change.calendar, by=by, now=DAY0)
    return lambda: apply_change(change_id=change.pk, now=DAY0)


def submitting(world: World) -> Call:
    draft, filer = world.draft(now=DAY0), world.filer_of("G-CQ1")
    return lambda: submit(application_id=draft.pk, by=filer, now=DAY0, seen_route="fast_track")


def splitting(world: World) -> Call:
    draft, filer = world.draft(now=DAY0, items={"900-045-49": "3100"}), world.filer_of("G-CQ1")
    seen = "quota|fast_track|over_quota|1=3000.0000|1=100.0000"
    return lambda: split_and_submit(application_id=draft.pk, by=filer, now=DAY0, seen=seen)


def approving_alone(world: World) -> Call:
    case = world.filed(now=DAY0, generator="G-SC2", operator="O-CQ2", items={"900-045-49": "50"})
    return lambda: approve(application_id=case.pk, by=world.user("sc.handler"), now=DAY1)


def objecting_late(world: World) -> Call:
    """Resumed by the clock, breached, supervised, then a person: everything in one transaction."""
    case, origin = put_aside(world), world.user("cq.handler")
    return lambda: reject(application_id=case.pk, by=origin, now=at("2026-03-02"), reasons="材料不实")


def putting_aside(world: World) -> Call:
    case, origin = filed(world), world.user("cq.handler")
    return lambda: suspend(
        application_id=case.pk,
        by=origin,
        now=DAY1,
        reason=SuspensionReason.EXPERTS,
        explanation="专家评审",
        expected_end_on=date(2026, 1, 16),
    )


def taking_over(world: World) -> Call:
    case, other = filed(world), world.user("cq.signatory")
    seen = take_on(application_id=case.pk, by=world.user("cq.handler"), now=DAY0).handler_id
    return lambda: take_on(application_id=case.pk, by=other, now=DAY1, instead_of=seen)


def delivering(world: World) -> Call:
    paper, filer = approved(world).papers.get(kind="approval"), world.filer_of("G-CQ1")
    return lambda: deliver(paper_id=paper.pk, by=filer, now=at("2026-01-08"))


def correcting_a_slip(world: World) -> Call:
    paper, origin = approved(world).papers.get(kind="approval"), world.user("cq.handler")
    slips = [Slip("如实记录", "据实记录")]
    return lambda: issue_erratum(paper_id=paper.pk, by=origin, now=at("2026-01-08"), slips=slips)


REASONS = {"reasons": "能力不足"}
SERVICES: dict[str, Callable[[World], Call]] = {
    "create_draft": drafting,
    "deliver": delivering,
    "issue_erratum": correcting_a_slip,
    "save_draft": saving,
    "attach": attaching,
    "detach": detaching,
    "delete_draft": simple(lambda world: world.draft(now=DAY0), delete_draft, "filer"),
    "submit": submitting,
    "split_and_submit": splitting,
    "copy_application": simple(filed, copy_application, "filer"),
    "resubmit": resubmitting,
    "save_answer": simple(in_correction, save_answer, "filer", position=1, answer="已更正", is_done=True, seen=""),
    "ask_supplement": simple(accepted, ask_supplement, "cq.handler", question="运输路线？"),
    "answer_supplement": answering,
    "attach_to_answer": attaching_to_answer,
    "detach_from_answer": detaching_from_answer,
    "withdraw": simple(filed, withdraw, "filer", reason="不再需要"),
    "give_opinion": simple(local, give_opinion, "mianyang.local", agrees=True, text="同意"),
    "accept": simple(filed, accept, "cq.handler"),
    "request_correction": simple(
        filed, request_correction, "cq.handler", points=[Point("合同", "数量不一致", "请更正")]
    ),
    "endorse": simple(filed, endorse, "cq.handler"),
    "consent_to_fast_track": simple(endorsed, consent, "sc.handler"),
    "object": simple(endorsed, object_to, "sc.handler", **REASONS),
    "take_back": simple(endorsed, take_back, "cq.handler", now=at("2026-01-12")),
    "approve": simple(in_decision, approve, "cq.handler"),
    "approve_alone": approving_alone,
    "reject": simple(in_decision, reject, "cq.handler", **REASONS),
    "suspend": putting_aside,
    "resume": simple(put_aside, resume, "cq.handler"),
    "recall_endorsement": simple(endorsed, recall, "cq.handler", now=at("2026-01-06", "10:05"), reason="有误"),
    "recall_approval": simple(approved, recall, "sc.handler", reason="有误"),
    "pause": simple(approved, pause, "cq.handler", until_on=None, reason="检查"),
    "lift_pause": lifting,
    "record_shipment": lambda world: record(world, approved(world)),
    "confirm_shipment": lambda world: confirm(world, shipped(world)),
    "declare_complete": simple(approved, declare_complete, "filer"),
    "close": closing,
    "revoke": simple(approved, revoke, "cq.handler", kind=RevocationKind.ANNULMENT, **REASONS),
    "settle_flagged": settling,
    "remind": simple(endorsed, remind, "cq.handler", now=at("2026-01-09")),
    "write_note": simple(filed, write_note, "cq.handler", kind=NoteKind.INTERNAL, text="先电话核实"),
    "take_on": simple(filed, take_on, "cq.handler"),
    "take_over": taking_over,
    "pass_on_and_acceptance_by_clock": lambda world: by_clock(local(world), "2026-01-27"),
    "release_and_lapse_by_clock": lambda world: by_clock(in_correction(world), "2026-03-02"),
    "close_by_clock": lambda world: by_clock(approved(world), "2027-03-01"),
    "reject_after_much_time": objecting_late,
    "change_permit_status": permit_suspended,
    "state_limit": limit_stated,
    "adjust": adjusted,
    "load_year": year_loaded,
    "load_calendar_year": calendar_loaded,
    "prepare_day": day_prepared,
    "prepare_year": year_prepared,
    "order_change": change_ordered,
    "apply_change": change_applied,
    **SIGNING,
    **DEMAND,
    **SHEETS,
    **LISTS,
    **YEAR,
}

# The ledger's verbs join whatever transaction their caller has: broken in transactions of their own only.
IN_PARTS_OF_OTHERS = {"adjust"}


def two_are_due(world: World) -> Call:
    """Two cases due: each in a transaction of its own."""
    filed(world)
    local(world)
    return lambda: sweep(now=SWEPT_AT)
