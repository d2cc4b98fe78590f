"""Stage limits and terms count among the reference rows."""

from django.db import migrations

from apps.catalogue.stamping import restamp_on


class Migration(migrations.Migration):
    dependencies = [("transfers", "0008_errata_and_deliveries"), ("catalogue", "0004_reference_stamp")]

    operations = [restamp_on("transfers_stagelimit", "transfers_terms")]
