"""Signing in."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Name and password; a wrong one is refused in the same words whether the name exists or not."""

    error_messages = {
        "invalid_login": "用户名或者密码不正确，请核对后重试（区分大小写）。",
        "inactive": "用户名或者密码不正确，请核对后重试（区分大小写）。",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        """As Django's form, in the style of this site."""
        super().__init__(*args, **options)
        self.label_suffix = ""
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"
