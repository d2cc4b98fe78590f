"""What can be taken off only when the apps are there: that time is the database's, that a rung has its own moment."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings


class Unprotected(AppConfig):
    name = "tests.faults"
    label = "unprotected"

    def ready(self) -> None:
        if "database_time" in settings.UNPROTECTED:
            moment = import_module("apps.deadlines.services.moment")

            def own_time() -> datetime:
                return datetime.now(UTC) + moment._database_clock()[1]

            import_module("apps.deadlines.services").read_now = moment.read_now = own_time
        if "own_moments" in settings.UNPROTECTED:
            rungs = import_module("apps.deadlines.services.rungs")
            log_row = rungs.log_row

            def stamped_now(*row: Any, now: datetime, occurred_at: datetime, **details: Any) -> Any:
                return log_row(*row, now=now, occurred_at=now, **details)

            rungs.log_row = stamped_now
