"""No person acts for two parties of one case, not even one after the other: asked of every row that names who acted."""

from django.db import migrations

REFUSE_OTHER_PARTY = """
CREATE FUNCTION transfers_refuse_other_party(case_id bigint, person bigint, own_bureau bigint, own_enterprise bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM transfers_logrow AS row
        WHERE row.application_id = case_id AND row.actor_id = person
            AND (row.bureau_id, row.enterprise_id) IS DISTINCT FROM (own_bureau, own_enterprise)
    ) OR EXISTS (
        SELECT FROM transfers_signingstep AS step
        JOIN transfers_preparation AS prepared ON prepared.id = step.preparation_id
        WHERE prepared.application_id = case_id AND step.by_id = person
            AND (prepared.bureau_id, NULL::bigint) IS DISTINCT FROM (own_bureau, own_enterprise)
    ) THEN
        RAISE EXCEPTION '同一人不得在同一件申请中代表两方。'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'one_party_a_person';
    END IF;
END
$$;

CREATE FUNCTION transfers_log_row_of_one_party() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM transfers_refuse_other_party(NEW.application_id, NEW.actor_id, NEW.bureau_id, NEW.enterprise_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER log_row_of_one_party BEFORE INSERT ON transfers_logrow
    FOR EACH ROW WHEN (NEW.actor_id IS NOT NULL) EXECUTE FUNCTION transfers_log_row_of_one_party();

CREATE FUNCTION transfers_signing_step_of_one_party() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    prepared transfers_preparation;
BEGIN
    SELECT * INTO prepared FROM transfers_preparation WHERE id = NEW.preparation_id;
    PERFORM transfers_refuse_other_party(prepared.application_id, NEW.by_id, prepared.bureau_id, NULL);
    RETURN NEW;
END
$$;
CREATE TRIGGER signing_step_of_one_party BEFORE INSERT ON transfers_signingstep
    FOR EACH ROW EXECUTE FUNCTION transfers_signing_step_of_one_party();
"""

ALLOW_OTHER_PARTY = """
DROP TRIGGER signing_step_of_one_party ON transfers_signingstep;
DROP FUNCTION transfers_signing_step_of_one_party();
DROP TRIGGER log_row_of_one_party ON transfers_logrow;
DROP FUNCTION transfers_log_row_of_one_party();
DROP FUNCTION transfers_refuse_other_party(bigint, bigint, bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("transfers", "0013_signing_steps_are_told")]

    operations = [migrations.RunSQL(REFUSE_OTHER_PARTY, ALLOW_OTHER_PARTY)]
