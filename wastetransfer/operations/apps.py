"""Registers the app with Django."""

from django.apps import AppConfig

from wastetransfer.operations.signals import listen


class OperationsConfig(AppConfig):
    """Its one table holds the last signs of life."""

    name = "wastetransfer.operations"
    label = "operations"
    verbose_name = "运行"

    def ready(self) -> None:
        """Every process listens to its own queue's signals."""
        listen()
