"""Who acts for whom: appointments with their days; the door to the admin."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q

from apps.organisations.enums import (
    BUREAU_ROLES,
    ENTERPRISE_ROLES,
    LOCAL_ROLES,
    BureauLevel,
    Role,
)
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Bureau, Enterprise, Membership, User


@transaction.atomic
def appoint(
    *,
    user: User,
    role: Role,
    valid_from: date,
    enterprise: Enterprise | None = None,
    bureau: Bureau | None = None,
    valid_until: date | None = None,
) -> Membership:
    """Give a person a role for a party from the first to the last day (both inside; None: open-ended).

    Raises OrganisationError: ``membership.party`` (the role needs another kind of party), ``membership.level``
    (local role at a provincial bureau or the reverse), ``membership.side`` (operator's staff of no operator, filer
    of no generator), ``membership.term``, ``membership.overlap`` (the same role on some of these days already).
    """
    check_appointment(role=role, enterprise=enterprise, bureau=bureau, valid_from=valid_from, valid_until=valid_until)
    # The overlap is looked for under the person's lock: two who appoint at once can't both find nothing.
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    same = Membership.objects.filter(user=user, role=role, enterprise=enterprise, bureau=bureau)
    meets = Q(valid_until__isnull=True) | Q(valid_until__gte=valid_from)
    if valid_until is not None:
        meets &= Q(valid_from__lte=valid_until)
    if same.filter(meets).exists():
        sentence = f"{user}在这段时间内已任{role.label}，不必重复。"
        raise OrganisationError("membership.overlap", sentence, "valid_from")
    return Membership.objects.create(
        user=user, role=role, enterprise=enterprise, bureau=bureau, valid_from=valid_from, valid_until=valid_until
    )


def check_appointment(
    *, role: Role, enterprise: Enterprise | None, bureau: Bureau | None, valid_from: date, valid_until: date | None
) -> None:
    """Whether the role, its party and its days fit together at all. Raises OrganisationError as `appoint`."""
    _check_party(role, enterprise, bureau)
    if valid_until is not None and valid_until < valid_from:
        raise OrganisationError("membership.term", f"任职止日 {valid_until} 早于起日 {valid_from}。", "valid_until")


def _check_party(role: Role, enterprise: Enterprise | None, bureau: Bureau | None) -> None:
    if (enterprise is not None) != (role in ENTERPRISE_ROLES) or (bureau is not None) != (role in BUREAU_ROLES):
        sentence = f"{role.label}：企业角色须选单位，机关角色须选机关，其他角色两者都不选。"
        raise OrganisationError("membership.party", sentence, "role")
    if bureau is not None and (bureau.level == BureauLevel.LOCAL) != (role in LOCAL_ROLES):
        raise OrganisationError("membership.level", f"{bureau.name}不设{role.label}这一角色。", "role")
    if enterprise is not None and role == Role.OPERATOR_STAFF and not enterprise.is_operator:
        raise OrganisationError("membership.side", f"{enterprise.name}不是经营单位，不能设接受单位人员。", "role")
    if enterprise is not None and role == Role.FILER and not enterprise.generator_kind:
        raise OrganisationError("membership.side", f"{enterprise.name}不是移出人，不能设企业经办人。", "role")


@transaction.atomic
def grant_administration(*, user: User, app_labels: Iterable[str] = ("catalogue", "organisations")) -> None:
    """Let a system administrator into the admin: view, add and change there, delete nothing, decide nothing.

    What must not change (ledgers, logs, statuses) is read-only in the admin itself. The account is no superuser.
    """
    granted = Permission.objects.filter(content_type__app_label__in=app_labels).exclude(codename__startswith="delete_")
    user.user_permissions.add(*granted)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
