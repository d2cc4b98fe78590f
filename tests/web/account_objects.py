"""What the addresses of accounts need: somebody's account, an open invitation with its link, a link that leads nowhere."""

from datetime import date

from django.urls import reverse

from apps.organisations.enums import Role
from apps.organisations.models import Enterprise, Invitation, User
from apps.organisations.services.accounts import invite
from apps.organisations.services.accounts.inviting import Invited, token_of
from tests.transfers.world import at

ADMINISTRATOR = "admin"
NEWCOMER = "new.filer"


def invitation() -> Invitation:
    """Of a filer of Dazu's generator, made once; good for ever, whatever the clock of the machine says."""
    made = Invitation.objects.filter(username=NEWCOMER).first()
    return made or invite(
        invited=Invited(
            username=NEWCOMER,
            display_name="新来人",
            email="new.filer@example.invalid",
            role=Role.FILER,
            enterprise=Enterprise.objects.get(membership__user__username="dazu.filer"),
            valid_from=date(2026, 1, 5),
        ),
        by=User.objects.get(username=ADMINISTRATOR),
        now=at("2099-01-05"),
        on=date(2026, 1, 5),
    )


def address_of(name: str) -> str:
    """The address when it is one of an account's that names an object; else nothing."""
    if name == "join":
        made = invitation()
        return reverse("web:join", args=[made.pk, token_of(made)])
    if name == "reset_password":
        return reverse("web:reset_password", args=["MQ", "no-such-token"])
    if name == "account_of":
        return reverse("web:account_of", args=[User.objects.get(username="dazu.filer").pk])
    return ""
