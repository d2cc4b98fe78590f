"""Status changes and capacity movements are only ever added: the database itself refuses anything else."""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION organisations_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% 只能追加，不能修改或者删除。', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER permit_status_change_append_only BEFORE UPDATE OR DELETE ON organisations_permitstatuschange
    FOR EACH ROW EXECUTE FUNCTION organisations_refuse_change();
CREATE TRIGGER capacity_movement_append_only BEFORE UPDATE OR DELETE ON organisations_capacitymovement
    FOR EACH ROW EXECUTE FUNCTION organisations_refuse_change();
"""

ALLOW_CHANGE = """
DROP TRIGGER capacity_movement_append_only ON organisations_capacitymovement;
DROP TRIGGER permit_status_change_append_only ON organisations_permitstatuschange;
DROP FUNCTION organisations_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE_CHANGE, ALLOW_CHANGE)]
