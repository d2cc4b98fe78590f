"""Locking an application: always the first row lock of a transaction."""

from datetime import datetime

from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.transfers.errors import NotFound
from apps.transfers.models import Application
from apps.transfers.permissions import Clock
from apps.transfers.services.facts_now import at_moment


def locked_application(*, application_id: int, by: User | Clock, now: datetime) -> Application:
    """Lock what ``by`` may see, then read it with its parties. Raises NotFound; needs a transaction.

    Two statements on purpose: after a wait PostgreSQL looks at the changed row again, but joins it to the rows of
    before, so that a list changed by the other transaction would read as none.
    """
    rows = Application.objects.all() if isinstance(by, Clock) else Application.objects.visible_to(by, local_day(now))
    locks = rows.filter(pk=application_id).order_by().select_for_update(of=("self",), no_key=True)
    if not locks.values_list("pk"):
        raise NotFound
    return at_moment(application=Application.objects.with_parties().get(pk=application_id), now=now)


def lock_if_free(*, application_id: int, now: datetime) -> Application | None:
    """The same for the sweep: None when somebody holds it; it is theirs to do what is due, or the next sweep's."""
    rows = Application.objects.filter(pk=application_id).order_by()
    if not rows.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk"):
        return None
    return at_moment(application=Application.objects.with_parties().get(pk=application_id), now=now)
