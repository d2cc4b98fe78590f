"""Pages ask the database the same number of questions however many rows they show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.transfers.world import at
from tests.web.conftest import Site

LIST_BOUND = 14
CASE_BOUND = 48


def count(site: Site, username: str, address: str) -> int:
    client = site.client(username)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    ("username", "name"),
    [("cq.handler", "worklist"), ("dazu.filer", "own_applications"), ("suining.operator", "addressed_applications")],
)
def test_a_list_does_not_ask_per_row(site: Site, username: str, name: str) -> None:
    site.world.filed(now=at("2026-01-05"), items={"900-045-49": "1"})
    few = count(site, username, reverse(f"web:{name}"))
    for _ in range(4):
        site.world.filed(now=at("2026-01-05"), items={"900-045-49": "1"})
    assert count(site, username, reverse(f"web:{name}")) == few <= LIST_BOUND


@pytest.mark.parametrize(("username", "name"), [("cq.handler", "case"), ("dazu.filer", "own_application")])
def test_a_case_does_not_ask_per_item(site: Site, username: str, name: str) -> None:
    one = site.world.filed(now=at("2026-01-05"), items={"900-045-49": "1"})
    count(site, username, reverse(f"web:{name}", args=[one.pk]))  # the process learns the holidays' names
    few = count(site, username, reverse(f"web:{name}", args=[one.pk]))
    assert few <= CASE_BOUND
    item = one.items.get()
    for position in range(2, 40):
        item.pk, item.position = None, position
        item.save()
    assert count(site, username, reverse(f"web:{name}", args=[one.pk])) == few


def test_a_draft_does_not_ask_per_item(site: Site) -> None:
    draft = site.world.draft(now=at("2026-01-05"), items={"900-045-49": "1"})
    address = reverse("web:draft", args=[draft.pk]) + "?checked=1"
    count(site, "dazu.filer", address)  # the process learns the catalogue
    few = count(site, "dazu.filer", address)
    item = draft.items.get()
    for position in range(2, 51):
        item.pk, item.position = None, position
        item.save()
    assert count(site, "dazu.filer", address) == few
