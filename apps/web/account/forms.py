"""What people type about their accounts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.organisations.enums import BUREAU_ROLES, ENTERPRISE_ROLES, Role
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Bureau, Enterprise
from apps.web.inputs import PLAIN_WORDS, DayField, Door

NAME_LENGTH, PASSWORD_LENGTH = 254, 256
# Which roles stand for a party of which kind, and what is said when it wasn't chosen.
PARTIES = {
    "enterprise": (ENTERPRISE_ROLES, "该角色代表单位，请选择单位。"),
    "bureau": (BUREAU_ROLES, "该角色代表机关，请选择机关。"),
}


def password_field(label: str, *, is_new: bool = False, **options: Any) -> forms.CharField:
    """A password as browsers' own keepers know it."""
    attributes = {"autocomplete": "new-password" if is_new else "current-password"}
    widget = forms.PasswordInput(attrs=attributes)
    return forms.CharField(label=label, max_length=PASSWORD_LENGTH, strip=False, widget=widget, **options)


def code_field(**options: Any) -> forms.CharField:
    """A code of the app, or a recovery code."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    options = {"label": "验证码", "max_length": 40, **options}
    return forms.CharField(widget=forms.TextInput(attrs=attributes), **options)


class AccountDoor(Door):
    """A form that shows the refusals of accounts, too."""

    def refuse_account(self, refused: OrganisationError) -> None:
        """The sentence beside its field, when the form has that one."""
        field = refused.field if refused.field in self.fields else None
        self.add_error(field, ValidationError(refused.sentence, code=refused.code))


class SignInForm(AccountDoor):
    """Name and password; a wrong one is refused in the same words whether the name exists or not."""

    username = forms.CharField(
        label="用户名或者邮箱",
        max_length=NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = password_field("密码")


class CodeForm(AccountDoor):
    """The second step."""

    code = code_field(help_text="验证器应用里的六位数字；手机不在身边时，也可以填写一个恢复码。")


class EnrolForm(AccountDoor):
    """The first code of a new authenticator."""

    code = code_field(label="应用显示的六位验证码")


class NewPassword(AccountDoor):
    """A password, twice."""

    password1 = password_field(
        "新密码",
        is_new=True,
        help_text="至少 10 个字符，不能全是数字，不能是常见密码，也不能与姓名、用户名、邮箱相近。",
    )
    password2 = password_field("再输一遍新密码", is_new=True, error_messages={"required": "请再输一遍新密码。"})

    def clean(self) -> dict[str, Any] | None:
        """Both the same."""
        typed = super().clean() or self.cleaned_data
        if typed.get("password1") and typed.get("password2") and typed["password1"] != typed["password2"]:
            self.add_error("password2", ValidationError("两次输入的密码不一致。", code="password.mismatch"))
        return typed

    def refuse_password(self, refused: ValidationError) -> None:
        """What is wrong with it, beside the first one."""
        self.add_error("password1", refused)


class ChangePassword(NewPassword):
    """Who is signed in proves that it is they."""

    password = password_field("现在的密码")
    field_order = ["password", "password1", "password2"]


class Confirm(AccountDoor):
    """Password and code once more, before something that a thief of an open screen must not do."""

    password = password_field("密码")
    code = code_field(help_text="验证器应用里的六位数字，或者一个恢复码。")

    def __init__(self, *args: Any, **options: Any) -> None:
        """As any form; here the password comes first."""
        super().__init__(*args, **options)
        del self.fields["code"].widget.attrs["autofocus"]


class AskReset(AccountDoor):
    """Where the letter goes."""

    email = forms.EmailField(
        label="邮箱",
        max_length=NAME_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": "请填写邮箱地址，例如 name@example.cn。"},
    )


class Reason(AccountDoor):
    """Why an administrator does something to an account."""

    # Of several lines: Enter in a single one would press the first of the buttons below it.
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class InvitationForm(AccountDoor):
    """Who is to come."""

    display_name = forms.CharField(label="姓名", max_length=30)
    email = forms.EmailField(
        label="邮箱", max_length=NAME_LENGTH, error_messages={"invalid": "请填写邮箱地址，例如 name@example.cn。"}
    )
    username = forms.RegexField(
        label="用户名",
        max_length=150,
        regex=r"^[A-Za-z0-9._-]+\Z",
        help_text="字母、数字、点和短横，例如 cq.zhang。",
        error_messages={"invalid": "用户名只用字母、数字、点和短横。"},
    )
    phone = forms.CharField(label="电话", max_length=30, required=False)
    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *Role.choices])
    enterprise = forms.ModelChoiceField(
        Enterprise.objects.order_by("name"), label="单位", required=False, empty_label="——", help_text="企业角色填写。"
    )
    bureau = forms.ModelChoiceField(
        Bureau.objects.order_by("level", "division_id"),
        label="机关",
        required=False,
        empty_label="——",
        help_text="机关角色填写。",
    )
    valid_from = DayField(label="任职自", error_messages={"required": "请填写任职从哪一天起。"})
    valid_until = DayField(label="任职至", required=False, help_text="不填即长期。")

    def __init__(self, *args: Any, **options: Any) -> None:
        """As any form; the choices of parties say so in plain words, too."""
        super().__init__(*args, **options)
        for name in ("enterprise", "bureau"):
            self.fields[name].error_messages["invalid_choice"] = PLAIN_WORDS["invalid_choice"]

    def clean(self) -> dict[str, Any] | None:
        """A party of the wrong kind, chosen before the role was, is left out."""
        typed = super().clean() or self.cleaned_data
        role = typed.get("role")
        for name, (roles, sentence) in PARTIES.items():
            if role and role not in roles:
                typed[name] = None
            elif role and not typed.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(sentence, code="membership.party"))
        return typed
