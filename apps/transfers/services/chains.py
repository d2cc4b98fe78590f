"""The sign-off chain at the door of every act: a transition fires when it is signed (docs/rules.md §9).

A service called by a person at a bureau with a longer chain is refused, unless the call is the signature itself:
``signed`` says so for the calls inside it, so that no service has to carry the signature through.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from apps.catalogue.kept import Kept, read_version
from apps.organisations.models import Bureau, User
from apps.organisations.reading import bureaus
from apps.organisations.services.deputies import holders_of
from apps.transfers import permissions as may
from apps.transfers.errors import Refused
from apps.transfers.models import Application, SignoffChain
from apps.transfers.rules.signing import CHAINED, at_least, chain_in_words
from apps.transfers.services.acts import Act


@dataclass(frozen=True, slots=True)
class Chain:
    """The roles of a bureau's chain for one act; none where it never said any."""

    bureau: Bureau
    roles: tuple[str, ...]

    @property
    def needs_others(self) -> bool:
        return len(self.roles) > 1


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature under which a service is called: for which case and act, and what the log tells of it."""

    application_id: int
    name: str
    told: Mapping[str, Any] = field(default_factory=dict)


_SIGNATURE: ContextVar[Signature | None] = ContextVar("signature", default=None)


@contextmanager
def signed(signature: Signature) -> Iterator[None]:
    """Services called inside are called by the signature."""
    token = _SIGNATURE.set(signature)
    try:
        yield
    finally:
        _SIGNATURE.reset(token)


def chain_for(*, application: Application, name: str, by: User) -> Chain | None:
    """The chain of the bureau for which the person acts on this case; None for acts and parties without one.

    One query. ``application.today`` has to be set.
    """
    province_id = _province_of(application, by) if name in CHAINED else None
    return _read(province_id, name) if province_id else None


def require_signature(act: Act, name: str) -> None:
    """Refuse who acts alone where the chain asks for others or for a higher role; costs no query of its own.

    Raises Refused ``signature.needed``, ``signature.role``.
    """
    if name not in CHAINED or not isinstance(act.by, User):
        return
    province_id = _province_of(act.application, act.by)
    if province_id is None:
        return
    chain = _read(province_id, name, act.calendar.stamp)
    signature = _SIGNATURE.get()
    if signature is not None and (signature.application_id, signature.name) == (act.application.pk, name):
        if signature.told:
            act.details["signoff"] = dict(signature.told)
        return
    if chain.needs_others:
        raise Refused("signature.needed", f"本机关的这一事项须经{chain_in_words(chain.roles)}后生效，请送审。")
    if chain.roles:
        words = f"本机关的这一事项由{chain_in_words(chain.roles)}，您没有该角色。"
        _require_role(chain, act, words)


def require_signatory(act: Act, *, name: str, province_id: str) -> None:
    """Refuse who could not have signed the act ``name`` at the province's bureau; where no chain says so, nobody.

    For what corrects no more than the wording of that act's paper: it is signed, but not prepared and reviewed again.
    Raises Refused ``signature.role``.
    """
    chain = _read(province_id, name, act.calendar.stamp)
    if chain.roles:
        words = f"本机关签发该类文书须经{chain_in_words(chain.roles)}，更正由有权签发的人办理，您没有该角色。"
        _require_role(chain, act, words)


def _require_role(chain: Chain, act: Act, words: str) -> None:
    """Who has the role of the chain's last step or a higher one, or stands in for one who has it."""
    allowed = holders_of(bureau_id=chain.bureau.pk, roles=at_least(chain.roles[-1]), on=act.on)
    holder = next((one for one in allowed if one.user == act.by), None)
    if holder is None:
        raise Refused("signature.role", words)
    if holder.instead_of:
        act.details["signoff"] = {"signatory": holder.told}


def _province_of(application: Application, by: User) -> str | None:
    parties = may.parties_of(application, by)
    if parties == {may.ORIGIN}:
        return application.origin_id
    return application.destination_id if parties == {may.DESTINATION} else None


def _read(province_id: str, name: str, stamp: str = "") -> Chain:
    """The bureau with its chain for the act, else its general one."""
    stamp = stamp or read_version()
    bureau, kept = bureaus(stamp).provincial[province_id], _chains(stamp)
    return Chain(bureau, kept.get((bureau.pk, name)) or kept.get((bureau.pk, "")) or ())


def _read_chains() -> dict[tuple[int, str], tuple[str, ...]]:
    return {(row.bureau_id, row.act): tuple(row.roles) for row in SignoffChain.objects.all()}


_chains = Kept(_read_chains)
