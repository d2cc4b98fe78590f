"""The Celery application and its beat schedule.

The queue is a hint, the database row is the promise: every task is idempotent, takes primary keys, and a
sweep finds what a lost message forgot. Never schedule with ETA: Redis delivers an ETA task again after
the visibility timeout.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wastetransfer.settings.development")

app = Celery("wastetransfer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
