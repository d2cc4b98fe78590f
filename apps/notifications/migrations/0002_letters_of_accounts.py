import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# Backwards only: what has not left is promised again, and no letter is without a recipient.
GIVE_BACK = """
UPDATE organisations_accountletter SET delivered_at = NULL WHERE id IN (
    SELECT account_letter_id FROM notifications_letter WHERE account_letter_id IS NOT NULL AND status = 'waiting'
);
DELETE FROM notifications_letter WHERE account_letter_id IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        ("organisations", "0007_letters_are_taken_up"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="letter", name="letter_of_message_or_day"),
        migrations.AddField(
            model_name="letter",
            name="account_letter",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="letter",
                to="organisations.accountletter",
                verbose_name="账号信件",
            ),
        ),
        migrations.AlterField(
            model_name="letter",
            name="recipient",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="letters",
                to=settings.AUTH_USER_MODEL,
                verbose_name="收件人",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=Q(message__isnull=False, digest_on__isnull=True, account_letter__isnull=True)
                | Q(message__isnull=True, digest_on__isnull=False, account_letter__isnull=True)
                | Q(message__isnull=True, digest_on__isnull=True, account_letter__isnull=False),
                name="letter_of_one_matter",
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=Q(recipient__isnull=False) | Q(account_letter__isnull=False), name="letter_has_recipient"
            ),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, GIVE_BACK),
    ]
