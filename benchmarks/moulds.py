"""Casting many rows from a few: specimens that the services made, copied with other keys, numbers and names.

A mould is a set of rows of several tables. Read as COPY's own text, each becomes a template: its key is a slot, every
foreign key to another row of the set follows it, and so do the words (a number, a name) wherever they stand. A cast
fills the slots; a press collects the lines and writes them by COPY. Nothing is parsed or typed a second time, so
what is copied is what the system itself had written.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import ForeignKey, Max, Model
from psycopg import sql

Table = type[Model]
NULL = r"\N"
# Flushed when so many lines wait, so that memory stays small at any number of rows.
LINES_KEPT = 200_000


def slot_of(model: Table, key: object) -> str:
    """The name under which a cast tells the new key of a row of its mould."""
    return f"{model._meta.label_lower}:{key}"


class Press:
    """Gives new keys and writes the lines. Triggers and foreign keys sleep meanwhile: ``missing_keys`` asks after."""

    def __init__(self) -> None:
        """Keys go on from the greatest that is there."""
        self.next_keys: dict[Table, int] = {}
        self.lines: dict[Table, list[str]] = defaultdict(list)
        self.waiting = 0

    def key(self, model: Table) -> int:
        """The next key of a table."""
        if model not in self.next_keys:
            self.next_keys[model] = _last_key(model) + 1
        self.next_keys[model] += 1
        return self.next_keys[model] - 1

    def add(self, model: Table, line: str) -> None:
        """Take one line of COPY's text."""
        self.lines[model].append(line)
        self.waiting += 1
        if self.waiting >= LINES_KEPT:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Needs a transaction and a superuser (SET LOCAL session_replication_role)."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for model, lines in self.lines.items():
                statement = sql.SQL("COPY {} ({}) FROM STDIN").format(_name(model), _columns(model))
                with cursor.copy(statement) as copy:
                    copy.write("\n".join(lines) + "\n")
            cursor.execute("SET LOCAL session_replication_role = origin")
        self.lines.clear()
        self.waiting = 0

    def finish(self) -> None:
        """Write the rest and let the sequences go on behind the new keys."""
        self.flush()
        with connection.cursor() as cursor:
            for model, following in self.next_keys.items():
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [model._meta.db_table, following]
                )


class Mould:
    """Rows to be cast. ``outer`` names slots for keys outside of the set, ``words`` slots for texts inside it."""

    def __init__(
        self,
        rows: Mapping[Table, Sequence[int]],
        *,
        outer: Mapping[tuple[Table, Any], str] | None = None,
        words: Mapping[str, str] | None = None,
        columns: Mapping[tuple[Table, str], str] | None = None,
    ) -> None:
        """``columns`` names slots for whole columns; ``{key}`` in such a name is the key of the row."""
        self.slots = [(slot_of(model, key), model) for model, keys in rows.items() for key in keys]
        self.known = {(model, str(key)): slot_of(model, key) for model, keys in rows.items() for key in keys}
        self.known |= {(model, str(key)): slot for (model, key), slot in (outer or {}).items()}
        # The longest first: a text that is part of another must not break it.
        self.words = sorted((words or {}).items(), key=lambda pair: -len(pair[0]))
        self.columns = columns or {}
        self.templates = [
            (model, self._template(model, line)) for model, keys in rows.items() for line in _read(model, keys)
        ]

    def cast(self, press: Press, values: Mapping[str, object]) -> dict[str, object]:
        """One copy; gives the filled slots, the new keys among them."""
        filled = dict(values)
        for slot, model in self.slots:
            filled[slot] = press.key(model)
        for model, template in self.templates:
            press.add(model, template % filled)
        return filled

    def _template(self, model: Table, line: str) -> str:
        texts = line.split("\t")
        fields = model._meta.concrete_fields
        key = texts[next(place for place, field in enumerate(fields) if field.primary_key)]
        return "\t".join(self._part(model, field, text, key) for field, text in zip(fields, texts, strict=True))

    def _part(self, model: Table, field: Any, text: str, key: str) -> str:
        if field.primary_key:
            return f"%({self.known[model, key]})s"
        if text == NULL:
            return text
        if (model, field.column) in self.columns:
            return f"%({self.columns[model, field.column].format(key=key)})s"
        if isinstance(field, ForeignKey):
            slot = self.known.get((field.related_model, text))
            return f"%({slot})s" if slot else text
        text = text.replace("%", "%%")
        for word, slot in self.words:
            text = text.replace(word, f"%({slot})s")
        return text


def _read(model: Table, keys: Sequence[int]) -> list[str]:
    """The rows as COPY tells them: one line each, tabs and line ends inside of values escaped."""
    if not keys:
        return []
    statement = sql.SQL("COPY (SELECT {} FROM {} WHERE id IN ({}) ORDER BY id) TO STDOUT").format(
        _columns(model), _name(model), sql.SQL(", ").join(sql.Literal(key) for key in keys)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(part) for part in copy).decode().splitlines()


def missing_keys(models: Iterable[Table]) -> list[str]:
    """Foreign keys that point at nothing, as table.column: a copy must satisfy what COPY did not ask."""
    with connection.cursor() as cursor:
        return [
            f"{model._meta.db_table}.{field.column}"
            for model in models
            for field in model._meta.concrete_fields
            if isinstance(field, ForeignKey) and _points_nowhere(cursor, model, field)
        ]


def _points_nowhere(cursor: Any, model: Table, field: ForeignKey[Any, Any]) -> bool:
    target = field.target_field
    cursor.execute(
        sql.SQL(
            "SELECT EXISTS (SELECT FROM {} AS one WHERE {} IS NOT NULL AND NOT EXISTS (SELECT FROM {} WHERE {} = {}))"
        ).format(
            _name(model),
            sql.Identifier("one", field.column),
            sql.SQL("{} AS other").format(_name(target.model)),
            sql.Identifier("other", target.column),
            sql.Identifier("one", field.column),
        )
    )
    return bool(cursor.fetchone()[0])


def _last_key(model: Any) -> int:
    return model.objects.aggregate(last=Max("pk"))["last"] or 0


def _name(model: Table) -> sql.Identifier:
    return sql.Identifier(model._meta.db_table)


def _columns(model: Table) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(field.column) for field in model._meta.concrete_fields)
