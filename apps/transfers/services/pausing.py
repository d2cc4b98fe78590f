"""Pausing an approval in force (暂停转移) without leaving ``approved``; its validity is not extended."""

from datetime import date, datetime, timedelta

from apps.catalogue.enums import PaperKind
from apps.organisations.models import User
from apps.transfers.enums import PauseSource
from apps.transfers.errors import Refused
from apps.transfers.models import Application, Pause
from apps.transfers.services.acting import attending
from apps.transfers.services.going_on import order_going_on
from apps.transfers.services.reviewing import reasons_of


def pause(
    *,
    application_id: int,
    by: User,
    now: datetime,
    until_on: date | None,
    reason: str,
    document_no: str = "",
) -> Application:
    """Stop shipments from today, until a day or until lifted (order 23, art. 28 (3)); the notice goes to the filer.

    Beside a pause by the clock there may be one of a person's. Raises NotFound, NotAllowed, Refused
    ``pause.already``, ``pause.until``, ``reasons.missing``.
    """
    told = reasons_of(reason)
    with attending(application_id=application_id, name="pause", by=by, now=now) as act:
        application = act.application
        if until_on is not None and until_on < act.on:
            raise Refused("pause.until", f"暂停的截止日 {until_on} 已经过去。", field="until_on")
        if application.paused_on(act.on, PauseSource.MANUAL):
            raise Refused("pause.already", "该批准正在暂停中。")
        Pause.objects.create(
            application=application,
            from_on=act.on,
            until_on=until_on,
            reason=told,
            document_no=document_no.strip(),
            recorded_by=by,
            recorded_at=now,
        )
        act.reason = told
        act.order_paper(
            PaperKind.PAUSE, application.origin_id, from_on=act.on, until_on=until_on, reason=told, source=document_no
        )
    return act.application


def lift_pause(*, application_id: int, by: User, now: datetime, reason: str) -> Application:
    """End a person's pause; shipments go on from today unless the clock holds another one, and the filer is told.

    Raises NotFound, NotAllowed, Refused ``pause.none``, ``pause.followed``, ``reasons.missing``.
    """
    told = reasons_of(reason)
    with attending(application_id=application_id, name="lift_pause", by=by, now=now) as act:
        application = act.application
        running = application.paused_on(act.on, PauseSource.MANUAL)
        if running is None:
            raise _nothing_of_a_person(application.paused_on(act.on))
        # Paused and lifted on one day leaves no paused day at all.
        running.until_on = act.on - timedelta(days=1)
        running.save(update_fields=["until_on"])
        act.reason = told
        if order_going_on(act, reason=told) is None:
            act.details.update(is_still_paused=True)
    return act.application


def _nothing_of_a_person(other: Pause | None) -> Refused:
    if other is None:
        return Refused("pause.none", "该批准没有在暂停中。")
    return Refused(
        "pause.followed",
        f"该批准因{other.get_source_display()}（{other.document_no}）暂停转移，须由作出暂停的一方解除，解除后自动恢复。",
    )
