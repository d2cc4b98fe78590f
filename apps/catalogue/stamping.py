"""The triggers that set the reference stamp anew; used by migrations of this and of higher floors."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER restamp_reference AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION catalogue_restamp();
"""
NO_TRIGGER = """
DROP TRIGGER restamp_reference ON {table};
"""


def restamp_on(*tables: str) -> migrations.RunSQL:
    """Count the tables among the reference rows: who keeps rows of them notices every change."""
    return migrations.RunSQL(
        "".join(TRIGGER.format(table=table) for table in tables),
        "".join(NO_TRIGGER.format(table=table) for table in tables),
    )
