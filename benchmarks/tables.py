"""What a table's columns are called: rows are copied whatever columns they have by now."""

from collections.abc import Collection

from django.db import connection


def columns_of(table: str, *, but: Collection[str]) -> str:
    """The quoted names of the table's columns, for a statement, without those named."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return ", ".join(connection.ops.quote_name(column.name) for column in described if column.name not in but)
