"""The one way to act on a list under negotiation: lock it, ask whether the person may, and say who was first.

Lock order (see the floors' one order): the list, then the operators whose tonnes grow, then the entries; its lines
need no lock of their own, because whoever writes one holds the list's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.catalogue.reading import places
from apps.deadlines.workdays import ZONE, local_day
from apps.organisations.models import Bureau, User
from apps.organisations.permissions import standing_of
from apps.organisations.reading import bureaus
from apps.whitelists.errors import ListNotAllowed, ListNotFound, WhitelistError
from apps.whitelists.models import Edition
from apps.whitelists.permissions import may_edit, may_see
from apps.whitelists.states import EditionStates, has_unchanged_lines

UNIQUE_NAME = "whitelists_edition_name"


@contextmanager
def negotiating(*, edition_id: int, name: str, seen_round: int, by: User, now: datetime) -> Iterator[Edition]:
    """Lock the list for the transition ``name``; the body makes it, and the list is saved after.

    ``seen_round`` is the last round that the person had read (0 before the first). Raises ListNotFound,
    ListNotAllowed, WhitelistError ``edition.moved`` for who came a moment too late, ``edition.invalid``.
    """
    with transaction.atomic():
        edition = lock_edition(edition_id=edition_id, by=by, now=now)
        require(edition, name, by)
        if last_round(edition) != seen_round:
            raise WhitelistError("edition.moved", f"名单在您查看之后有变动：{standing_of_list(edition)}。请刷新页面。")
        yield edition
        save_edition(edition)


def lock_edition(*, edition_id: int, by: User, now: datetime) -> Edition:
    """The list, locked, with its facts of the moment. Raises ListNotFound. Needs a transaction."""
    edition = Edition.objects.select_for_update(of=("self",), no_key=True).filter(pk=edition_id).first()
    today = local_day(now)
    if edition is None or not may_see(edition, standing_of(by, today)):
        raise ListNotFound
    edition.today = today
    return edition


def lock_for_lines(*, edition_id: int, by: User, now: datetime) -> Edition:
    """The list, locked, when it is the person's side that may change its lines.

    Raises ListNotFound, ListNotAllowed. Needs a transaction.
    """
    edition = lock_edition(edition_id=edition_id, by=by, now=now)
    if not may_edit(edition, standing_of(by, edition.today)):
        raise ListNotAllowed("修改条目", f"{standing_of_list(edition)}，现在不由您这一方修改。")
    return edition


def last_round(edition: Edition) -> int:
    """Position of the last round that was handed over; 0 before the first."""
    return edition.rounds.order_by("-position").values_list("position", flat=True).first() or 0


def standing_of_list(edition: Edition) -> str:
    """What became of the list and by whom: whoever loses a race is told."""
    last = edition.events.exclude(to_status="").order_by("-pk").first()
    who = ""
    if last is not None:
        who = f"（{last.actor_name} {last.occurred_at.astimezone(ZONE):%Y-%m-%d %H:%M}）"
    return f"名单现为“{edition.get_status_display()}”{who}"


def save_edition(edition: Edition) -> None:
    """Save a list; what the database does not take is told as a sentence: WhitelistError ``edition.invalid``."""
    try:
        # full_clean would write the protected state, and ask the database what the constraints answer anyway.
        edition.clean_fields(exclude=["status"])
    except ValidationError as error:
        raise WhitelistError("edition.invalid", " ".join(error.messages)) from error
    try:
        with transaction.atomic():
            edition.save()
    except IntegrityError as error:
        if UNIQUE_NAME in str(error):
            raise WhitelistError("edition.invalid", f"已有名为“{edition.name}”的名单。", field="name") from error
        for constraint in Edition._meta.constraints:
            if f'"{constraint.name}"' in str(error):
                raise WhitelistError("edition.invalid", str(constraint.violation_error_message)) from error
        raise


def bureau_of(province_id: str) -> Bureau | None:
    """The provincial bureau, for the log."""
    return bureaus().provincial.get(province_id)


def name_of(province_id: str) -> str:
    """The province's name."""
    return str(places().provinces[province_id])


def require(edition: Edition, name: str, by: User) -> None:
    """Ask the machine: may this person, from this state? Raises ListNotAllowed or WhitelistError ``edition.moved``."""
    machine = getattr(EditionStates, name)._django_fsm
    rows = list(machine.transitions.values())
    verb = rows[0].custom["verb"]
    if not any(row.has_perm(edition, by) for row in rows):
        raise ListNotAllowed(verb, f"{standing_of_list(edition)}。")
    if not machine.has_transition(edition.status):
        raise WhitelistError("edition.moved", f"{standing_of_list(edition)}，不能再“{verb}”，请刷新页面。")
    row = machine.get_transition(edition.status)
    if not row.has_perm(edition, by):
        raise ListNotAllowed(verb, f"{standing_of_list(edition)}。")
    if not all(condition(edition) for condition in row.conditions or [] if condition is not has_unchanged_lines):
        raise WhitelistError("edition.moved", f"{standing_of_list(edition)}，请刷新页面。")
