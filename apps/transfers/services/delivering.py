"""Delivery of a paper: recorded when somebody who acts for its addressee opens it (licence law, art. 44).

It changes no state and leaves no row in the log of acts; it ends the time in which its act may be recalled.
"""

from datetime import datetime

from django.db import transaction

from apps.catalogue.enums import PaperKind
from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.transfers.errors import NotFound
from apps.transfers.models import Application, Delivery, Paper
from apps.transfers.permissions import acts_only_for
from apps.transfers.rules.papers.addressees import addressee_of
from apps.transfers.services.locking import locked_application


def deliver(*, paper_id: int, by: User, now: datetime) -> bool:
    """Record that the addressee's clerk opened the paper; whether this was the delivery.

    False, and nothing is written, when the reader isn't the addressee's, or the paper is delivered already or 作废.
    Raises NotFound when the person may not see the case.
    """
    paper = _seen(paper_id, by, now)
    # Most openings are by others, or later: those take no lock.
    if paper.delivered_at or paper.voided_at or not is_addressee(paper=paper, user=by, now=now):
        return False
    with transaction.atomic():
        # The application first, as every act does: a recall of the same moment comes wholly before or wholly after.
        locked_application(application_id=paper.application_id, by=by, now=now)
        fresh = Paper.objects.filter(pk=paper_id, delivered_at__isnull=True, voided_at__isnull=True)
        if not fresh.update(delivered_at=now):
            return False
        Delivery.objects.create(paper_id=paper_id, recipient=by, recipient_name=str(by), delivered_at=now)
    return True


def _seen(paper_id: int, by: User, now: datetime) -> Paper:
    seen = Application.objects.visible_to(by, local_day(now))
    paper = Paper.objects.select_related("application", "corrects").filter(pk=paper_id, application__in=seen).first()
    if paper is None:
        raise NotFound
    return paper


def is_addressee(*, paper: Paper, user: User, now: datetime) -> bool:
    """Whether the person acts for the party to whom the paper is addressed."""
    application = paper.application
    application.today = local_day(now)
    corrected = PaperKind(paper.corrects.kind) if paper.corrects else None
    return acts_only_for(application, user, addressee_of(PaperKind(paper.kind), corrected))
