"""Correcting slips of wording in a paper that stands (更正): both versions are kept, each names the other."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.catalogue.enums import PaperKind
from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.transfers.attendances import ATTENDANCES
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application, LogRow, Paper
from apps.transfers.permissions import DESTINATION, ORIGIN, acts_only_for
from apps.transfers.rules.papers.errata import ERRATA, Slip, all_words, erratum_kind, refused_slip
from apps.transfers.services.acting import attending
from apps.transfers.services.chains import require_signatory
from apps.transfers.services.locking import load_parties
from apps.transfers.services.papers import PaperOrder

ISSUES_ERRATA = "issue_erratum"
MOST_SLIPS = 5


def issue_erratum(*, paper_id: int, by: User, now: datetime, slips: Sequence[Slip]) -> Paper:
    """Issue an erratum of named slips of wording; it goes to whom the corrected paper went.

    Only the bureau that issued the paper, after the time in which the act could be recalled; never tonnes, parties,
    dates or what was decided. Signed by whoever could sign the corrected paper in the bureau's chain. Raises NotFound,
    NotAllowed, Refused ``signature.role``, ``erratum.…`` (kind, void, recall, none, many, and a slip's own).
    """
    paper = Paper.objects.select_related("bureau").filter(pk=paper_id).first()
    if paper is None:
        raise NotFound
    # The paper is frozen at the end of the act: read inside the same transaction, or nothing happened.
    with transaction.atomic():
        with attending(application_id=paper.application_id, name=ISSUES_ERRATA, by=by, now=now) as act:
            application = act.application
            if not acts_only_for(application, by, _issuing_party(paper, application)):
                raise NotAllowed(ATTENDANCES[ISSUES_ERRATA].verb, "只有该文书的发文机关可以更正。")
            paper = Paper.objects.select_related("bureau").get(pk=paper_id)
            _refuse_what_stays(paper, application, now)
            require_signatory(act, name=_act_of(paper), province_id=paper.bureau.province_id)
            load_parties(application)
            _refuse_slips(paper, application, slips)
            kind = erratum_kind(PaperKind(paper.kind))
            details = {
                "number": paper.number,
                "title": paper.title,
                "dated_on": paper.dated_on,
                "addressee": paper.addressee,
                "copies": paper.copies,
                "slips": tuple(slips),
            }
            position = application.log_length + 1
            act.orders.append(PaperOrder(kind, paper.bureau, details, position=position, corrects=paper))
            act.details.update(corrects=paper.number, slips=[[slip.wrong, slip.right] for slip in slips])
            act.reason = "；".join(f"“{slip.wrong}”更正为“{slip.right}”" for slip in slips)
        return Paper.objects.get(application=application, position=position, corrects=paper)


def may_issue_erratum(*, paper: Paper, user: User, now: datetime) -> bool:
    """Whether the person's page offers the correction of this paper now."""
    application = paper.application
    application.today = local_day(now)
    return (
        paper.voided_at is None
        and paper.kind not in {*ERRATA, PaperKind.RECEIPT}
        and not _may_still_be_recalled(paper, application, now)
        and acts_only_for(application, user, _issuing_party(paper, application))
    )


def _issuing_party(paper: Paper, application: Application) -> str:
    return ORIGIN if paper.bureau.province_id == application.origin_id else DESTINATION


def _act_of(paper: Paper) -> str:
    """The act for which the paper was signed; on fast track the log tells an approval under the other's consent."""
    if paper.kind == PaperKind.APPROVAL:
        return "approve"
    rows = LogRow.objects.filter(application=paper.application_id, position=paper.position)
    return rows.values_list("act", flat=True).first() or ""


def _may_still_be_recalled(paper: Paper, application: Application, now: datetime) -> bool:
    """The act's own minutes still run: what can be recalled is signed anew, not corrected."""
    until = application.recallable_until
    is_last = paper.position == application.log_length
    return (
        bool(application.recallable_state) and is_last and until is not None and now < until and not paper.delivered_at
    )


def _refuse_what_stays(paper: Paper, application: Application, now: datetime) -> None:
    if paper.kind in {*ERRATA, PaperKind.RECEIPT}:
        raise Refused("erratum.kind", f"{paper.get_kind_display()}不办理更正。")
    if paper.voided_at:
        raise Refused("erratum.void", f"{paper.number} 已作废，不能更正。")
    if _may_still_be_recalled(paper, application, now):
        raise Refused("erratum.recall", f"{paper.number} 还在可以收回的时间内，请收回后重新签发。")


def _refuse_slips(paper: Paper, application: Application, slips: Sequence[Slip]) -> None:
    if not slips:
        raise Refused("erratum.none", "请至少填写一处更正。")
    if len(slips) > MOST_SLIPS:
        raise Refused("erratum.many", f"一份更正最多 {MOST_SLIPS} 处。")
    text = all_words(title=paper.title, addressee=paper.addressee, blocks=paper.content)
    operator = application.operator
    names = (application.generator.name, operator.name if operator else "", paper.bureau.name)
    for slip in slips:
        refused = refused_slip(slip, text=text, names=names)
        if refused is not None:
            raise Refused(refused.code, refused.sentence)
