"""The order of line numbers: 川A-9 before 川A-10, as people count. Pure."""

import re

# As many digits as the longest number has signs.
WIDTH = 8
DIGITS = re.compile("[0-9]+")


def number_key(number: str) -> str:
    """What sorts numbers naturally when it is compared as text."""
    return DIGITS.sub(lambda found: found[0].zfill(WIDTH), number)
