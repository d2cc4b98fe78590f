"""For every act a case on which a clock is due at the very moment of the act, and all that both may leave behind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from apps.deadlines.models import Deadline, DeadlineEvent
from apps.transfers.models import Application, Attachment, LocalOpinion, LogRow, Paper, Reply, Shipment
from apps.transfers.services.reviewing import endorse
from apps.whitelists.models import QuotaMovement
from tests.transfers.permission_cases import ACTS, CASES, MONDAY, People, Scene
from tests.transfers.world import World, at

# Five minutes before the whole's first reminder, so that the recall falls on the reminder.
FIVE_TO_NINE = at("2026-01-08", "08:55")
# A new start of the period, so that no check after the first weeks finds it in the past.
LATER_START = "2026-03-20"


@dataclass(frozen=True)
class Row:
    """The act, in which case, by whom, and the clock: at its next rung, or at its due moment."""

    act: str
    case: str
    who: str
    clock: str
    at_rung: bool = False

    def __str__(self) -> str:
        return f"{self.act} in {self.case} at {self.clock}{' rung' if self.at_rung else ''}"

    def scene(self, world: World) -> Scene:
        people = People(world)
        make = OWN_CASES.get(self.case) or CASES[self.case]
        case = make(world, people)
        if self.act == "resubmit":
            Application.objects.filter(pk=case.pk).update(requested_from=LATER_START)
        return Scene(world, people, case)

    def moment(self, scene: Scene) -> datetime:
        clock = Deadline.objects.running().get(reference=scene.case.number, kind=self.clock)
        return clock.next_at if self.at_rung else clock.due_at

    def work(self, scene: Scene, now: datetime) -> Callable[[], object]:
        return partial(ACTS[self.act], scene, scene.people[self.who], now)


def _letter_at_five_to_nine(world: World, people: People) -> Application:
    case = world.filed(now=MONDAY)
    return endorse(application_id=case.pk, by=people["origin.handler"], now=FIVE_TO_NINE)


OWN_CASES = {"letter_at_five_to_nine": _letter_at_five_to_nine}

LATE = (
    Row("give_opinion", "local_opinion", "local.officer", "local"),
    Row("give_opinion", "local_opinion", "local.officer", "local", at_rung=True),
    Row("accept", "origin_review", "origin.handler", "acceptance"),
    Row("accept", "origin_review", "origin.handler", "target"),
    Row("request_correction", "origin_review", "origin.handler", "whole", at_rung=True),
    Row("endorse", "origin_review", "origin.handler", "whole"),
    Row("endorse", "origin_review", "origin.handler", "target"),
    Row("reject", "origin_review", "origin.handler", "acceptance"),
    Row("withdraw", "origin_review", "generator.filer", "whole"),
    Row("suspend", "origin_review", "origin.handler", "whole"),
    Row("save_draft", "correction", "generator.filer", "lapse", at_rung=True),
    Row("save_draft", "correction", "generator.filer", "lapse"),
    Row("attach", "correction", "generator.filer", "lapse"),
    Row("detach", "correction", "generator.filer", "lapse"),
    Row("resubmit", "correction", "generator.filer", "hold"),
    Row("resubmit", "correction", "generator.filer", "lapse"),
    Row("save_answer", "correction", "generator.filer", "lapse"),
    Row("ask_supplement", "accepted", "origin.handler", "whole"),
    Row("answer_supplement", "asked", "generator.filer", "whole"),
    Row("attach_to_answer", "asked", "generator.filer", "whole"),
    Row("detach_from_answer", "asked", "generator.filer", "whole"),
    Row("consent", "destination_review", "destination.handler", "destination"),
    Row("consent", "destination_review", "destination.handler", "whole"),
    Row("object_to", "destination_review", "destination.handler", "destination"),
    Row("take_back", "destination_review", "origin.handler", "destination"),
    Row("recall", "letter_at_five_to_nine", "origin.handler", "whole", at_rung=True),
    Row("approve", "decision", "origin.handler", "whole"),
    Row("reject", "decision", "origin.handler", "whole"),
    Row("suspend", "decision", "origin.handler", "whole", at_rung=True),
    Row("resume", "suspended_in_origin", "origin.handler", "suspension"),
    Row("resume", "suspended_in_destination", "destination.handler", "suspension"),
    Row("withdraw", "suspended_in_origin", "generator.filer", "suspension"),
    Row("record_shipment", "approved", "generator.filer", "closing"),
    Row("confirm_shipment", "shipped", "operator.staff", "closing"),
    Row("declare_complete", "approved", "generator.filer", "closing"),
    Row("close", "approved", "generator.filer", "closing"),
    Row("revoke", "approved", "origin.handler", "closing"),
    Row("pause", "approved", "origin.handler", "closing"),
    Row("lift_pause", "paused", "origin.handler", "closing"),
    Row("ask_reduction", "decision", "origin.handler", "whole"),
    Row("answer_reduction", "less_asked", "generator.filer", "whole"),
    Row("remind", "destination_review", "origin.handler", "destination"),
    Row("issue_erratum", "approved", "origin.handler", "closing"),
)
NEVER_LATE = {
    "create_draft": "a draft has no clock",
    "delete_draft": "a draft has no clock",
    "submit": "a draft has no clock",
    "split_and_submit": "a draft has no clock",
    "watch_entry": "a draft has no clock",
    "unwatch_entry": "a draft has no clock",
    "copy_application": "a draft is made, the case is only read",
    "deliver": "a paper is opened whatever became of its case",
    "write_note": "what a bureau keeps for itself is no act on the case",
    "take_on": "what a bureau keeps for itself is no act on the case",
    "settle_flagged": "a closed case has no clock",
}


def story(case: Application) -> dict[str, object]:
    """All that the clock and people left of a case, without keys and counts that depend on who saved how often."""
    case = Application.objects.get(pk=case.pk)
    mine = {"application": case}
    columns = {field.attname: getattr(case, field.attname) for field in Application._meta.concrete_fields}
    del columns["version"]
    clocks = Deadline.objects.filter(reference=case.number).order_by("kind", "sequence")
    events = DeadlineEvent.objects.filter(deadline__in=clocks).order_by(
        "deadline__kind", "deadline__sequence", "occurred_at", "kind", "rung"
    )
    movements = QuotaMovement.objects.filter(reference=case.number).order_by("entry", "round", "kind")
    return {
        "case": columns,
        "log": list(LogRow.objects.filter(**mine).order_by("position").values(*_columns(LogRow))),
        "clocks": list(clocks.values(*_columns(Deadline, "follows_id"))),
        "rungs": list(events.values("deadline__kind", "deadline__sequence", *_columns(DeadlineEvent, "deadline_id"))),
        "movements": list(movements.values(*_columns(QuotaMovement))),
        "papers": list(Paper.objects.filter(**mine).order_by("position", "kind").values(*_columns(Paper))),
        "opinions": list(LocalOpinion.objects.filter(**mine).values(*_columns(LocalOpinion))),
        "replies": list(Reply.objects.filter(**mine).values(*_columns(Reply))),
        "shipments": list(Shipment.objects.filter(**mine).values(*_columns(Shipment))),
        "files": list(
            Attachment.objects.filter(**mine).order_by("material", "original_name").values("material", "removed_at")
        ),
    }


def _columns(model: type, *without: str) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.attname not in {"id", *without}]
