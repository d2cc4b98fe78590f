"""Refusals of this app: a stable code beside a sentence for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


class WhitelistError(Exception):
    """A refusal: ``code`` is stable for programs, ``sentence`` is for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


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
