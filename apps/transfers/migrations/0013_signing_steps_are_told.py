"""Whoever has to review or sign is told: the steps get the delivered mark of every other log."""

from django.db import migrations, models
from django.db.models import Q

ALLOW_MARK = """
CREATE OR REPLACE FUNCTION transfers_refuse_signing_step_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'delivered_at' = to_jsonb(OLD) - 'delivered_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '签批记录只能追加，除通知时间外不能修改，也不能删除。' USING ERRCODE = 'restrict_violation';
END
$$;
"""
REFUSE_MARK = """
CREATE OR REPLACE FUNCTION transfers_refuse_signing_step_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '签批记录只能追加，不能修改或者删除。' USING ERRCODE = 'restrict_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("transfers", "0012_pauses_by_the_clock")]

    operations = [
        migrations.AddField(
            model_name="signingstep",
            name="delivered_at",
            field=models.DateTimeField("通知时间", null=True, blank=True),
        ),
        migrations.AddIndex(
            model_name="signingstep",
            index=models.Index(
                fields=["id"], condition=Q(("delivered_at__isnull", True)), name="signing_step_undelivered"
            ),
        ),
        migrations.RunSQL(ALLOW_MARK, REFUSE_MARK),
    ]
