"""Taking hold of an application that may still be edited: a draft, or a case in correction."""

from datetime import datetime

from apps.organisations.models import User
from apps.transfers.enums import EDITABLE_STATES
from apps.transfers.errors import NotAllowed, Refused
from apps.transfers.models import Application
from apps.transfers.permissions import is_filer
from apps.transfers.services.locking import locked_application


def editable_application(*, application_id: int, by: User, now: datetime) -> Application:
    """Lock it for its filer. Raises NotFound, NotAllowed, Refused ``draft.closed``; needs a transaction."""
    application = locked_application(application_id=application_id, by=by, now=now)
    if not is_filer(application, by):
        raise NotAllowed("修改")
    if application.state not in EDITABLE_STATES:
        raise Refused("draft.closed", f"该申请现为“{application.get_state_display()}”，不能再修改。")
    if application.due_at is not None and application.due_at <= now:
        # The sweep is late; in correction the clock that is shown is the lapse, and it comes before any person.
        raise Refused("draft.closed", "补正期限已经届满，该申请视为撤回，不能再修改。")
    return application


def mark_changed(*, application: Application, now: datetime) -> None:
    """Something beside the form's own fields has changed; its version, which guards those, stays."""
    Application.objects.filter(pk=application.pk).update(changed_at=now)
