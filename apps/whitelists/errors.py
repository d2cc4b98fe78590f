"""Refusals of this app: a stable code beside a sentence for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


class WhitelistError(Exception):
    """A refusal: ``code`` is stable for programs, ``sentence`` is for people, ``field`` for forms."""

    def __init__(self, code: str, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.field = field


@dataclass(frozen=True, slots=True)
class Shortfall:
    """By how much one entry falls short, in tonnes."""

    entry_id: int
    label: str
    available_t: Decimal
    asked_t: Decimal

    @property
    def over_t(self) -> Decimal:
        return self.asked_t - self.available_t

    @property
    def sentence(self) -> str:
        return f"{self.label}剩余 {self.available_t:.4f} 吨，本次申请 {self.asked_t:.4f} 吨，超出 {self.over_t:.4f} 吨"


class QuotaExceeded(WhitelistError):
    """At least one entry has less left than is asked for; nothing was held."""

    def __init__(self, shortfalls: Sequence[Shortfall]) -> None:
        super().__init__("quota.exceeded", "；".join(shortfall.sentence for shortfall in shortfalls) + "。")
        self.shortfalls = tuple(shortfalls)


class ListNotFound(WhitelistError):
    """The person may not see it, or there is no such thing: doors answer 404 either way."""

    def __init__(self) -> None:
        super().__init__("not_found", "没有找到该名单。")


class ListNotAllowed(WhitelistError):
    """The person may see it but not do this; ``standing`` says how it stands, for who was a moment too late."""

    def __init__(self, verb: str, standing: str = "") -> None:
        super().__init__("not_allowed", f"您无权“{verb}”。{standing}")


class FindingsStand(WhitelistError):
    """Something speaks against the list: ``told`` says what, line by line; warnings only need to be known."""

    def __init__(self, *, is_blocking: bool, told: Sequence[str]) -> None:
        code = "edition.findings" if is_blocking else "edition.warnings"
        end = "" if is_blocking else "确认知悉后可以继续。"
        shown = "；".join(one.rstrip("。") for one in told[:5])
        more = f"……共 {len(told)} 项" if len(told) > 5 else ""  # noqa: PLR2004 - as many as a sentence bears
        super().__init__(code, f"{shown}{more}。{end}")
        self.is_blocking = is_blocking
        self.told = tuple(told)
