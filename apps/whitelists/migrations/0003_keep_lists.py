"""Lists and suspensions count among the reference rows; entries don't: every filing moves their columns."""

from django.db import migrations

from apps.catalogue.stamping import restamp_on


class Migration(migrations.Migration):
    dependencies = [("whitelists", "0002_append_only"), ("catalogue", "0004_reference_stamp")]

    operations = [restamp_on("whitelists_edition", "whitelists_bar")]
