"""Delivery: who is the addressee of which paper, once, and that it ends the time for a recall."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from apps.catalogue.enums import PaperKind
from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import Application, Delivery, Paper
from apps.transfers.rules.papers.addressees import addressee_of
from apps.transfers.services.answering import consent
from apps.transfers.services.delivering import deliver
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import endorse
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db
DAY1, DAY2 = at("2026-01-06"), at("2026-01-07")


def approved(world: World) -> Application:
    case = world.filed(now=at("2026-01-05"))
    endorse(application_id=case.pk, by=world.user("cq.handler"), now=DAY1)
    return consent(application_id=case.pk, by=world.user("sc.handler"), now=DAY2)


@pytest.mark.parametrize(
    ("kind", "addressee", "others"),
    [
        ("receipt", "dazu.filer", ("dazu.viewer", "cq.handler", "sc.handler", "suining.operator")),
        ("acceptance", "dazu.filer", ("dazu.viewer", "cq.handler")),
        ("approval", "dazu.filer", ("dazu.viewer", "cq.handler", "suining.operator", "auditor")),
        ("letter", "sc.handler", ("cq.handler", "dazu.filer", "auditor")),
        ("reply_agree", "cq.signatory", ("sc.handler", "dazu.filer", "auditor")),
    ],
)
def test_only_the_addressees_opening_is_the_delivery(world, kind, addressee, others) -> None:
    paper = approved(world).papers.get(kind=kind)
    for other in others:
        assert not deliver(paper_id=paper.pk, by=world.user(other), now=DAY2)
    assert not Delivery.objects.exists()
    clerk = world.user(addressee)
    assert deliver(paper_id=paper.pk, by=clerk, now=DAY2)
    assert not deliver(paper_id=paper.pk, by=clerk, now=DAY2 + timedelta(hours=1))
    kept = Delivery.objects.get()
    assert (kept.paper_id, kept.recipient_id, kept.delivered_at) == (paper.pk, clerk.pk, DAY2)
    assert Paper.objects.get(pk=paper.pk).delivered_at == DAY2


def test_delivery_changes_nothing_of_the_case(world: World) -> None:
    case = approved(world)
    before = Application.objects.filter(pk=case.pk).values().get(), case.log.count()
    deliver(paper_id=case.papers.get(kind="approval").pk, by=world.user("dazu.filer"), now=DAY2)
    assert (Application.objects.filter(pk=case.pk).values().get(), case.log.count()) == before


def test_what_was_delivered_is_recalled_no_more(world: World) -> None:
    case, signer, soon = approved(world), world.user("sc.handler"), DAY2 + timedelta(minutes=5)
    deliver(paper_id=case.papers.get(kind="approval").pk, by=world.user("dazu.filer"), now=DAY2)
    with pytest.raises(Refused) as refused:
        recall(application_id=case.pk, by=signer, now=soon)
    assert refused.value.code == "recall.too_late"


def test_before_delivery_it_is_recalled_and_then_delivered_no_more(world: World) -> None:
    case, soon = approved(world), DAY2 + timedelta(minutes=5)
    recall(application_id=case.pk, by=world.user("sc.handler"), now=soon)
    assert not deliver(paper_id=case.papers.get(kind="approval").pk, by=world.user("dazu.filer"), now=soon)
    assert not Delivery.objects.exists()


def test_strangers_find_no_paper(world: World) -> None:
    paper = approved(world).papers.get(kind="approval")
    for stranger in ("jiulongpo.filer", "gz.handler", "admin"):
        with pytest.raises(NotFound):
            deliver(paper_id=paper.pk, by=world.user(stranger), now=DAY2)


@pytest.mark.parametrize("change", ["UPDATE transfers_delivery SET means = 'x'", "DELETE FROM transfers_delivery"])
def test_a_delivery_never_changes(world: World, change: str) -> None:
    deliver(paper_id=approved(world).papers.get(kind="approval").pk, by=world.user("dazu.filer"), now=DAY2)
    with pytest.raises(DatabaseError, match="送达记录只能追加"), transaction.atomic():
        connection.cursor().execute(change)


def test_a_correction_goes_where_the_corrected_paper_went() -> None:
    from_bureau = {kind for kind in PaperKind if kind not in {PaperKind.ERRATUM, PaperKind.LETTER_ERRATUM}}
    assert {addressee_of(PaperKind.LETTER_ERRATUM, kind) for kind in from_bureau} == {
        "generator",
        "origin",
        "destination",
    }
    assert addressee_of(PaperKind.LETTER_ERRATUM, PaperKind.REPLY_AGREE) == addressee_of(PaperKind.REPLY_AGREE)
