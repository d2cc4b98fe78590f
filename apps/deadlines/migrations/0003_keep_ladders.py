"""Ladders count among the reference rows; the calendar is held still and its version read in one trip."""

from django.db import migrations

from apps.catalogue.stamping import restamp_on

# Statements inside a function see what was committed before each of them: the versions are read after the lock came.
HOLD = """
CREATE FUNCTION deadlines_hold_calendar(lock bigint, OUT calendar text, OUT reference text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(lock);
    SELECT coalesce(string_agg(stamp::text, '' ORDER BY year), '') INTO calendar FROM deadlines_calendaryear;
    SELECT stamp::text INTO reference FROM catalogue_referencestamp WHERE id = 1;
END
$$;
"""
NO_HOLD = """
DROP FUNCTION deadlines_hold_calendar(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0002_append_only"), ("catalogue", "0004_reference_stamp")]

    operations = [restamp_on("deadlines_ladderrung"), migrations.RunSQL(HOLD, NO_HOLD)]
