"""The state machine of a list (docs/rules.md §16): every transition is one decorated method.

The decorator is the table's row: from, to, who (``permission``), when (``conditions``). The body sets nothing but
the list's own fields; rounds, entries, the ledger and the log belong to the services, which also ask for the
permission (calling a transition does not).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django_fsm import FSMField, transition

from apps.whitelists import permissions as may
from apps.whitelists.enums import EditionStatus


def has_unchanged_lines(edition: EditionStates) -> bool:
    """What is confirmed is what the other side proposed, line by line (a fact that the service loads)."""
    return not edition.has_changed_lines


class EditionStates(models.Model):
    """State and transitions. The first attributes are facts of the moment, set by ``services.turns``."""

    status = FSMField("状态", max_length=10, choices=EditionStatus, default=EditionStatus.DRAFT, protected=True)

    today: date
    has_changed_lines: bool = False

    if TYPE_CHECKING:  # columns of the list that the bodies set
        origin_letter_no: Any
        destination_letter_no: Any
        confirmed_at: Any

    class Meta:
        abstract = True

    @transition(
        field=status,
        source=[EditionStatus.DRAFT, EditionStatus.COUNTERED],
        target=EditionStatus.PROPOSED,
        permission=may.is_destination,
        custom={"verb": "提出名单"},
    )
    def propose(self, *, letter_no: str) -> None:
        self.destination_letter_no = letter_no

    @transition(
        field=status,
        source=EditionStatus.PROPOSED,
        target=EditionStatus.COUNTERED,
        permission=may.is_origin,
        custom={"verb": "反馈意见"},
    )
    def counter(self) -> None:
        """The letter of a counter, when there is one, is its round's."""

    @transition(
        field=status,
        source=EditionStatus.PROPOSED,
        target=EditionStatus.CONFIRMED,
        permission=may.is_origin,
        conditions=[has_unchanged_lines],
        custom={"verb": "确认名单"},
    )
    def confirm(self, *, letter_no: str, at: datetime) -> None:
        self.origin_letter_no = letter_no
        self.confirmed_at = at

    @transition(
        field=status,
        source=EditionStatus.DRAFT,
        target=EditionStatus.ABANDONED,
        permission=may.is_destination,
        custom={"verb": "放弃"},
    )
    @transition(
        field=status,
        source=[EditionStatus.PROPOSED, EditionStatus.COUNTERED],
        target=EditionStatus.ABANDONED,
        permission=may.is_one_side,
        custom={"verb": "放弃"},
    )
    def abandon(self) -> None:
        """Nothing of the list changes; why stands in the log."""

    @transition(
        field=status,
        source=EditionStatus.DRAFT,
        target=EditionStatus.CONFIRMED,
        permission=may.is_installation,
        custom={"verb": "录入已商定名单"},
    )
    def enter(self, *, origin_letter_no: str, destination_letter_no: str, at: datetime) -> None:
        self.origin_letter_no = origin_letter_no
        self.destination_letter_no = destination_letter_no
        self.confirmed_at = at
