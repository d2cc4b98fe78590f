"""How tests sign people in by the session, with its second step; tests.chromium does it by the pages."""

from typing import Any

from django.test import Client

from apps.organisations.enums import SecondStep
from apps.organisations.sessions import SECOND_STEP

by_password_alone = Client.force_login


def with_second_step(client: Client, *arguments: Any, **named: Any) -> None:
    """As Django's force_login, in a session that took the second step, too."""
    by_password_alone(client, *arguments, **named)
    session = client.session
    session[SECOND_STEP] = str(SecondStep.TOTP)
    session.save()
