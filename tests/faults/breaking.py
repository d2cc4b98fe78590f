"""Breaking a service at its k-th statement, and telling afterwards whether anything is half done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import OperationalError, connection, transaction

from tests.snapshot import tables


class Broken(OperationalError):
    """What the driver raises when the server goes away."""


@dataclass
class Breaker:
    """An execute_wrapper that raises at statement ``at``: before it is sent, or after it was done (the answer lost).

    ``at`` 0 only counts. Only a write has an answer to lose: a savepoint stands for BEGIN and COMMIT.
    """

    at: int
    is_answer_lost: bool = False
    count: int = 0
    statements: list[str] = field(default_factory=list)

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        self.statements.append(str(sql)[:80])
        if self.count != self.at:
            return execute(sql, params, many, context)
        if self.is_answer_lost and writes(str(sql)):
            execute(sql, params, many, context)
        raise Broken(f"broken at statement {self.at}: {str(sql)[:120]}")

    @property
    def has_broken(self) -> bool:
        return 0 < self.at <= self.count


def writes(sql: str) -> bool:
    return sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE"))


@contextmanager
def breaking(*, at: int, is_answer_lost: bool = False) -> Iterator[Breaker]:
    breaker = Breaker(at, is_answer_lost)
    with connection.execute_wrapper(breaker):
        yield breaker


def broken_at(service: Callable[[], object], k: int, *, is_answer_lost: bool = False) -> str:
    """Call the service and break it at statement k; gives that statement, '' when there were fewer and it went through."""
    with breaking(at=k, is_answer_lost=is_answer_lost) as breaker:
        try:
            service()
        except Broken:
            return breaker.statements[k - 1]
    assert not breaker.has_broken, f"somebody swallowed the break at {breaker.statements[k - 1]}"
    return ""


# The mark of a loaded year is drawn anew at every load.
ROWS = {"deadlines_calendaryear": "(to_jsonb(t) - 'stamp')::text"}


def contents() -> dict[str, str]:
    """A digest of every row of every table, by table."""
    names = sorted(tables())
    digests = ", ".join(
        f"(SELECT md5(string_agg(md5({row}), '' ORDER BY {row})) FROM \"{name}\" t)"  # noqa: S608 - our own tables
        for name, row in ((name, ROWS.get(name, "t::text")) for name in names)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {digests}")
        return dict(zip(names, cursor.fetchone(), strict=True))


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return [name for name in one if one[name] != other[name]]


def sequences() -> list[tuple[str, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences ORDER BY 1")
        return cursor.fetchall()


def set_sequences(values: list[tuple[str, int | None]]) -> None:
    """Sequences never roll back: put where they stood, a retry gives the same keys as an undisturbed run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(name::regclass, coalesce(last, 1), last IS NOT NULL)"
            " FROM unnest(%s::text[], %s::bigint[]) AS kept(name, last)",
            [[name for name, _ in values], [last for _, last in values]],
        )


def undisturbed(service: Callable[[], object]) -> dict[str, str]:
    """What the service leaves when nothing happens; it is rolled back, keys and all."""
    stood = sequences()
    with transaction.atomic():
        service()
        after = contents()
        transaction.set_rollback(True)
    set_sequences(stood)
    return after
