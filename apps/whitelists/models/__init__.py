"""Tables of the lists, their negotiation, their ledger and their log."""

from apps.whitelists.models.adjusting import Adjustment
from apps.whitelists.models.bars import Bar, BarQuerySet
from apps.whitelists.models.demand import Demand, DemandChange
from apps.whitelists.models.editions import Edition, EditionQuerySet
from apps.whitelists.models.events import ListEvent, ListEventRecipient
from apps.whitelists.models.imports import ImportFile, LineImport
from apps.whitelists.models.ledger import QuotaMovement, WhitelistEntry
from apps.whitelists.models.rounds import EditionLine, EditionRound, LineKey, ListedLine, RoundLine

__all__ = [
    "Adjustment",
    "Bar",
    "BarQuerySet",
    "Demand",
    "DemandChange",
    "Edition",
    "EditionLine",
    "EditionQuerySet",
    "EditionRound",
    "ImportFile",
    "LineImport",
    "LineKey",
    "ListEvent",
    "ListEventRecipient",
    "ListedLine",
    "QuotaMovement",
    "RoundLine",
    "WhitelistEntry",
]
