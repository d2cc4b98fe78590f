"""No person acts for two parties of one case (docs/rules.md §9), not even one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from apps.transfers.errors import Refused

CONSTRAINT = "one_party_a_person"


@contextmanager
def for_one_party() -> Iterator[None]:
    """Around the row that names who acted: the table refuses a second party, here that becomes a sentence.

    The transaction is broken by then; whoever opened it has to leave it. Raises Refused ``one_party``.
    """
    try:
        yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) != CONSTRAINT:
            raise
        sentence = "您已代表另一方办理过该申请，同一人不得在同一件申请中代表两方，请由他人办理。"
        raise Refused("one_party", sentence) from error
