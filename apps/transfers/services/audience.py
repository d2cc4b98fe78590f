"""Whom a rung of the ladder tells: the people who stand in that role on the rung's day, by name, for the case's log."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

from apps.organisations.enums import BUREAU_ROLES, BureauLevel, Role
from apps.organisations.models import Bureau, Membership, User
from apps.organisations.services.deputies import holders_of
from apps.transfers.models import Application, CaseHandler

# The origin's handler, whoever holds the case: the reminder letter is theirs to write.
ORIGIN_HANDLER = "origin_handler"
Told = dict[str, object]


class Audience:
    """Of some applications that are served together: each bureau's people are read once a role and day."""

    def __init__(self, applications: Iterable[Application]) -> None:
        """Nothing is read before somebody is told."""
        self.keys = [application.pk for application in applications]
        self._standing: dict[tuple[int, str, date], list[tuple[User, Told]]] = {}

    def told(
        self, application: Application, *, addressee: str, holder: Bureau | None, origin: Bureau | None, on: date
    ) -> list[Told]:
        """Key and name of everybody who stands for ``addressee`` on the day; nobody where nobody does.

        Handlers are the one who takes care of the case, as long as they stand in the bureau; else all of them.
        """
        if addressee == Role.FILER:
            return self._filers(application, on)
        bureau = origin if addressee == ORIGIN_HANDLER else holder
        if bureau is None:
            return []
        role = Role.HANDLER if addressee == ORIGIN_HANDLER else addressee
        if bureau.level == BureauLevel.LOCAL:
            role = Role.LOCAL_OFFICER
        if role in (Role.HANDLER, Role.LOCAL_OFFICER):
            own = self._handlers.get((application.pk, bureau.pk))
            if own is not None and own.pk in self._anybody(bureau, on):
                return [_named(own)]
        return [named for _, named in self._of(bureau, role, on)]

    @cached_property
    def _handlers(self) -> Mapping[tuple[int, int], User]:
        rows = CaseHandler.objects.filter(application__in=self.keys).select_related("handler")
        return {(row.application_id, row.bureau_id): row.handler for row in rows}

    def _anybody(self, bureau: Bureau, on: date) -> set[int]:
        key = bureau.pk, "", on
        if key not in self._standing:
            self._standing[key] = _standing_in(bureau, on, BUREAU_ROLES)
        return {user.pk for user, _ in self._standing[key]}

    def _of(self, bureau: Bureau, role: str, on: date) -> list[tuple[User, Told]]:
        key = bureau.pk, role, on
        if key not in self._standing:
            self._standing[key] = _standing_in(bureau, on, (role,))
        return self._standing[key]

    def _filers(self, application: Application, on: date) -> list[Told]:
        rows = Membership.objects.in_force_on(on).filter(
            enterprise=application.generator_id, role=Role.FILER, user__is_active=True
        )
        return [_named(row.user) for row in rows.select_related("user").order_by("pk")]


def _standing_in(bureau: Bureau, on: date, roles: Iterable[str]) -> list[tuple[User, Told]]:
    people: dict[int, list[tuple[User, Told]]] = defaultdict(list)
    for holder in holders_of(bureau_id=bureau.pk, roles=list(roles), on=on):
        people[holder.user.pk].append((holder.user, {"id": holder.user.pk, "name": holder.told}))
    return [first for first, *_ in people.values()]


def _named(user: User) -> Told:
    return {"id": user.pk, "name": str(user)}
