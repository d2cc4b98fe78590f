"""One stamp for all reference rows: every statement that changes one of their tables sets it anew.

Processes keep what they have read of those tables by this stamp (``apps.catalogue.kept``). A random value, not a
counter: what a rolled-back or restored database once counted must not name other rows later.
"""

import uuid

from django.db import migrations, models

from apps.catalogue.stamping import restamp_on

STAMPING = """
CREATE FUNCTION catalogue_restamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO catalogue_referencestamp (id, stamp) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET stamp = gen_random_uuid();
    RETURN NULL;
END
$$;
INSERT INTO catalogue_referencestamp (id, stamp) VALUES (1, gen_random_uuid());
"""

NO_STAMPING = """
DROP FUNCTION catalogue_restamp();
"""

TABLES = (
    "catalogue_division",
    "catalogue_province",
    "catalogue_province_neighbours",
    "catalogue_transportdepartment",
    "catalogue_requiredmaterial",
    "catalogue_catalogueedition",
    "catalogue_wastecategory",
    "catalogue_wastecode",
    "catalogue_exemption",
    "catalogue_disposalmethod",
    "catalogue_lawperiod",
    "catalogue_paperlaw",
)


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_errata_and_deliveries")]

    operations = [
        migrations.CreateModel(
            name="ReferenceStamp",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False),
                ),
                ("stamp", models.UUIDField(default=uuid.uuid4, editable=False, verbose_name="版本标记")),
            ],
            options={"verbose_name": "参考数据版本", "verbose_name_plural": "参考数据版本"},
        ),
        migrations.RunSQL(STAMPING, NO_STAMPING),
        restamp_on(*TABLES),
    ]
