"""Who somebody is on a day: the one answer that every door and every queryset asks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from django.contrib.auth.models import AnonymousUser

from apps.organisations.enums import ENTERPRISE_ROLES, PROVINCIAL_ROLES, SECOND_STEP_ROLES, Role
from apps.organisations.models import Membership, User


@dataclass(frozen=True, slots=True)
class Holding:
    """One role in force, with the key of its party and where that party stands."""

    role: Role
    enterprise_id: int | None = None
    bureau_id: int | None = None
    division_id: str = ""
    province_id: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """All roles of a person on one day. Nobody has a role without a membership in force; a superuser neither."""

    holdings: tuple[Holding, ...] = ()
    roles: frozenset[Role] = field(default=frozenset())

    @classmethod
    def of(cls, holdings: Iterable[Holding]) -> Self:
        """Standing of one who holds these roles."""
        kept = tuple(holdings)
        return cls(holdings=kept, roles=frozenset(holding.role for holding in kept))

    def _held(self, wanted: tuple[str, ...], possible: tuple[Role, ...]) -> Iterable[Holding]:
        roles = frozenset[str](wanted or possible).intersection(possible)
        return (holding for holding in self.holdings if holding.role in roles)

    def enterprises(self, *roles: str) -> frozenset[int]:
        """Keys of the enterprises for which the person has one of `roles` (any enterprise role when none is named)."""
        held = self._held(roles, ENTERPRISE_ROLES)
        return frozenset(holding.enterprise_id for holding in held if holding.enterprise_id is not None)

    def provincial_bureaus(self, *roles: str) -> frozenset[int]:
        """Keys of the provincial bureaus in which the person has one of `roles` (any provincial role when none)."""
        held = self._held(roles, PROVINCIAL_ROLES)
        return frozenset(holding.bureau_id for holding in held if holding.bureau_id is not None)

    def provinces(self, *roles: str) -> frozenset[str]:
        """Division codes ('500000') of the provinces in whose bureau the person has one of `roles`."""
        return frozenset(holding.province_id for holding in self._held(roles, PROVINCIAL_ROLES))

    def local_bureaus(self) -> frozenset[int]:
        """Keys of the local bureaus for which the person gives opinions."""
        held = self._held((Role.LOCAL_OFFICER,), (Role.LOCAL_OFFICER,))
        return frozenset(holding.bureau_id for holding in held if holding.bureau_id is not None)

    def local_divisions(self) -> frozenset[str]:
        """Division codes of the local bureaus for which the person gives opinions."""
        held = self._held((Role.LOCAL_OFFICER,), (Role.LOCAL_OFFICER,))
        return frozenset(holding.division_id for holding in held)

    @property
    def is_auditor(self) -> bool:
        """Sees everything but drafts and changes nothing."""
        return Role.AUDITOR in self.roles

    @property
    def is_system_admin(self) -> bool:
        """Keeps accounts, reference data and the calendar; decides nothing."""
        return Role.SYSTEM_ADMIN in self.roles

    @property
    def needs_second_step(self) -> bool:
        """Whether a password alone is too little for what the person may see or do."""
        return not self.roles.isdisjoint(SECOND_STEP_ROLES)


NOBODY = Standing()


def standing_of(user: User | AnonymousUser, today: date) -> Standing:
    """Standing of `user` on the day `today`; empty for a visitor or a closed account.

    One query the first time; kept on the user instance per day, so a request asks once. A membership changed
    meanwhile shows on the next request.
    """
    if not isinstance(user, User) or not user.is_active or user.pk is None:
        return NOBODY
    cache: dict[date, Standing] = user.__dict__.setdefault("_standing_cache", {})
    if today not in cache:
        cache[today] = Standing.of(_holdings(user, today))
    return cache[today]


def _holdings(user: User, today: date) -> list[Holding]:
    rows = Membership.objects.in_force_on(today).filter(user=user).order_by("pk")
    return [
        Holding(
            role=Role(role),
            enterprise_id=enterprise_id,
            bureau_id=bureau_id,
            division_id=division_id or "",
            province_id=province_id or "",
        )
        for role, enterprise_id, bureau_id, division_id, province_id in rows.values_list(
            "role", "enterprise_id", "bureau_id", "bureau__division_id", "bureau__province_id"
        )
    ]
