"""The quota ledger is only ever added to: the database itself refuses anything else."""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION whitelists_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '数量变动只能追加，不能修改或者删除。' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER quota_movement_append_only BEFORE UPDATE OR DELETE ON whitelists_quotamovement
    FOR EACH ROW EXECUTE FUNCTION whitelists_refuse_change();
"""

ALLOW_CHANGE = """
DROP TRIGGER quota_movement_append_only ON whitelists_quotamovement;
DROP FUNCTION whitelists_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("whitelists", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE_CHANGE, ALLOW_CHANGE)]
