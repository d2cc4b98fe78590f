"""The local bureau's opinion on the general procedure."""

from datetime import datetime

from apps.organisations.enums import BureauLevel
from apps.organisations.models import Bureau, User
from apps.transfers.models import Application, LocalOpinion
from apps.transfers.services import stages
from apps.transfers.services.acting import acting
from apps.transfers.services.reviewing import reasons_of


def give_opinion(*, application_id: int, by: User, now: datetime, agrees: bool, text: str) -> Application:
    """Give the local bureau's opinion: kept, never final; the case reaches the origin on this day.

    A negative opinion needs its reasons. Raises NotFound, NotAllowed, Refused ``reasons.missing``.
    """
    told = text.strip() if agrees else reasons_of(text)
    with acting(application_id=application_id, name="give_opinion", by=by, now=now) as act:
        application = act.application
        LocalOpinion.objects.create(
            application=application,
            bureau=Bureau.objects.filter(level=BureauLevel.LOCAL, division=application.local_division).first(),
            agrees=agrees,
            text=told,
            given_by=by,
            given_at=now,
        )
        stages.leave_local_opinion(act)
        application.give_opinion(received_on=act.on)
        stages.enter_origin_review(act, act.on)
        act.reason = told
    return act.application
