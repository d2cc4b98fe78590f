"""Preparing an act for review and signature, preparing it again after it was sent back, dropping it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.organisations.models import User
from apps.organisations.services.deputies import Holder, holders_of
from apps.transfers.attendances import ATTENDANCES
from apps.transfers.enums import PreparationState, SigningKind
from apps.transfers.errors import NotAllowed, Refused
from apps.transfers.models import Preparation
from apps.transfers.models.signing import LIVE
from apps.transfers.rules.signing import at_least, chain_in_words, next_step
from apps.transfers.services.acting import begin, require, require_attendance
from apps.transfers.services.acts import Act
from apps.transfers.services.chains import Chain, chain_for
from apps.transfers.services.signing.firing import payload_of
from apps.transfers.services.signing.knowing import is_clean, known_of
from apps.transfers.services.signing.opening import (
    has_moved,
    keep,
    note_step,
    opened,
    read_under_lock,
    require_waiting,
)
from apps.transfers.services.signing.rehearsing import rehearse

LONGEST_REMARK = 1000
CHANGING = (
    *("state", "payload", "roles", "waits_for", "from_state", "round", "position", "revision", "is_clean", "facts"),
    *("handler", "prepared_at", "reviewer", "reviewed_at"),
)


def prepare(
    *, application_id: int, name: str, by: User, now: datetime, arguments: Mapping[str, Any], remark: str = ""
) -> Preparation:
    """Prepare the act ``name`` with the service's ``arguments`` for review and signature; what was sent back anew.

    The act is rehearsed first: what the service would refuse is refused here. Raises NotFound, NotAllowed, Refused
    ``signature.alone`` (the bureau's chain asks for nobody else), ``preparation.waiting``, and what the act raises.
    """
    told = checked_remark(remark)
    with transaction.atomic():
        act = begin(application_id=application_id, by=by, now=now)
        (require_attendance if name in ATTENDANCES else require)(act, name)
        chain = chain_for(application=act.application, name=name, by=by)
        if chain is None or not chain.needs_others:
            raise Refused("signature.alone", "本机关的这一事项无须送审，请直接办理。")
        holder = _may_prepare(chain, by, act)
        payload = payload_of(arguments)
        rehearse(name=name, application_id=application_id, by=by, now=now, payload=payload)
        preparation = _standing(act, chain, name)
        preparation.revision += 1
        for field, value in _prepared(act, chain, name, payload, by).items():
            setattr(preparation, field, value)
        keep(preparation, CHANGING if preparation.pk else ())
        note_step(preparation=preparation, kind=SigningKind.PREPARED, by=by, now=now, remark=told, holder=holder)
    return preparation


def drop(*, preparation_id: int, by: User, now: datetime, remark: str = "") -> Preparation:
    """The handler takes back what is not signed yet. Raises NotFound, NotAllowed, Refused ``preparation.signed``."""
    told = checked_remark(remark)
    with transaction.atomic():
        _, preparation = opened(preparation_id=preparation_id, by=by, now=now)
        if preparation.handler_id != by.pk:
            raise NotAllowed("作废拟办", f"拟办由经办人 {preparation.handler} 作废。")
        if not preparation.is_live:
            require_waiting(preparation, preparation.revision)
        _drop(preparation, by=by, now=now, remark=told)
    return preparation


def checked_remark(remark: str) -> str:
    """A remark as it is kept. Raises Refused ``remark.long``."""
    told = remark.strip()
    if len(told) > LONGEST_REMARK:
        raise Refused("remark.long", f"意见最多 {LONGEST_REMARK} 字，现有 {len(told)} 字。", field="remark")
    return told


def _may_prepare(chain: Chain, by: User, act: Act) -> Holder:
    for holder in holders_of(bureau_id=chain.bureau.pk, roles=at_least(chain.roles[0]), on=act.on):
        if holder.user.pk == by.pk:
            return holder
    raise NotAllowed("拟办", f"签批流程：{chain_in_words(chain.roles)}。")


def _standing(act: Act, chain: Chain, name: str) -> Preparation:
    """What was sent back, to be changed; else a new one. One that the case left behind makes room."""
    live = (
        Preparation.objects.filter(application=act.application, act=name, state__in=LIVE)
        .annotate(has_moved=has_moved())
        .first()
    )
    if live is None:
        return Preparation(application=act.application, bureau=chain.bureau, act=name, revision=0)
    if live.has_moved or live.bureau_id != chain.bureau.pk:
        if isinstance(act.by, User):
            _drop(live, by=act.by, now=act.now, remark="案件已变化，重新拟办。")
        return Preparation(application=act.application, bureau=chain.bureau, act=name, revision=0)
    if live.state != PreparationState.SENT_BACK:
        kept = read_under_lock(preparation_id=live.pk)
        step = "签发" if kept.waits_for_signature else "审核"
        raise Refused(
            "preparation.waiting", f"{kept.handler} 已就同一事项拟办，正待{step}；如须改动，请先退回或者作废。"
        )
    return live


def _prepared(act: Act, chain: Chain, name: str, payload: dict[str, Any], by: User) -> dict[str, Any]:
    application = act.application
    known = known_of(application=application, today=act.on, calendar=act.calendar)
    return {
        "state": PreparationState.PREPARED,
        "payload": payload,
        "roles": list(chain.roles),
        "waits_for": next_step(chain.roles, 1),
        "from_state": application.state,
        "round": application.round,
        "position": application.log_length,
        "handler": by,
        "prepared_at": act.now,
        "reviewer": None,
        "reviewed_at": None,
        "is_clean": is_clean(application, name, payload, known),
        "facts": known,
    }


def _drop(preparation: Preparation, *, by: User, now: datetime, remark: str) -> None:
    preparation.state, preparation.waits_for = PreparationState.DROPPED, ""
    keep(preparation, ["state", "waits_for"])
    note_step(preparation=preparation, kind=SigningKind.DROPPED, by=by, now=now, remark=remark)
