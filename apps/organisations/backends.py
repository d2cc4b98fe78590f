"""Who somebody is by name and password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Case, Value, When
from django.http import HttpRequest

from apps.organisations.models import User


class NameOrAddress(ModelBackend):
    """A user name or the e-mail address, and the password. The same work is done where nobody has the name."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 - Django's signature
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """The person, or None: nobody of that name, a wrong password, a closed account."""
        if not username or password is None:
            return None
        # A name is looked for before an address; both in one query, whatever is found.
        exact = Case(When(username=username, then=Value(0)), default=Value(1))
        named = User.objects.filter(username=username) | User.objects.filter(email__iexact=username)
        user = named.order_by(exact).first()
        if user is None:
            # As long as checking a password takes.
            User().set_password(password)
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
