"""Supplements: after acceptance a bureau may ask and the filer answers; no clock stops (docs/rules.md §5).

The bureau that holds the case asks: the origin in its review and its decision, the destination while it is asked.
Question and answer stand in the log and are read by everybody who reads the case.
"""

from datetime import datetime

from django.core.files import File
from django.db import transaction

from apps.organisations.models import User
from apps.transfers.attendances import ATTENDANCES
from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Attachment, Supplement
from apps.transfers.permissions import is_filer
from apps.transfers.services._storing import keep, stored_file
from apps.transfers.services.acting import attending
from apps.transfers.services.acts import Act
from apps.transfers.services.locking import locked_application, mark_changed

# The kind of material that an answer's file is: none of order 23, art. 22.
MATERIAL = "supplement"
ANSWER = "answer_supplement"
LONGEST_TEXT = 4000
NUL = chr(0)


def ask_supplement(*, application_id: int, by: User, now: datetime, question: str) -> Supplement:
    """Ask the filer something about an accepted application; stops nothing.

    Raises NotFound, NotAllowed; Refused ``supplement.not_accepted``, ``supplement.asked`` (the same question waits
    for its answer), ``supplement.empty``, ``supplement.long``.
    """
    told = _text(question, "请写明需要说明的事项。", "question")
    with attending(application_id=application_id, name="ask_supplement", by=by, now=now) as act:
        application = act.application
        if application.accepted_on is None:
            raise Refused(
                "supplement.not_accepted",
                "申请尚未受理，不能要求补充说明；材料不齐的，请一次性告知补正（23号令第二十三条）。",
            )
        earlier = list(application.supplements.all())
        if any(one.question == told and one.answered_at is None for one in earlier):
            raise Refused("supplement.asked", "这个问题已经提出，正在等待申请人说明。", field="question")
        supplement = Supplement.objects.create(
            application=application,
            position=len(earlier) + 1,
            bureau=act.bureau(_province_of(application)),
            question=told,
            asked_by=by,
            asked_at=now,
        )
        act.reason = told
        act.details["supplement"] = supplement.position
    return supplement


def answer_supplement(*, application_id: int, supplement_id: int, by: User, now: datetime, answer: str) -> Supplement:
    """Answer a question, once; its files were put in before.

    Raises NotFound, NotAllowed; Refused ``supplement.answered``, ``supplement.empty``, ``supplement.long``.
    """
    told = _text(answer, "请填写说明。", "answer")
    with attending(application_id=application_id, name=ANSWER, by=by, now=now) as act:
        supplement = _open_question(act.application, supplement_id)
        supplement.answer, supplement.answered_by, supplement.answered_at = told, by, now
        supplement.save(update_fields=["answer", "answered_by", "answered_at"])
        act.reason = told
        act.details.update(supplement=supplement.position, files=_count_files(act, supplement))
    return supplement


def attach_to_answer(
    *, application_id: int, supplement_id: int, by: User, now: datetime, name: str, content: "File[bytes]"
) -> Attachment:
    """Put a file to an answer that is not given yet. Raises as ``attach`` does and ``supplement.answered``."""
    with stored_file(name=name, content=content, now=now) as attachment, transaction.atomic():
        application = _answerable(application_id, by, now)
        attachment.material = MATERIAL
        attachment.supplement = _open_question(application, supplement_id)
        keep(attachment, application, by)
        mark_changed(application=application, now=now)
    return attachment


@transaction.atomic
def detach_from_answer(*, application_id: int, attachment_id: int, by: User, now: datetime) -> None:
    """Take a file out of an answer that is not given yet. Raises NotFound, NotAllowed, Refused."""
    application = _answerable(application_id, by, now)
    attachment = application.attachments.filter(
        pk=attachment_id, supplement__isnull=False, removed_at__isnull=True
    ).first()
    if attachment is None:
        raise NotFound
    _open_question(application, attachment.supplement_id or 0)
    attachment.removed_at = now
    attachment.save(update_fields=["removed_at"])
    mark_changed(application=application, now=now)


def _answerable(application_id: int, by: User, now: datetime) -> Application:
    """The locked application, for its filer, while it may still be answered."""
    application, row = locked_application(application_id=application_id, by=by, now=now), ATTENDANCES[ANSWER]
    if not is_filer(application, by):
        raise NotAllowed(row.verb)
    if application.state not in row.states:
        state = application.get_state_display()
        raise Refused("state.moved", f"该申请现为“{state}”，不能再{row.verb}。")
    return application


def _open_question(application: Application, supplement_id: int) -> Supplement:
    supplement = application.supplements.filter(pk=supplement_id).first()
    if supplement is None:
        raise NotFound
    if supplement.answered_at is not None:
        raise Refused("supplement.answered", f"第 {supplement.position} 问已经说明，不能再改。")
    return supplement


def _province_of(application: Application) -> str:
    """Where the bureau sits that holds the case."""
    stage = application.suspended_from or application.state
    at_destination = stage == State.DESTINATION_REVIEW
    return (application.destination_id if at_destination else application.origin_id) or ""


def _count_files(act: Act, supplement: Supplement) -> int:
    return act.application.attachments.filter(supplement=supplement, removed_at__isnull=True).count()


def _text(typed: str, missing: str, name: str) -> str:
    told = typed.replace(NUL, "").strip()
    if not told:
        raise Refused("supplement.empty", missing, field=name)
    if len(told) > LONGEST_TEXT:
        raise Refused("supplement.long", f"最多 {LONGEST_TEXT} 字，现有 {len(told)} 字。", field=name)
    return told
