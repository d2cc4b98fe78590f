"""What a figure in tonnes may be. Pure."""

from decimal import Decimal

from apps.organisations.rules import FOUR_PLACES, MOST_TONNES


def is_recordable(amount: Decimal) -> bool:
    """A number at all, within what a column takes, with at most four places.

    Asked before any comparison: NaN can't be compared, and what is endless or huge can't be rounded.
    """
    return amount.is_finite() and abs(amount) <= MOST_TONNES and amount == amount.quantize(FOUR_PLACES)
