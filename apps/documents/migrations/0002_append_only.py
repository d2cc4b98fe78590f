"""What was rendered and the codes printed on it never change: a trigger sees to it."""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION documents_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '文书排印件和校验码一经生成不能修改或者删除。' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER rendering_append_only BEFORE UPDATE OR DELETE ON documents_rendering
    FOR EACH ROW EXECUTE FUNCTION documents_refuse_change();
CREATE TRIGGER check_code_append_only BEFORE UPDATE OR DELETE ON documents_checkcode
    FOR EACH ROW EXECUTE FUNCTION documents_refuse_change();
"""

ALLOW_CHANGE = """
DROP TRIGGER check_code_append_only ON documents_checkcode;
DROP TRIGGER rendering_append_only ON documents_rendering;
DROP FUNCTION documents_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE_CHANGE, ALLOW_CHANGE)]
