from django.db import migrations, models
from django.db.models import Q

# Backwards only: such a message leads nowhere.
NOWHERE = "UPDATE notifications_message SET subject = '' WHERE subject = 'desk'"
WITHOUT_KEY = ("", "desk")


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_old_messages_are_found")]

    operations = [
        migrations.RemoveConstraint(model_name="message", name="message_subject_has_key"),
        migrations.AlterField(
            model_name="message",
            name="subject",
            field=models.CharField(
                blank=True,
                choices=[
                    ("case", "申请"),
                    ("list", "名单"),
                    ("signing", "签批"),
                    ("desk", "工作台"),
                    ("", "—"),
                ],
                max_length=8,
                verbose_name="事项",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=Q(subject__in=WITHOUT_KEY, subject_id__isnull=True)
                | ~Q(subject__in=WITHOUT_KEY) & Q(subject_id__isnull=False),
                name="message_subject_has_key",
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, NOWHERE),
    ]
