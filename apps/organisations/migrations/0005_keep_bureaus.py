"""Bureaus count among the reference rows."""

from django.db import migrations

from apps.catalogue.stamping import restamp_on


class Migration(migrations.Migration):
    dependencies = [("organisations", "0004_deputy"), ("catalogue", "0004_reference_stamp")]

    operations = [restamp_on("organisations_bureau")]
