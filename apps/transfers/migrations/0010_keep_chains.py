"""Sign-off chains count among the reference rows: every act asks for one."""

from django.db import migrations

from apps.catalogue.stamping import restamp_on


class Migration(migrations.Migration):
    dependencies = [("transfers", "0009_keep_limits")]

    operations = [restamp_on("transfers_signoffchain")]
