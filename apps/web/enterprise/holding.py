"""In whose hands a case is and how far it has come, as its parties are told."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from apps.organisations.enums import BureauLevel
from apps.organisations.models import Bureau
from apps.transfers.enums import Route, State
from apps.transfers.models import Application
from apps.whitelists.enums import ConsentMode

AT_ORIGIN = (State.ORIGIN_REVIEW, State.DECISION)


def holders_of(applications: Iterable[Application]) -> dict[int, Bureau]:
    """The bureau that holds each open case, by its key; a case in correction is the filer's. One query."""
    cases = [case for case in applications if case.number]
    provinces = {key for case in cases for key in (case.origin_id, case.destination_id) if key}
    divisions = {case.local_division for case in cases if case.state == State.LOCAL_OPINION}
    found = Bureau.objects.filter(
        Q(level=BureauLevel.PROVINCIAL, province__in=provinces) | Q(level=BureauLevel.LOCAL, division__in=divisions)
    )
    by_place = {
        (one.level, one.division_id if one.level == BureauLevel.LOCAL else one.province_id): one for one in found
    }
    places = {case.pk: _place(case) for case in cases}
    return {key: by_place[place] for key, place in places.items() if place in by_place}


def _place(case: Application) -> tuple[str, str] | None:
    stage = case.suspended_from or case.state
    if stage == State.LOCAL_OPINION:
        return BureauLevel.LOCAL, case.local_division
    if stage == State.DESTINATION_REVIEW:
        return BureauLevel.PROVINCIAL, case.destination_id or ""
    return (BureauLevel.PROVINCIAL, case.origin_id) if stage in AT_ORIGIN else None


WORDS: dict[str, str] = {
    State.LOCAL_OPINION: "出具属地意见；无论意见如何，都会转到移出地省级审查。",
    State.ORIGIN_REVIEW: "审查申请材料。",
    State.DESTINATION_REVIEW: "研究移出地的商请函并答复移出地。",
    State.DECISION: "根据接受地的答复作出决定。",
}
RECEIVED = "核对申请材料：受理，或者一次性告知需要补正的全部内容。"


def stage_words(case: Application) -> str:
    """What its holder is doing with it; empty where nobody holds it."""
    stage = case.suspended_from or case.state
    if stage == State.ORIGIN_REVIEW and case.accepted_on is None and case.correction_requested_on is None:
        return RECEIVED
    return WORDS.get(stage, "")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the way: ``place`` is done, here or ahead."""

    words: str
    place: str


def way_of(case: Application) -> list[Stage]:
    """The way of the case by its route, with where it stands; nothing for one that came to another end."""
    stages = _stages(case)
    here = case.suspended_from or case.state
    here = State.ORIGIN_REVIEW if here == State.CORRECTION else here
    here = State.APPROVED if here == State.CLOSED else here
    if here not in stages:
        return []
    at = list(stages).index(here)
    last = len(stages) - 1
    places = [
        "done" if number < at or at == last else "here" if number == at else "ahead" for number in range(last + 1)
    ]
    words = [Stage("提交", "done")]
    return words + [Stage(word, place) for word, place in zip(stages.values(), places, strict=True)]


def _stages(case: Application) -> dict[str, str]:
    stages: dict[str, str] = {}
    if case.route == Route.GENERAL and case.local_division:
        stages[State.LOCAL_OPINION] = "属地意见"
    stages[State.ORIGIN_REVIEW] = "移出地初审"
    if not (case.route == Route.FAST_TRACK and case.consent_mode == ConsentMode.PRIOR):
        stages[State.DESTINATION_REVIEW] = "函商接受地"
    # On fast track an unchanged consent is the decision.
    if case.route != Route.FAST_TRACK or State.DECISION in {case.state, case.suspended_from}:
        stages[State.DECISION] = "移出地决定"
    return stages | {State.APPROVED: "批准"}
