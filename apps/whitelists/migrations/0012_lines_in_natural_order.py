"""Lines of lists stand in the natural order of their numbers wherever nobody asks for another."""

from django.db import migrations

from apps.whitelists.models.numbers import by_number


class Migration(migrations.Migration):
    dependencies = [("whitelists", "0011_adjustments_make_lines")]

    operations = [
        migrations.AlterModelOptions(
            name="editionline",
            options={
                "ordering": ["edition_id", by_number()],
                "verbose_name": "商定中的条目",
                "verbose_name_plural": "商定中的条目",
            },
        ),
        migrations.AlterModelOptions(
            name="roundline",
            options={
                "ordering": ["round_id", by_number()],
                "verbose_name": "各轮条目",
                "verbose_name_plural": "各轮条目",
            },
        ),
        migrations.AlterModelOptions(
            name="whitelistentry",
            options={
                "ordering": ["edition_id", by_number()],
                "verbose_name": "名单条目",
                "verbose_name_plural": "名单条目",
            },
        ),
    ]
