"""The one thing that can be taken off only when the apps are there: that the time is the database's."""

from datetime import UTC, datetime
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class Unprotected(AppConfig):
    name = "tests.faults"
    label = "unprotected"

    def ready(self) -> None:
        if "database_time" not in settings.UNPROTECTED:
            return
        moment = import_module("apps.deadlines.services.moment")
        own = lambda: datetime.now(UTC) + moment._database_clock()[1]  # noqa: E731 - in the place of a function
        import_module("apps.deadlines.services").read_now = moment.read_now = own
