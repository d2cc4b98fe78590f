"""The deadlines app as Django knows it."""

from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    """Working-day calendar and clocks."""

    name = "apps.deadlines"
    verbose_name = "时限"
