"""Settings of a process in which a protection is off, or whose clock is wrong: for the controls of real faults.

UNPROTECTED names what is missing; CLOCK_AHEAD is by how many seconds the process's own clock is fast.
"""

import os
from datetime import datetime, timedelta

import time_machine
from django.db import transaction
from django.db.models import QuerySet

from wastetransfer.settings.development import *  # noqa: F403

UNPROTECTED = frozenset(os.environ.get("UNPROTECTED", "").split())
INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.unprotected_app.Unprotected"]  # noqa: F405
# Beat in seconds, so that a test needn't wait for minutes.
CELERY_BEAT_SCHEDULE = {"sweep": {**CELERY_BEAT_SCHEDULE["sweep"], "schedule": 1.0}}  # noqa: F405
HASTENS_PAPERS = False

if ahead := int(os.environ.get("CLOCK_AHEAD", "0")):
    time_machine.travel(datetime.now().astimezone() + timedelta(seconds=ahead), tick=True).start()
if "acks_late" in UNPROTECTED:
    CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = False
if "locks" in UNPROTECTED:
    QuerySet.select_for_update = lambda queryset, **_: queryset
if "transactions" in UNPROTECTED:
    QuerySet.select_for_update = lambda queryset, **_: queryset
    transaction.Atomic.__enter__ = lambda _: None
    transaction.Atomic.__exit__ = lambda *_: None
