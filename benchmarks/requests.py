"""What people send: signed in, with the CSRF token of their page, in the form that a browser posts."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from urllib.parse import unquote_plus, urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.urls import reverse

from apps.organisations.enums import SecondStep
from apps.organisations.models import User
from apps.organisations.sessions import SECOND_STEP, SessionStore
from apps.transfers.enums import Route
from apps.transfers.models import Application
from apps.web.enterprise.forms import DraftFields, stored_rows
from benchmarks.load import Step

# One secret serves as cookie and as posted token: the server compares them as it does with everybody's.
TOKEN = "benchmark0benchmark0benchmark012"  # noqa: S105 - of sessions in a database that lives as long as a measurement
BOUNDARY = "----wastetransferbenchmark"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED = "application/x-www-form-urlencoded"
FOUND, OK = 302, 200
MATERIALS = ("permit_copy", "method_statement", "contract")


def cookies_of(users: Iterable[User]) -> dict[int, str]:
    """A session for each person, as signing in leaves it; gives their cookies by key."""
    return {user.pk: _cookie(user) for user in users}


def _cookie(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[SECOND_STEP] = str(SecondStep.TOTP)
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={TOKEN}"


def worklist(cookie: str, after: str) -> Step:
    """A page of 20 of a bureau's list of running cases, from the beginning or after a place."""
    address = f"{reverse('web:worklist')}?{urlencode({'scope': 'open', 'after': after})}"
    return Step(address, cookie, marker=f'href="{reverse("web:worklist")}', times=20)


def next_page(cookie: str, after: str) -> str:
    """The place after the last row of a page, as its link to the next one says it; empty on the last page.

    Raises ValueError when the answer is no page of the list.
    """
    step = worklist(cookie, after)
    answer = Client(headers={"cookie": cookie}).get(step.path)
    text = answer.content.decode()
    if answer.status_code != OK or step.marker not in text:
        message = f"{answer.status_code} with {len(answer.content)} bytes instead of a list"
        raise ValueError(message)
    found = re.findall(r"after=([^&\"]+)", text)
    return unquote_plus(found[-1]) if found else ""


def case_page(cookie: str, application: Application) -> Step:
    """A case as a bureau reads it."""
    return Step(reverse("web:case", args=[application.pk]), cookie, marker=application.number or "")


def filing(draft: Application, cookie: str) -> Step:
    """Submit a draft whose check the filer has seen. Reads transit and items: prefetch them."""
    address = reverse("web:draft", args=[draft.pk])
    body = _multipart(_filled_in(draft), [f"file_{material}" for material in MATERIALS])
    return Step(address, cookie, status=FOUND, body=body, content_type=MULTIPART)


def typing(draft: Application, cookie: str, *, method: str) -> Step:
    """What the page posts at a pause: something was typed, it is kept and checked."""
    changed = {"contact_name": "刚刚填写", "method": method, "action": "live"}
    fields = [(name, changed.get(name, text)) for name, text in _filled_in(draft)]
    body = _multipart(fields, [])
    return Step(
        reverse("web:draft", args=[draft.pk]), cookie, body=body, content_type=MULTIPART, marker='id="item1_live"'
    )


def endorsing(key: int, cookie: str) -> Step:
    """The origin's letter, with its conditional decision."""
    body = urlencode({"csrfmiddlewaretoken": TOKEN})
    return Step(reverse("web:endorse", args=[key]), cookie, status=FOUND, body=body, content_type=URLENCODED)


def consenting(draft: Application, cookie: str) -> Step:
    """The destination's consent to everything that is asked."""
    amounts = {f"amount_{item.pk}": str(item.amount_t) for item in draft.items.all()}
    typed = {"csrfmiddlewaretoken": TOKEN, "until": str(draft.requested_until), "reasons": "", **amounts}
    address = reverse("web:consent", args=[draft.pk])
    return Step(address, cookie, status=FOUND, body=urlencode(typed), content_type=URLENCODED)


def _filled_in(draft: Application) -> list[tuple[str, str]]:
    """The draft's form as its page shows it, with the hidden fields and the button."""
    fixed = {"csrfmiddlewaretoken": TOKEN, "version": str(draft.version)}
    fixed |= {"seen_route": Route.FAST_TRACK.value, "action": "submit"}
    typed = list(fixed.items())
    for row in (DraftFields.initial_of(draft), *stored_rows(draft.items.all())):
        for name, value in row.items():
            typed += [(name, text) for text in _texts(value)]
    return typed


def _texts(value: object) -> Sequence[str]:
    """As a browser sends it: a box that is not ticked sends nothing."""
    if isinstance(value, bool):
        return ["on"] if value else []
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, date):
        return [value.isoformat()]
    return ["" if value is None else str(value)]


def _multipart(fields: Iterable[tuple[str, str]], files: Iterable[str]) -> str:
    """The body of a form with file inputs in which no file was chosen."""
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields]
    parts += [
        f'Content-Disposition: form-data; name="{name}"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n'
        for name in files
    ]
    return "".join(f"--{BOUNDARY}\r\n{part}" for part in parts) + f"--{BOUNDARY}--\r\n"
