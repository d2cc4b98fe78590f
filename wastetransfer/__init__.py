"""The project around the apps: settings, addresses, queue, and the ways to start it."""

from wastetransfer.celery import app as celery_app

__all__ = ["celery_app"]
