"""Answering a correction point by point: what is typed is kept before it is submitted."""

from datetime import datetime

from django.db import transaction

from apps.organisations.models import User
from apps.transfers.enums import State
from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import CorrectionPoint
from apps.transfers.services.locking import editable_application, mark_changed

LONGEST_TEXT = 4000
NUL = chr(0)


@transaction.atomic
def save_answer(
    *, application_id: int, position: int, by: User, now: datetime, answer: str, is_done: bool, seen: str
) -> CorrectionPoint:
    """Keep the filer's answer to one point of the notice and whether they are done with it.

    ``seen`` is the answer that the person was editing. Raises NotFound, NotAllowed; Refused ``draft.closed``,
    ``answer.conflict`` when somebody else has answered it meanwhile (nothing is overwritten), ``answer.long``.
    """
    application = editable_application(application_id=application_id, by=by, now=now)
    if application.state != State.CORRECTION:
        raise NotFound
    point = CorrectionPoint.objects.filter(application=application, position=position).first()
    if point is None:
        raise NotFound
    typed, before = _plain(answer), _plain(seen)
    if len(typed) > LONGEST_TEXT:
        raise Refused("answer.long", f"说明最多 {LONGEST_TEXT} 字，现有 {len(typed)} 字。", field=f"answer_{position}")
    if point.answer not in {before, typed}:
        raise Refused(
            "answer.conflict",
            f"第 {position} 项的说明已在另一处改为“{point.answer}”，本次没有保存；请核对后再保存。",
            field=f"answer_{position}",
        )
    point.answer, point.is_done = typed, is_done
    point.save(update_fields=["answer", "is_done"])
    mark_changed(application=application, now=now)
    return point


def _plain(text: str) -> str:
    """As it is stored: browsers send line ends of two characters."""
    return text.replace(NUL, "").replace("\r\n", "\n").strip()
