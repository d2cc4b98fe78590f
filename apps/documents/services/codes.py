"""The code by which anybody can check a paper: made once, at random, kept."""

import io
import secrets
from datetime import datetime

import segno
from django.conf import settings
from django.urls import reverse

from apps.documents.models import CheckCode
from apps.documents.rules import ALPHABET, CODE_LENGTH, Check
from apps.transfers.models import Paper


def code_of(*, paper: Paper, now: datetime) -> str:
    """The paper's code (80 random bits); made at the first call, whoever else calls at the same moment."""
    kept = CheckCode.objects.filter(paper=paper).first()
    if kept is None:
        fresh = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        CheckCode.objects.bulk_create([CheckCode(paper=paper, code=fresh, made_at=now)], ignore_conflicts=True)
        kept = CheckCode.objects.get(paper=paper)
    return kept.code


def address_of(code: str) -> str:
    """The absolute address of the public page, as it goes into the picture."""
    return settings.SITE_URL + reverse(settings.CHECK_URL_NAME, args=[code])


def check_at(*, code: str, address: str) -> Check:
    """What is printed of a code: the address as a QR picture (SVG, error correction M) and where to type it."""
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=1, xmldecl=False)
    form_address = address.removesuffix("/").removesuffix(code)
    return Check(code=code, address=address, picture=drawn.getvalue().decode(), form_address=form_address)
