"""Times of ended cases, kept beside them; the database notes which are to be reckoned."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


NOTE = """
CREATE FUNCTION figures_note_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figures_timedue (application_key) VALUES (NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER note_ended_for_figures AFTER UPDATE OF state ON transfers_application
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state
        AND (NEW.state IN ('approved', 'rejected', 'withdrawn', 'lapsed') OR OLD.state IN ('approved', 'rejected')))
    EXECUTE FUNCTION figures_note_ended();
INSERT INTO figures_timedue (application_key)
    SELECT id FROM transfers_application
    WHERE state IN ('approved', 'rejected', 'withdrawn', 'lapsed', 'revoked', 'closed') ORDER BY id;
"""
NO_NOTE = """
DROP TRIGGER note_ended_for_figures ON transfers_application;
DROP FUNCTION figures_note_ended();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('transfers', '0011_quota_watches'),
    ]

    operations = [
        migrations.CreateModel(
            name='TimeDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('application_key', models.BigIntegerField(verbose_name='申请')),
            ],
            options={
                'verbose_name': '待统计的申请',
                'verbose_name_plural': '待统计的申请',
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='CaseTime',
            fields=[
                ('application', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='transfers.application', verbose_name='申请')),
                ('route', models.CharField(max_length=10, verbose_name='程序')),
                ('origin_code', models.CharField(max_length=6, verbose_name='移出地')),
                ('destination_code', models.CharField(max_length=6, verbose_name='接受地')),
                ('ended_on', models.DateField(verbose_name='办结日期')),
                ('local_days', models.PositiveSmallIntegerField(verbose_name='属地局')),
                ('origin_days', models.PositiveSmallIntegerField(verbose_name='移出地')),
                ('destination_days', models.PositiveSmallIntegerField(verbose_name='接受地')),
                ('applicant_days', models.PositiveSmallIntegerField(verbose_name='申请人补正')),
                ('stopped_days', models.PositiveSmallIntegerField(verbose_name='中止审查')),
                ('late_with', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=list, size=None, verbose_name='逾期时持有者')),
            ],
            options={
                'verbose_name': '办理用时',
                'verbose_name_plural': '办理用时',
                'ordering': ('pk',),
                'indexes': [models.Index(fields=['ended_on'], name='case_time_ended')],
            },
        ),
        migrations.RunSQL(NOTE, NO_NOTE),
    ]
