"""Deputies (AB角): who stands in for whom, and who of a bureau may do what needs a role today."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.organisations.enums import DECIDING_ROLES, Role
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Bureau, Deputy, Membership, User
from apps.organisations.permissions import standing_of

# A deputy is named for a journey, a course, an illness; whoever is away longer is replaced by an appointment.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may do what needs the role: by an appointment, or as deputy (代) of ``instead_of``."""

    user: User
    role: Role
    instead_of: User | None = None

    @property
    def told(self) -> str:
        """The name as it stands on a list of who may sign."""
        return f"{self.user}（代{self.instead_of}）" if self.instead_of else str(self.user)


def name_deputy(
    *, bureau: Bureau, person: User, deputy: User, by: User, valid_from: date, valid_until: date, on: date, at: datetime
) -> Deputy:
    """Let ``deputy`` stand in for ``person`` at the bureau from the first to the last day; ``on`` is today, ``at`` now.

    The person themselves or the bureau's head says so. Raises OrganisationError: ``deputy.not_yours``,
    ``deputy.self``, ``deputy.role`` (one of them decides nothing at this bureau), ``deputy.term``,
    ``deputy.overlap``.
    """
    if by.pk != person.pk and bureau.pk not in standing_of(by, on).provincial_bureaus(Role.BUREAU_HEAD):
        raise OrganisationError("deputy.not_yours", "代理人由本人或者主要负责人指定。", "person")
    if person.pk == deputy.pk:
        raise OrganisationError("deputy.self", "本人不能代理本人。", "deputy")
    if not on <= valid_from <= valid_until <= valid_from + LONGEST:
        raise OrganisationError(
            "deputy.term", f"代理期限须自 {on} 或者以后起，止日不早于起日，最长一年。", "valid_until"
        )
    with transaction.atomic():
        # Two who name the same deputy at once: the second finds the first.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
        _both_decide(bureau, person, deputy, on)
        meets = Deputy.objects.filter(bureau=bureau, person=person, deputy=deputy)
        if meets.filter(valid_from__lte=valid_until, valid_until__gte=valid_from).exists():
            raise OrganisationError("deputy.overlap", f"{deputy}在这段时间内已代理{person}。", "valid_from")
        return Deputy.objects.create(
            bureau=bureau,
            person=person,
            deputy=deputy,
            valid_from=valid_from,
            valid_until=valid_until,
            named_by=by,
            named_at=at,
        )


def end_deputy(*, deputy_id: int, by: User, on: date) -> None:
    """End a deputy's time at once: from today (``on``) they may do nothing more; what was done stands.

    Raises OrganisationError ``deputy.none`` (there is no such one, or it is over), ``deputy.not_yours``.
    """
    with transaction.atomic():
        rows = Deputy.objects.select_for_update(of=("self",), no_key=True)
        row = rows.filter(pk=deputy_id, valid_until__gte=on).first()
        bureaus = standing_of(by, on)
        if row is None or row.bureau_id not in bureaus.provincial_bureaus(*DECIDING_ROLES):
            raise OrganisationError("deputy.none", "没有这项代理，或者已经结束。")
        if by.pk != row.person_id and row.bureau_id not in bureaus.provincial_bureaus(Role.BUREAU_HEAD):
            raise OrganisationError("deputy.not_yours", "代理由本人或者主要负责人解除。")
        yesterday = on - timedelta(days=1)
        if row.valid_from > yesterday:
            row.delete()
            return
        row.valid_until = yesterday
        row.save(update_fields=["valid_until"])


def holders_of(*, bureau_id: int, roles: Collection[str], on: date) -> list[Holder]:
    """Everybody who may do on that day what needs one of the roles: by appointment first, then deputies.

    Two queries. A closed account holds nothing; who holds a role themselves is listed once, not as deputy too.
    """
    appointed = [
        Holder(row.user, Role(row.role))
        for row in Membership.objects.in_force_on(on)
        .filter(bureau=bureau_id, role__in=roles, user__is_active=True)
        .select_related("user")
        .order_by("pk")
    ]
    by_person = {holder.user.pk: holder for holder in appointed}
    standing_in = (
        Deputy.objects.in_force_on(on)
        .filter(bureau=bureau_id, person__in=by_person, deputy__is_active=True)
        .select_related("person", "deputy")
        .order_by("pk")
    )
    deputies = [
        Holder(row.deputy, by_person[row.person_id].role, row.person)
        for row in standing_in
        if row.deputy_id not in by_person
    ]
    return [*by_person.values(), *deputies]


def colleagues(*, bureau_id: int, on: date) -> list[User]:
    """Everybody who decides at the bureau on that day, in the order of their appointment."""
    rows = Membership.objects.in_force_on(on).filter(bureau=bureau_id, role__in=DECIDING_ROLES, user__is_active=True)
    return list(dict.fromkeys(row.user for row in rows.select_related("user").order_by("pk")))


def deputies_of(*, bureau_ids: Iterable[int], on: date) -> list[Deputy]:
    """Deputies of these bureaus whose time is not over, the earliest first."""
    rows = Deputy.objects.filter(bureau__in=bureau_ids, valid_until__gte=on)
    return list(rows.select_related("bureau", "person", "deputy", "named_by").order_by("valid_from", "pk"))


def _both_decide(bureau: Bureau, person: User, deputy: User, on: date) -> None:
    """A deputy signs for the same bureau: who has no office there would act for another party."""
    rows = Membership.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=on),
        bureau=bureau,
        role__in=DECIDING_ROLES,
        user__in=[person, deputy],
    )
    here = set(rows.values_list("user_id", flat=True))
    for one in (person, deputy):
        if one.pk not in here:
            field = "person" if one.pk == person.pk else "deputy"
            raise OrganisationError("deputy.role", f"{one}在{bureau}没有办理职务，不能代理或者被代理。", field)
