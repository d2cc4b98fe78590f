from django.db import migrations, models

# Backwards only: the column must hold something before it may not be empty.
NEXT_TRY = "UPDATE organisations_accountletter SET next_try_at = asked_at WHERE next_try_at IS NULL"


class Migration(migrations.Migration):
    """Rows that wait keep waiting, without a mark: the sender of all letters takes them up."""

    dependencies = [("organisations", "0006_accounts")]

    operations = [
        migrations.RemoveIndex(model_name="accountletter", name="account_letter_waiting"),
        migrations.RenameField(model_name="accountletter", old_name="done_at", new_name="delivered_at"),
        migrations.AlterField(
            model_name="accountletter",
            name="delivered_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="交发时间"),
        ),
        migrations.RemoveField(model_name="accountletter", name="attempts"),
        migrations.AlterField(
            model_name="accountletter",
            name="next_try_at",
            field=models.DateTimeField(null=True, verbose_name="下次发送"),
        ),
        migrations.RunSQL(migrations.RunSQL.noop, NEXT_TRY),
        migrations.RemoveField(model_name="accountletter", name="next_try_at"),
        migrations.AddIndex(
            model_name="accountletter",
            index=models.Index(
                condition=models.Q(("delivered_at__isnull", True)), fields=["id"], name="account_letter_waiting"
            ),
        ),
    ]
