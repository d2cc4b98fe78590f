from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_letters_of_accounts")]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("read_at__isnull", False)), fields=["created_at"], name="message_read"
            ),
        ),
    ]
