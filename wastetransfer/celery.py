"""The Celery application and its beat schedule.

The queue is a hint, the database row is the promise: every task is idempotent, takes primary keys, and a
sweep finds what a lost message forgot. Never schedule with ETA: Redis delivers an ETA task again after
the visibility timeout.

No default for DJANGO_SETTINGS_MODULE here: this module is imported with the package, so a default would win
over the one in wsgi.py, and a server that forgot the variable would run with a developer's settings.
"""

from celery import Celery

app = Celery("wastetransfer")
# In every thread: Celery keeps the current application by thread, and a server's threads would send to nobody.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
