"""What was handed over and what was recorded never changes: rounds, their lines, the log and whom it names."""

from django.db import migrations

REFUSE_CHANGE = """
CREATE FUNCTION whitelists_refuse_record_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'delivered_at' = to_jsonb(OLD) - 'delivered_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '名单的商定轮次和记录只能追加，除通知时间外不能修改，也不能删除。'
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER edition_round_append_only BEFORE UPDATE OR DELETE ON whitelists_editionround
    FOR EACH ROW EXECUTE FUNCTION whitelists_refuse_record_change();
CREATE TRIGGER round_line_append_only BEFORE UPDATE OR DELETE ON whitelists_roundline
    FOR EACH ROW EXECUTE FUNCTION whitelists_refuse_record_change();
CREATE TRIGGER list_event_append_only BEFORE UPDATE OR DELETE ON whitelists_listevent
    FOR EACH ROW EXECUTE FUNCTION whitelists_refuse_record_change();
CREATE TRIGGER list_event_recipient_append_only BEFORE UPDATE OR DELETE ON whitelists_listeventrecipient
    FOR EACH ROW EXECUTE FUNCTION whitelists_refuse_record_change();
"""

ALLOW_CHANGE = """
DROP TRIGGER list_event_recipient_append_only ON whitelists_listeventrecipient;
DROP TRIGGER list_event_append_only ON whitelists_listevent;
DROP TRIGGER round_line_append_only ON whitelists_roundline;
DROP TRIGGER edition_round_append_only ON whitelists_editionround;
DROP FUNCTION whitelists_refuse_record_change();
"""


class Migration(migrations.Migration):
    dependencies = [("whitelists", "0004_negotiation_and_log")]

    operations = [migrations.RunSQL(REFUSE_CHANGE, ALLOW_CHANGE)]
