"""Next year's draft from this year's list."""

from datetime import date, datetime

from django.db import transaction

from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.organisations.permissions import standing_of
from apps.whitelists.enums import ConsentMode, EditionStatus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition, EditionLine, WhitelistEntry
from apps.whitelists.models.numbers import by_number
from apps.whitelists.permissions import acts_for, may_see
from apps.whitelists.services.editions import open_edition

VERB = "以本期名单起草下一期"
NEGOTIATED = (EditionStatus.DRAFT, EditionStatus.PROPOSED, EditionStatus.COUNTERED)
LONGEST_NAME = 80


@transaction.atomic
def carry_over(*, edition_id: int, begins_on: date, ends_on: date, by: User, now: datetime, name: str = "") -> Edition:
    """A draft for a later period with the lines of a confirmed list, their numbers and present quotas (tonnes).

    Lines without quota (all of it was moved away) are left behind; nothing else is judged here: what no longer
    holds stays in the draft and is found on proposing. Raises ListNotFound, ListNotAllowed; WhitelistError
    ``carry.not_confirmed``, ``carry.too_early``, ``carry.exists``, ``edition.invalid``.
    """
    # Locked, so that two of the destination don't both begin the same draft.
    source = Edition.objects.select_for_update(of=("self",), no_key=True).filter(pk=edition_id).first()
    standing = standing_of(by, local_day(now))
    if source is None or not may_see(source, standing):
        raise ListNotFound
    if not acts_for(source, standing, source.destination_id):
        raise ListNotAllowed(VERB, "名单由接受地的名单管理员起草。")
    _refuse(source, begins_on, ends_on)
    made = open_edition(
        name=name.strip() or name_of_next(source, begins_on),
        origin=source.origin,
        destination=source.destination,
        begins_on=begins_on,
        ends_on=ends_on,
        consent_mode=ConsentMode(source.consent_mode),
        limits_validity=source.limits_validity,
        carried_from=source,
        by=by,
        now=now,
    )
    EditionLine.objects.bulk_create(lines_carried(edition=source, into=made), batch_size=2000)
    return made


def lines_carried(*, edition: Edition, into: Edition) -> list[EditionLine]:
    """The lines that a draft after ``edition`` begins with, not saved."""
    entries = WhitelistEntry.objects.filter(edition=edition, quota_t__gt=0).select_related("operator")
    return [
        EditionLine(
            edition=into,
            number=entry.number,
            operator=entry.operator,
            waste_codes=entry.waste_codes,
            category_id=entry.category_id,
            method=entry.method,
            quota_t=entry.quota_t,
        )
        for entry in entries.order_by(by_number(), "pk")
    ]


def name_of_next(edition: Edition, begins_on: date) -> str:
    """The list's name with the new year in the place of the old, or with its first day behind it."""
    name = edition.name.replace(str(edition.begins_on.year), str(begins_on.year))
    if name == edition.name:
        name = f"{edition.name[: LONGEST_NAME - 14]}（{begins_on} 起）"
    return name[:LONGEST_NAME]


def _refuse(source: Edition, begins_on: date, ends_on: date) -> None:
    if source.status != EditionStatus.CONFIRMED:
        raise WhitelistError(
            "carry.not_confirmed", f"{source.name}{source.get_status_display()}，只能延续已确认的名单。"
        )
    if begins_on <= source.ends_on:
        raise WhitelistError(
            "carry.too_early",
            f"下一期须从 {source.ends_on} 之后开始：{source.name}到该日为止有效。",
            field="begins_on",
        )
    other = Edition.objects.of_pair(origin_id=source.origin_id, destination_id=source.destination_id).filter(
        status__in=NEGOTIATED, begins_on__lte=ends_on, ends_on__gte=begins_on
    )
    if found := other.order_by("pk").first():
        raise WhitelistError(
            "carry.exists",
            f"同一方向、期间重叠的{found.name}{found.get_status_display()}，请在其中修改，或者先放弃它。",
            field="begins_on",
        )
