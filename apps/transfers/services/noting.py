"""What a bureau keeps for itself: notes, telephone calls, who takes care of the case. Nothing of it is an act.

The log, the papers, the parties and the other bureau learn nothing of it, so nothing here locks the case.
"""

from datetime import datetime

from django.db import transaction

from apps.deadlines.workdays import ZONE, local_day
from apps.organisations.enums import BureauLevel
from apps.organisations.models import Bureau, User
from apps.transfers.enums import NoteKind
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, BureauNote, CaseHandler
from apps.transfers.permissions import LOCAL, ORIGIN, parties_of, sits_in_bureau
from apps.transfers.services.facts_now import at_moment

LONGEST_TEXT = 4000
LONGEST_NAME = 60


@transaction.atomic
def write_note(
    *, application_id: int, by: User, now: datetime, kind: NoteKind, text: str, counterpart: str = ""
) -> BureauNote:
    """Write down what only the writer's own bureau reads; a telephone call names with whom.

    Raises NotFound, NotAllowed (who acts for no bureau of the case, or for two parties); Refused ``note.empty``,
    ``note.long``, ``note.counterpart``.
    """
    told, whom = text.strip(), counterpart.strip() if kind == NoteKind.TELEPHONE else ""
    application = _seen(application_id, by, now)
    bureau = _own_bureau(application, by, "记事")
    if not told:
        raise Refused("note.empty", "请填写内容。", field="text")
    if len(told) > LONGEST_TEXT:
        raise Refused("note.long", f"内容最多 {LONGEST_TEXT} 字，现有 {len(told)} 字。", field="text")
    if kind == NoteKind.TELEPHONE and not 0 < len(whom) <= LONGEST_NAME:
        raise Refused("note.counterpart", f"电话记录请写明与谁通话，最多 {LONGEST_NAME} 字。", field="counterpart")
    return BureauNote.objects.create(
        application=application, bureau=bureau, kind=kind, counterpart=whom, text=told, written_by=by, written_at=now
    )


@transaction.atomic
def take_on(*, application_id: int, by: User, now: datetime, instead_of: int | None = None) -> CaseHandler:
    """Become the one of one's bureau who takes care of the case (承办人); ``instead_of`` is whom the page showed.

    Of two who press at once one wins and the other is told who. Taking on what is one's own changes nothing.
    Raises NotFound, NotAllowed; Refused ``handler.taken`` when it is by now another person's than was seen.
    """
    application = _seen(application_id, by, now)
    bureau = _own_bureau(application, by, "承办")
    CaseHandler.objects.get_or_create(application=application, bureau=bureau, defaults={"handler": by, "taken_at": now})
    row = CaseHandler.objects.select_for_update(of=("self",), no_key=True).get(application=application, bureau=bureau)
    if row.handler_id == by.pk:
        return row
    if row.handler_id != instead_of:
        moment = row.taken_at.astimezone(ZONE)
        raise Refused(
            "handler.taken", f"该案件已由{row.handler}承办（{moment:%Y-%m-%d %H:%M}）。如须接手，请刷新页面后再办理。"
        )
    row.handler, row.taken_at = by, now
    row.save(update_fields=["handler", "taken_at"])
    return row


def _seen(application_id: int, by: User, now: datetime) -> Application:
    application = Application.objects.visible_to(by, local_day(now)).filter(pk=application_id).first()
    if application is None:
        raise NotFound
    return at_moment(application=application, now=now)


def _own_bureau(application: Application, by: User, verb: str) -> Bureau:
    """The bureau of the case for which the person sits. Raises NotAllowed."""
    if not sits_in_bureau(application, by):
        raise NotAllowed(verb)
    party = next(iter(parties_of(application, by)))
    if party == LOCAL:
        return Bureau.objects.get(level=BureauLevel.LOCAL, division=application.local_division)
    province = application.origin_id if party == ORIGIN else application.destination_id
    return Bureau.objects.get(level=BureauLevel.PROVINCIAL, province=province)
