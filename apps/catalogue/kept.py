"""Reference rows kept by each process, by the version at which they were read.

Provinces, methods, limits and lists change a few times a year and are asked for in every request. One stamp in the
database is set anew by triggers whenever one of their tables changes; whoever knows the stamp of the moment knows
whether what it keeps still holds. The stamp comes with the request's or the act's first statement.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import connection

T = TypeVar("T")

# For whoever reads the stamp together with other things in one statement.
STAMP = "(SELECT stamp::text FROM catalogue_referencestamp WHERE id = 1)"


class Kept(Generic[T]):
    """What ``load`` read, for as long as the stamp is the same. Shared by threads: never change what is given."""

    def __init__(self, load: Callable[[], T]) -> None:
        """``load`` takes its rows from tables that set the stamp (``stamping.restamp_on``)."""
        self._load = load
        self._kept: tuple[str, T] | None = None

    def __call__(self, version: str | None = None) -> T:
        """The rows of ``version``; without one the database is asked for it first."""
        version = version or read_version()
        kept = self._kept
        if kept is None or not version or kept[0] != version:
            # Read after its stamp: rows newer than the stamp are read again under their own, never older ones.
            kept = (version, self._load())
            self._kept = kept
        return kept[1]


def read_version() -> str:
    """The stamp of the reference rows now; empty where none was ever set (an emptied test database)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {STAMP}")
        version: str | None = cursor.fetchone()[0]
    return version or ""
