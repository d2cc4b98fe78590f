"""Doors for the queue; each calls one service. Sessions run by the world's clock, not the demo's."""

from celery import shared_task
from django.utils import timezone

from apps.organisations.services.accounts import sweep_accounts


@shared_task
def clear_accounts() -> None:
    """Every hour: sessions that are over, old failures, old letters."""
    sweep_accounts(now=timezone.now())
