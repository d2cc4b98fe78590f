"""Log rows and papers never change: of a log row only its delivered mark, of a paper only 送达 and 作废, once each."""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION transfers_refuse_log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'delivered_at' = to_jsonb(OLD) - 'delivered_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '办理记录只能追加，除通知时间外不能修改，也不能删除。' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER log_row_append_only BEFORE UPDATE OR DELETE ON transfers_logrow
    FOR EACH ROW EXECUTE FUNCTION transfers_refuse_log_change();

CREATE FUNCTION transfers_refuse_paper_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.voided_at IS NULL THEN
        IF to_jsonb(NEW) - 'voided_at' - 'delivered_at' = to_jsonb(OLD) - 'voided_at' - 'delivered_at'
            AND (OLD.delivered_at IS NULL OR NEW.delivered_at = OLD.delivered_at)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '文书一经生成不能修改或者删除，只能送达一次、作废一次。' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER paper_frozen BEFORE UPDATE OR DELETE ON transfers_paper
    FOR EACH ROW EXECUTE FUNCTION transfers_refuse_paper_change();
"""

ALLOW_CHANGE = """
DROP TRIGGER paper_frozen ON transfers_paper;
DROP FUNCTION transfers_refuse_paper_change();
DROP TRIGGER log_row_append_only ON transfers_logrow;
DROP FUNCTION transfers_refuse_log_change();
"""


class Migration(migrations.Migration):
    dependencies = [("transfers", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE_CHANGE, ALLOW_CHANGE)]
