"""Doors for the queue; each calls one service. Letters and sessions run by the world's clock, not the demo's."""

from celery import shared_task
from django.utils import timezone

from apps.organisations.services.accounts import send_letters, sweep_accounts


@shared_task
def send_account_letters() -> None:
    """At once when a door asks for it, and every minute by beat for what was lost or failed."""
    send_letters(now=timezone.now())


@shared_task
def clear_accounts() -> None:
    """Every hour: sessions that are over, old failures, old letters."""
    sweep_accounts(now=timezone.now())
