"""Speaks to the person at the terminal, who may have closed it by now."""

import contextlib
import sys


def say(text: str, *, is_failure: bool = False) -> None:
    """Print `text`; a terminal that is gone must not keep anyone from stopping what runs."""
    with contextlib.suppress(OSError, ValueError):
        print(text, file=sys.stderr if is_failure else sys.stdout, flush=True)
