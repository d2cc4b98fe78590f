"""The log of the clocks is only ever added to; a row's delivered mark is all that may change."""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION deadlines_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'delivered_at' = to_jsonb(OLD) - 'delivered_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '时限事件只能追加，除送达时刻外不能修改，也不能删除。' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER deadline_event_append_only BEFORE UPDATE OR DELETE ON deadlines_deadlineevent
    FOR EACH ROW EXECUTE FUNCTION deadlines_refuse_change();
"""

ALLOW_CHANGE = """
DROP TRIGGER deadline_event_append_only ON deadlines_deadlineevent;
DROP FUNCTION deadlines_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE_CHANGE, ALLOW_CHANGE)]
