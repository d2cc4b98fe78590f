"""One transaction for a verb, or its caller's."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import connection, transaction

P = ParamSpec("P")
R = TypeVar("R")


def joins_transaction(verb: Callable[P, R]) -> Callable[P, R]:
    """Run in the caller's transaction, or in one of its own where there is none.

    Unlike a nested `transaction.atomic` it sets no savepoint (two statements each time): for verbs that refuse
    before they write, so that a caller who catches the refusal finds nothing half done.
    """

    @wraps(verb)
    def joined(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return verb(*args, **kwargs)
        with transaction.atomic():
            return verb(*args, **kwargs)

    return joined
