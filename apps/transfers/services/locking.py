"""Locking an application: always the first row lock of a transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects

from apps.catalogue import tracing
from apps.catalogue.kept import read_version
from apps.catalogue.reading import places
from apps.deadlines.models import Deadline
from apps.deadlines.workdays import local_day
from apps.organisations.models import Enterprise, User
from apps.transfers.enums import EDITABLE_STATES
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, Item
from apps.transfers.permissions import Clock, is_filer
from apps.transfers.services.facts_now import at_moment
from apps.whitelists.reading import lists


def locked_application(*, application_id: int, by: User | Clock, now: datetime) -> Application:
    """Lock and read what ``by`` may see. Raises NotFound; needs a transaction.

    No joins on purpose: after a wait PostgreSQL looks at the changed row again, but joins it to the rows of before,
    so that a list changed by the other transaction would read as none.
    """
    rows = Application.objects.all() if isinstance(by, Clock) else Application.objects.visible_to(by, local_day(now))
    application = _locked(rows.filter(pk=application_id), skip_locked=False)
    if application is None:
        raise NotFound
    return at_moment(application=application, now=now)


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


def lock_if_free(*, application_id: int, now: datetime) -> Application | None:
    """The same for the sweep: None when somebody holds it; it is theirs to do what is due, or the next sweep's."""
    application = _locked(Application.objects.filter(pk=application_id), skip_locked=True)
    return at_moment(application=application, now=now) if application else None


def lock_due_ones(*, application_ids: Collection[int], now: datetime) -> list[Application]:
    """Those of several that are free and, as of this statement, due; in key order, for the sweep.

    Without the facts of the moment, which only acts ask for.
    """
    due = Deadline.objects.due(now).filter(reference=OuterRef("number"))
    rows = Application.objects.filter(Exists(due), pk__in=application_ids).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True))


def load_parties(application: Application, stamp: str = "") -> None:
    """Read both parties in one query, unless they are there already; places and list as kept by the stamp."""
    stamp = stamp or read_version()
    _name_places(application, stamp)
    missing = {
        key
        for name in ("generator", "operator")
        if not Application._meta.get_field(name).is_cached(application)  # type: ignore[union-attr]
        and (key := getattr(application, f"{name}_id")) is not None
    }
    if not missing:
        return
    known = places(stamp)
    found = {party.pk: party for party in Enterprise.objects.filter(pk__in=missing)}
    for party in found.values():
        party.province, party.division = known.provinces[party.province_id], known.divisions[party.division_id]
    for name in ("generator", "operator"):
        if (key := getattr(application, f"{name}_id")) in found:
            setattr(application, name, found[key])


def _name_places(application: Application, stamp: str) -> None:
    provinces = places(stamp).provinces
    application.origin = provinces[application.origin_id]
    if application.destination_id is not None:
        application.destination = provinces[application.destination_id]
    if edition := lists(stamp).editions.get(application.edition_id or 0):
        application.edition = edition


def load_items(application: Application) -> list[Item]:
    """The items, read once and kept on the application: an act that changes one changes what is kept."""
    if "items" not in getattr(application, "_prefetched_objects_cache", {}) and application.pk:
        prefetch_related_objects([application], "items")
    return list(application.items.all())


def load_attached(application: Application) -> set[str]:
    """Codes of the materials that are attached, read once an act."""
    kept = application.__dict__
    if "_attached" not in kept:
        there = application.attachments.filter(removed_at__isnull=True) if application.pk else None
        kept["_attached"] = set(there.values_list("material", flat=True)) if there is not None else set()
    return cast("set[str]", kept["_attached"])


def changed_fields(application: Application) -> list[str]:
    """Names of the columns that differ from what was locked: an act writes no others."""
    before = application.__dict__["_as_locked"]
    return [name for name, value in _columns(application).items() if before[name] != value]


def _locked(rows: QuerySet[Application], *, skip_locked: bool) -> Application | None:
    application = rows.order_by().select_for_update(of=("self",), no_key=True, skip_locked=skip_locked).first()
    if application is not None:
        application.__dict__["_as_locked"] = _columns(application)
        tracing.case_number.set(application.number or "")
    return application


def _columns(application: Application) -> dict[str, Any]:
    columns = {field.attname: application.__dict__[field.attname] for field in Application._meta.concrete_fields}
    return columns | {"warnings": list(application.warnings)}
