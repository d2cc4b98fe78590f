"""Registers the app with Django."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Floor 0."""

    name = "apps.catalogue"
    verbose_name = "目录"
