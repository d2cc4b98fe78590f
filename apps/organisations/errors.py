"""Refusals of this app: a stable code beside a sentence for people, and the field that it is about."""

from decimal import Decimal


class OrganisationError(Exception):
    """A refusal: ``code`` is stable for programs, ``sentence`` for people, ``field`` the input at fault or ''."""

    def __init__(self, code: str, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.field = field


class CapacityExceeded(OrganisationError):
    """The permit's year has less left than is asked for; nothing was taken. Figures in tonnes."""

    def __init__(self, *, number: str, year: int, limit_t: Decimal, taken_t: Decimal, asked_t: Decimal) -> None:
        over_t = taken_t + asked_t - limit_t
        super().__init__(
            "capacity.exceeded",
            f"许可证 {number} 在 {year} 年度的能力上限为 {limit_t:.4f} 吨，已批准 {taken_t:.4f} 吨，"
            f"本次 {asked_t:.4f} 吨，超出 {over_t:.4f} 吨。请减少数量，或者由接受地另行明示上限。",
            "amount_t",
        )
        self.limit_t = limit_t
        self.taken_t = taken_t
        self.asked_t = asked_t
        self.over_t = over_t


class AccountRefused(OrganisationError):
    """A refusal about an account, an invitation or a code."""
