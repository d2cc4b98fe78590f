"""Opening a prepared act under its application's lock: whether it still stands, whose turn it is."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.deadlines.workdays import ZONE
from apps.organisations.enums import DECIDING_ROLES
from apps.organisations.models import User
from apps.organisations.permissions import standing_of
from apps.organisations.services.deputies import Holder, holders_of
from apps.transfers import permissions as may
from apps.transfers.enums import PreparationState, SigningKind
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import LogRow, Preparation, SigningStep
from apps.transfers.rules.signing import at_least
from apps.transfers.services.acting import begin
from apps.transfers.services.acts import Act
from apps.transfers.services.one_party import for_one_party

VERBS = {"review": "审核", "sign": "签发"}


def seen_by(user: User, act_on: datetime) -> QuerySet[Preparation]:
    """Prepared acts of the bureaus where the person decides: nobody else sees them."""
    bureaus = standing_of(user, act_on.astimezone(ZONE).date()).provincial_bureaus(*DECIDING_ROLES)
    return Preparation.objects.filter(bureau__in=bureaus)


def opened(*, preparation_id: int, by: User, now: datetime) -> tuple[Act, Preparation]:
    """Lock the application, then read what was prepared on it. Raises NotFound; needs a transaction.

    The application's lock is the preparation's, too: whoever waited for it reads what the other made of it.
    """
    found = seen_by(by, now).filter(pk=preparation_id).values_list("application_id", flat=True).first()
    if found is None:
        raise NotFound
    act = begin(application_id=found, by=by, now=now)
    return act, read_under_lock(preparation_id=preparation_id)


def read_under_lock(*, preparation_id: int) -> Preparation:
    """The prepared act as it stands now, with its people."""
    rows = Preparation.objects.select_related("bureau", "handler", "reviewer", "signatory")
    return rows.get(pk=preparation_id)


def require_waiting(preparation: Preparation, revision: int) -> None:
    """Refuse what somebody else signed, changed, sent back or dropped meanwhile, and what the case left behind.

    Raises Refused ``preparation.signed``, ``.sent_back``, ``.dropped``, ``.changed``, ``.void``.
    """
    state = PreparationState(preparation.state)
    if state not in {PreparationState.PREPARED, PreparationState.REVIEWED}:
        raise Refused(f"preparation.{state}", f"{_told(preparation)}，请刷新页面。")
    if preparation.revision != revision:
        raise Refused("preparation.changed", f"您打开之后，{_told(preparation)}，请重新核对。")
    require_standing(preparation)


def require_standing(preparation: Preparation) -> None:
    """Refuse what was prepared on a case that has moved since. Raises Refused ``preparation.void``."""
    moved = moves_since(preparation).first()
    if moved is not None:
        raise Refused("preparation.void", void_sentence(moved))


def void_sentence(moved: LogRow) -> str:
    """What happened to the case since the act was prepared."""
    when = f"{moved.occurred_at.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return f"拟办之后案件已变化（{moved.actor_name} {when} 办理），该拟办失效，请返回案件重新拟办。"


def moves_since(preparation: Preparation) -> QuerySet[LogRow]:
    """Acts that moved the case since: a telephone call, a supplement or an acceptance leave the stage as it was."""
    rows = LogRow.objects.filter(application=preparation.application_id, position__gt=preparation.position)
    return rows.exclude(from_state=F("to_state")).order_by("position")


def has_moved() -> Exists:
    """The same as a question to the database, of each row of a list."""
    rows = LogRow.objects.filter(application=OuterRef("application"), position__gt=OuterRef("position"))
    return Exists(rows.filter(~Q(from_state=F("to_state"))))


def holder_for(preparation: Preparation, by: User, act: Act) -> Holder:
    """As who the person may do the step that waits. Raises NotAllowed with who can.

    Each step is another person's, and nobody stands in for somebody who did an earlier one.
    """
    verb = VERBS["sign" if preparation.waits_for_signature else "review"]
    if len(may.parties_of(act.application, by)) != 1:
        raise NotAllowed(verb, "同一案件中不得为两方办理。")
    able = able_holders(preparation, act.on)
    for holder in able:
        if holder.user.pk == by.pk:
            return holder
    names = "、".join(holder.told for holder in able) or "目前无人"
    raise NotAllowed(verb, f"经办、审核、签发须各由一人；可以{verb}的：{names}。")


def able_holders(preparation: Preparation, on: date) -> list[Holder]:
    """Who can still do the step that waits: those of the role or above, and their deputies."""
    done = {preparation.handler_id, preparation.reviewer_id} - {None}
    holders = holders_of(bureau_id=preparation.bureau_id, roles=at_least(preparation.waits_for), on=on)
    return [
        holder
        for holder in holders
        if holder.user.pk not in done and (holder.instead_of is None or holder.instead_of.pk not in done)
    ]


def note_step(
    *,
    preparation: Preparation,
    kind: SigningKind,
    by: User,
    now: datetime,
    remark: str,
    holder: Holder | None = None,
) -> SigningStep:
    """Write down what was done with it. Raises Refused ``one_party``."""
    position = preparation.steps.count() + 1
    with for_one_party():
        return SigningStep.objects.create(
            preparation=preparation,
            position=position,
            kind=kind,
            by=by,
            instead_of=holder.instead_of if holder else None,
            remark=remark,
            revision=preparation.revision,
            at=now,
        )


def keep(preparation: Preparation, changed: Iterable[str] = ()) -> None:
    """Save these fields, or all; the database itself refuses a second live one or a signer who is the handler. Raises Refused."""
    try:
        with transaction.atomic():
            preparation.save(update_fields=list(changed) or None)
    except IntegrityError as error:
        raise Refused("preparation.people", "经办、审核、签发须各由一人，且一个事项只能有一份在办的拟办。") from error


def _told(preparation: Preparation) -> str:
    """Who did the last step, when: whoever lost a race is told."""
    last = preparation.steps.select_related("by", "instead_of").order_by("-position").first()
    if last is None:
        return f"该拟办现为“{preparation.get_state_display()}”"
    who = f"{last.by}（代{last.instead_of}）" if last.instead_of else str(last.by)
    remark = f"：{last.remark}" if last.remark else ""
    return f"{who} 已于 {last.at.astimezone(ZONE):%Y-%m-%d %H:%M} {last.get_kind_display()}{remark}"
