"""Errata: slips of wording only, by whoever issued the paper, after the time for a recall; both versions stay."""

from datetime import timedelta

import pytest

from apps.catalogue.enums import PaperKind
from apps.documents.services.rendering import present_mark, render_missing, rendering_of
from apps.transfers.errors import NotAllowed, Refused
from apps.transfers.models import Application, Paper, SignoffChain
from apps.transfers.rules.papers.errata import Slip, refused_slip
from apps.transfers.services.answering import consent
from apps.transfers.services.erratum import issue_erratum, may_issue_erratum
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import endorse
from tests.transfers.paper_cases import words
from tests.transfers.world import World, at

TEXT = "不得转移120.0000吨。甲公司如实记录。同意至2026年1月12日。甲公司签字。如实报告。"
LATER = at("2026-01-12")
GOOD = [Slip("如实记录", "据实记录")]


@pytest.mark.parametrize(
    ("wrong", "right", "code"),
    [
        ("如实记录", "据实记录", None),
        ("公司签字", "公司签名", None),  # beside a name is not in a name
        ("签字", "签名", None),
        ("", "据实", "erratum.empty"),
        ("签字", "", "erratum.empty"),
        ("签字", "签字", "erratum.same"),
        ("没有的话", "别的话", "erratum.not_there"),
        ("如实", "据实", "erratum.ambiguous"),
        ("120.0000", "12.0000", "erratum.substance"),
        ("1月12日", "12月1日", "erratum.substance"),
        ("不得转移", "得转移", "erratum.substance"),
        ("同意至", "不同意至", "erratum.substance"),
        ("甲公司如实", "乙公司如实", "erratum.substance"),
    ],
)
def test_only_slips_of_wording(wrong: str, right: str, code: str | None) -> None:
    refused = refused_slip(Slip(wrong, right), text=TEXT, names=["甲公司"])
    assert (refused.code if refused else None) == code


def approved(world: World) -> Application:
    case = world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=at("2026-01-06"))
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07"))


@pytest.mark.django_db
def test_an_erratum_is_a_numbered_paper_of_its_own_and_both_name_each_other(world: World) -> None:
    case = approved(world)
    approval = case.papers.get(kind="approval")
    before = words(approval), approval.number
    plain = rendering_of(paper_id=approval.pk, now=LATER)
    made = issue_erratum(paper_id=approval.pk, by=world.user("cq.signatory"), now=LATER, slips=GOOD)
    assert (made.kind, made.number, made.corrects_id) == (PaperKind.ERRATUM, "渝环危转受〔2026〕2号", approval.pk)
    assert approval.number in words(made)
    assert "据实记录" in words(made)
    assert made.addressee == approval.addressee
    approval = Paper.objects.get(pk=approval.pk)
    assert (words(approval), approval.number) == before
    assert made.number in present_mark(approval)
    render_missing(now=LATER)
    marked = rendering_of(paper_id=approval.pk, now=LATER)
    assert marked.pk != plain.pk
    assert made.number in marked.mark
    assert set(approval.renderings.values_list("pk", flat=True)) == {plain.pk, marked.pk}
    log = case.log.get(act="issue_erratum")
    assert log.reason == "“如实记录”更正为“据实记录”"
    assert Application.objects.get(pk=case.pk).state == "approved"


@pytest.mark.django_db
def test_whoever_could_sign_the_paper_signs_its_erratum(world: World) -> None:
    case = approved(world)
    bureau = world.parties.bureaus["CQ"]
    SignoffChain.objects.create(bureau=bureau, roles=["handler"])
    SignoffChain.objects.create(bureau=bureau, act="approve", roles=["handler", "section_head", "signatory"])
    approval, letter = case.papers.get(kind="approval"), case.papers.get(kind="letter")
    with pytest.raises(Refused) as refused:
        issue_erratum(paper_id=approval.pk, by=world.user("cq.handler"), now=LATER, slips=GOOD)
    assert refused.value.code == "signature.role"
    assert "签发（分管负责人）" in refused.value.sentence
    issue_erratum(paper_id=approval.pk, by=world.user("cq.signatory"), now=LATER, slips=GOOD)
    slip = [Slip("经初步审核", "经初步审查")]
    assert (
        issue_erratum(paper_id=letter.pk, by=world.user("cq.handler"), now=LATER, slips=slip).corrects_id == letter.pk
    )


@pytest.mark.django_db
def test_a_letter_is_corrected_by_a_letter_of_its_own_bureau(world: World) -> None:
    case = approved(world)
    reply = case.papers.get(kind="reply_agree")
    slips = [Slip("专此函复", "特此函复")]
    with pytest.raises(NotAllowed):
        issue_erratum(paper_id=reply.pk, by=world.user("cq.handler"), now=LATER, slips=slips)
    made = issue_erratum(paper_id=reply.pk, by=world.user("sc.handler"), now=LATER, slips=slips)
    assert (made.kind, made.number) == (PaperKind.LETTER_ERRATUM, "川环危转函〔2026〕2号")
    assert made.addressee == "重庆市生态环境局"


@pytest.mark.django_db
def test_what_is_no_matter_of_an_erratum_is_refused(world: World) -> None:
    case, origin = approved(world), world.user("cq.handler")
    approval, receipt = case.papers.get(kind="approval"), case.papers.get(kind="receipt")

    def refusal(paper: Paper, now=LATER, slips=GOOD) -> str:
        with pytest.raises(Refused) as refused:
            issue_erratum(paper_id=paper.pk, by=origin, now=now, slips=slips)
        return refused.value.code

    assert refusal(receipt) == "erratum.kind"
    assert refusal(approval, now=at("2026-01-07") + timedelta(minutes=5)) == "erratum.recall"
    assert refusal(approval, slips=[]) == "erratum.none"
    assert refusal(approval, slips=GOOD * 6) == "erratum.many"
    assert refusal(approval, slips=[Slip("120.0000", "12.0000")]) == "erratum.substance"
    assert refusal(approval, slips=[Slip(case.generator.name, "别的公司")]) in {
        "erratum.ambiguous",
        "erratum.substance",
    }
    made = issue_erratum(paper_id=approval.pk, by=origin, now=LATER, slips=GOOD)
    assert refusal(made) == "erratum.kind"
    assert Paper.objects.filter(corrects__isnull=False).count() == 1


@pytest.mark.django_db
def test_a_void_paper_is_corrected_no_more(world: World) -> None:
    case = approved(world)
    recall(application_id=case.pk, by=world.user("sc.handler"), now=at("2026-01-07") + timedelta(minutes=5))
    approval = case.papers.get(kind="approval")
    assert not may_issue_erratum(paper=approval, user=world.user("cq.handler"), now=LATER)
    with pytest.raises(Refused, match="已作废"):
        issue_erratum(paper_id=approval.pk, by=world.user("cq.handler"), now=LATER, slips=GOOD)


@pytest.mark.django_db
def test_the_button_is_for_the_issuing_bureau_after_the_recall_time(world: World) -> None:
    approval = approved(world).papers.select_related("application", "bureau").get(kind="approval")

    def offered(username: str, now=LATER) -> bool:
        return may_issue_erratum(paper=approval, user=world.user(username), now=now)

    assert [offered(name) for name in ("cq.handler", "sc.handler", "dazu.filer")] == [True, False, False]
    assert not offered("cq.handler", now=at("2026-01-07") + timedelta(minutes=5))
