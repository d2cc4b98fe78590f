"""Papers behind the door: page and PDF for who may read them, delivery by opening, the public check, the erratum."""

import logging
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.documents.models import CheckCode
from apps.documents.services.codes import code_of
from apps.documents.services.rendering import render_missing
from apps.transfers.enums import RevocationKind
from apps.transfers.models import Application, Delivery, Paper
from apps.transfers.services.answering import consent
from apps.transfers.services.ending import close, revoke
from apps.transfers.services.pausing import pause
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import endorse
from apps.transfers.services.shipping import confirm_shipment, record_shipment
from apps.web.papers import hastening
from tests.transfers.world import at
from tests.web.conftest import Site


@pytest.fixture
def case(site: Site) -> Application:
    """Approved on 7 January, valid from then on."""
    filed = site.world.filed(now=at("2026-01-05"))
    endorse(application_id=filed.pk, by=site.world.user("cq.handler"), now=at("2026-01-06"))
    done = consent(application_id=filed.pk, by=site.world.user("sc.handler"), now=at("2026-01-07"))
    site.clock("2026-01-08")
    return done


def paper_of(case: Application, kind: str = "approval") -> Paper:
    return case.papers.get(kind=kind)


def checked(case: Application, kind: str = "approval") -> str:
    code = code_of(paper=paper_of(case, kind), now=at("2026-01-08"))
    response = Client().get(reverse("web:check_paper", args=[code]))
    assert response.status_code == 200
    return response.content.decode()


def ship(site: Site, case: Application, amount: str) -> None:
    record_shipment(
        application_id=case.pk,
        by=site.world.filer_of("G-CQ1"),
        now=at("2026-02-02"),
        item_id=case.items.get().pk,
        manifest_no="20265001000001",
        amount_t=Decimal(amount),
        shipped_on=date(2026, 2, 2),
        carrier_name="示例",
    )


def test_the_pdf_is_a_download_with_the_papers_name(site: Site, case: Application) -> None:
    response = site.client("dazu.filer").get(reverse("web:paper_pdf", args=[paper_of(case).pk]))
    assert response.content.startswith(b"%PDF-1.7")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in response.headers["Cache-Control"]
    disposition = response.headers["Content-Disposition"]
    assert disposition.startswith("attachment;")
    assert "%E6%B8%9D%E7%8E%AF" in disposition


def test_letters_between_bureaus_are_no_pdf_for_parties_either(site: Site, case: Application) -> None:
    url = reverse("web:paper_pdf", args=[paper_of(case, "letter").pk])
    assert [site.client(name).get(url).status_code for name in ("dazu.filer", "suining.operator")] == [404, 404]
    assert site.client("sc.handler").get(url).status_code == 200


@pytest.mark.parametrize("name", ["paper", "paper_pdf"])
def test_the_clerks_opening_is_the_delivery_and_nobody_elses(site: Site, case: Application, name: str) -> None:
    paper = paper_of(case)
    url = reverse(f"web:{name}", args=[paper.pk])
    for other in ("dazu.viewer", "cq.handler", "suining.operator", "auditor"):
        site.client(other).get(url)
    site.client("dazu.filer").head(url)
    assert not Delivery.objects.exists()
    site.client("dazu.filer").get(url)
    assert Delivery.objects.get().paper_id == paper.pk
    page = site.client("cq.handler").get(reverse("web:paper", args=[paper.pk])).content.decode()
    assert "2026-01-08 10:00" in page
    assert "系统内查阅" in page


def test_without_fonts_the_reader_gets_the_page_and_a_sentence(site, case, settings, tmp_path: Path, caplog) -> None:
    settings.FONTS_DIR = tmp_path
    with caplog.at_level(logging.CRITICAL):
        response = site.client("dazu.filer").get(reverse("web:paper_pdf", args=[paper_of(case).pk]), follow=True)
    assert response.redirect_chain == [(reverse("web:paper", args=[paper_of(case).pk]), 302)]
    assert "PDF 暂不能生成" in response.content.decode()


def test_a_valid_approval_tells_its_public_facts(site: Site, case: Application) -> None:
    ship(site, case, "20.5")
    page = checked(case)
    for told in ("真实", "有效", paper_of(case).number, case.generator.name, "900-045-49", "120.0000", "99.5000"):
        assert told in page
    assert "2026-12-31 周四" in page
    for never in ("900-045-49</a>", "dazu", "联系", case.number):
        assert never not in page


def _paused(site: Site, case: Application) -> None:
    origin = site.world.user("cq.handler")
    pause(application_id=case.pk, by=origin, now=at("2026-01-08"), until_on=date(2026, 2, 1), reason="停产")


def _revoked(site: Site, case: Application) -> None:
    kind = RevocationKind.ANNULMENT
    revoke(application_id=case.pk, by=site.world.user("cq.handler"), now=at("2026-01-08"), kind=kind, reasons="有误")


def _closed(site: Site, case: Application) -> None:
    ship(site, case, "20")
    shipment = case.shipments.get()
    confirm_shipment(
        application_id=case.pk,
        shipment_id=shipment.pk,
        by=site.world.staff_of("O-SC1"),
        now=at("2026-02-03"),
        received_t=Decimal(20),
        arrived_on=date(2026, 2, 3),
    )
    close(application_id=case.pk, by=site.world.filer_of("G-CQ1"), now=at("2026-02-04"))


def _recalled(site: Site, case: Application) -> None:
    recall(application_id=case.pk, by=site.world.user("sc.handler"), now=at("2026-01-07", "10:05"))


def _expired(site: Site, _: Application) -> None:
    site.clock("2027-01-01")


@pytest.mark.parametrize(
    ("become", "word"),
    [
        (_paused, "暂停转移，至"),
        (_revoked, "已撤回、撤销或者注销"),
        (_closed, "已终结"),
        (_recalled, "作废"),
        (_expired, "有效期已满"),
    ],
)
def test_an_approval_that_may_not_be_used_says_so(site, case, become: Callable, word: str) -> None:
    become(site, case)
    page = checked(case)
    assert "真实" in page
    assert word in page


def test_of_a_letter_between_bureaus_only_that_it_is_genuine(site: Site, case: Application) -> None:
    page = checked(case, "letter")
    assert "商请函" in page
    assert "有效" in page
    for never in (case.generator.name, case.operator.name, "900-045-49", "120.0000"):
        assert never not in page


@pytest.mark.parametrize(
    "typed", ["0000-0000-0000-0000", "1", "中文", "<script>alert(1)</script>", "A" * 500, ".", "..", "../", "a\0b"]
)
def test_an_unknown_code_is_a_404_in_a_sentence(site: Site, typed: str) -> None:
    response = Client().get(reverse("web:check"), {"code": typed}, follow=True)
    assert response.status_code == 404
    assert "查无此文书" in response.content.decode()
    assert b"<script>alert" not in response.content


def test_a_typed_code_finds_the_paper(site: Site, case: Application) -> None:
    code = code_of(paper=paper_of(case), now=at("2026-01-08"))
    typed = f" {code[:4]}-{code[4:8].lower()} {code[8:]}"
    response = Client().get(reverse("web:check"), {"code": typed}, follow=True)
    assert response.redirect_chain == [(reverse("web:check_paper", args=[code]), 302)]
    assert paper_of(case).number in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


def test_the_bureau_corrects_a_slip_and_both_papers_point_at_each_other(site: Site, case: Application) -> None:
    paper, bureau = paper_of(case), site.client("cq.handler")
    url = reverse("web:issue_erratum", args=[paper.pk])
    assert url in bureau.get(reverse("web:paper", args=[paper.pk])).content.decode()
    refused = bureau.post(url, {"wrong_1": "120.0000", "right_1": "12.0000"})
    assert refused.status_code == 409
    assert "不是文字差错" in refused.content.decode()
    assert 'value="120.0000"' in refused.content.decode()
    done = bureau.post(url, {"wrong_2": "如实记录", "right_2": " 据实记录 "}, follow=True)
    erratum = Paper.objects.get(kind="erratum")
    assert done.redirect_chain == [(reverse("web:paper", args=[erratum.pk]), 302)]
    assert f"已印发 {erratum.number}" in done.content.decode()
    assert reverse("web:paper", args=[paper.pk]) in done.content.decode()
    original = site.client("dazu.filer").get(reverse("web:paper", args=[paper.pk])).content.decode()
    assert f'本文书已由 <a href="{reverse("web:paper", args=[erratum.pk])}">{erratum.number}' in original
    render_missing(now=at("2026-01-08"))
    assert erratum.number in checked(case)
    assert paper.number in checked(case, "erratum")


def test_the_check_asks_little_of_the_database(site: Site, case: Application, django_assert_max_num_queries) -> None:
    code = code_of(paper=paper_of(case), now=at("2026-01-08"))
    with django_assert_max_num_queries(9):
        Client().get(reverse("web:check_paper", args=[code]))
    assert CheckCode.objects.count() == 1


def settle(door: hastening.HastenPapers) -> None:
    """What the door sends beside the request is sent."""
    if door.sending:
        door.sending.join(30)


class Queue:
    """Counts what is sent, or is down."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.sent, self.failure = 0, failure

    def apply_async(self, **_: object) -> None:
        self.sent += 1
        if self.failure:
            raise self.failure


@pytest.mark.parametrize(
    ("method", "status", "username", "sent"),
    [
        ("post", 302, "cq.handler", 1),
        ("get", 200, "cq.handler", 0),
        ("post", 409, "cq.handler", 0),
        ("post", 302, "", 0),
    ],
)
def test_only_what_may_have_frozen_a_paper_wakes_the_renderer(
    site, settings, monkeypatch, method, status, username, sent
) -> None:
    settings.HASTENS_PAPERS = True
    queue = Queue()
    monkeypatch.setattr(hastening, "WOKEN", (queue,))
    request = getattr(RequestFactory(), method)("/")
    request.user = site.world.user(username) if username else type("Visitor", (), {"is_authenticated": False})()
    answer = type("Answer", (), {"status_code": status})()
    door = hastening.HastenPapers(lambda _: answer)
    assert door(request) is answer
    door(request)
    settle(door)
    # The second within a second is served by the first one's task.
    assert queue.sent == sent


def test_a_queue_that_is_down_fails_no_request_and_is_left_alone(site, settings, monkeypatch, caplog) -> None:
    settings.HASTENS_PAPERS = True
    queue = Queue(OSError("no queue"))
    monkeypatch.setattr(hastening, "WOKEN", (queue,))
    monkeypatch.setattr(hastening, "QUIET_SECONDS", 0.0)
    request = RequestFactory().post("/")
    request.user = site.world.user("cq.handler")
    door = hastening.HastenPapers(lambda _: type("Answer", (), {"status_code": 302})())
    with caplog.at_level(logging.WARNING):
        door(request)
        settle(door)
        door(request)
        settle(door)
    assert queue.sent == 1
    assert "wait for the sweep" in caplog.text
