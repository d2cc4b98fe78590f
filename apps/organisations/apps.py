"""Registers the app with Django."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Floor 1."""

    name = "apps.organisations"
    verbose_name = "单位与人员"
