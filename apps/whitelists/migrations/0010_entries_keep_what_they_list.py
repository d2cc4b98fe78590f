"""What an entry lists never changes after it was agreed; the state of a list is the machine's."""

import django_fsm
from django.db import migrations

REFUSE = """
CREATE FUNCTION whitelists_refuse_entry_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '名单条目的接受人、废物、方式和条目号一经确认不得更改。' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER whitelist_entry_keeps_what_it_lists BEFORE UPDATE ON whitelists_whitelistentry
    FOR EACH ROW WHEN (
        OLD.edition_id <> NEW.edition_id OR OLD.number <> NEW.number OR OLD.operator_id <> NEW.operator_id
        OR OLD.waste_codes <> NEW.waste_codes OR OLD.category_id IS DISTINCT FROM NEW.category_id
        OR OLD.method <> NEW.method
    ) EXECUTE FUNCTION whitelists_refuse_entry_change();
"""
ALLOW = """
DROP TRIGGER whitelist_entry_keeps_what_it_lists ON whitelists_whitelistentry;
DROP FUNCTION whitelists_refuse_entry_change();
"""


class Migration(migrations.Migration):
    dependencies = [("whitelists", "0009_adjustments")]

    operations = [
        migrations.AlterField(
            model_name="edition",
            name="status",
            field=django_fsm.FSMField(
                choices=[
                    ("draft", "起草"),
                    ("proposed", "已提出"),
                    ("countered", "已反馈"),
                    ("confirmed", "已确认"),
                    ("abandoned", "已放弃"),
                ],
                default="draft",
                max_length=10,
                protected=True,
                verbose_name="状态",
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
