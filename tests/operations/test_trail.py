"""Log lines as JSON, with the request's id from the door to the worker, and without secrets."""

import json
import logging
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.catalogue import tracing
from apps.transfers.services.acting import sweep_one
from tests.transfers.world import World, at
from wastetransfer.operations import signals
from wastetransfer.operations.logs import Lines, Trail
from wastetransfer.settings.logs import logging_of

GIVEN = "proxy-0123456789"


def line_of(record: logging.LogRecord) -> dict[str, object]:
    Trail().filter(record)
    return json.loads(Lines("%(message)s %(request_id)s %(case)s").format(record))


def test_an_answer_carries_the_id_that_the_proxy_gave(db) -> None:
    assert Client().get("/health/live", headers={"x-request-id": GIVEN}).headers["X-Request-ID"] == GIVEN


@pytest.mark.parametrize("given", ["", "short", "a" * 65, 'with "quotes"', "with\tcontrol", "中文中文中文"])
def test_anything_else_is_replaced(db, given: str) -> None:
    answer = Client().get("/health/live", HTTP_X_REQUEST_ID=given)
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 32


def test_a_request_is_one_line_without_its_address(db, caplog) -> None:
    caplog.set_level(logging.INFO, logger="wastetransfer.requests")
    Client().get(
        reverse("web:check_paper", args=["SECRETSECRETSECR"]), {"name": "somebody"}, headers={"x-request-id": GIVEN}
    )
    (record,) = [record for record in caplog.records if record.name == "wastetransfer.requests"]
    line = line_of(record)
    assert (line["method"], line["status"], line["request_id"]) == ("GET", 404, GIVEN)
    assert line["ms"] >= 0
    text = json.dumps(line)
    assert "SECRET" not in text
    assert "somebody" not in text


def test_an_error_line_leaves_the_request_out(db) -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, "Internal Server Error: %s", ("/x",), None)
    record.request = RequestFactory().post("/x", {"password": "hidden"}, headers={"cookie": "sessionid=hidden"})
    text = json.dumps(line_of(record))
    assert "hidden" not in text
    assert "Internal Server Error" in text


def test_a_line_carries_the_number_of_the_case(world: World) -> None:
    case = world.filed(now=at("2026-01-05"))
    tracing.forget()
    sweep_one(application_id=case.pk, now=at("2026-01-13", "00:00"))
    line = line_of(logging.LogRecord("apps", logging.WARNING, "", 1, "something", (), None))
    assert line["case"] == case.number
    assert line["at"].endswith("+00:00")
    tracing.forget()
    assert "case" not in line_of(logging.LogRecord("apps", logging.WARNING, "", 1, "something", (), None))


def test_the_id_goes_with_a_message_and_is_taken_up() -> None:
    tracing.request_id.set(GIVEN)
    headers: dict[str, object] = {}
    signals.send_trail(headers=headers)
    tracing.forget()
    signals.take_up_trail(task=SimpleNamespace(request=SimpleNamespace(**headers)))
    assert tracing.request_id.get() == GIVEN
    signals.take_up_trail(task=SimpleNamespace(request=SimpleNamespace()))
    assert tracing.request_id.get() not in {"", GIVEN}


def test_only_beat_gives_the_sign_of_beat(db, monkeypatch) -> None:
    given = []
    monkeypatch.setattr(signals, "beat_once", lambda name, **_: given.append(name))
    signals.beat_of_beat()
    assert given == []
    monkeypatch.setattr(signals, "_is_beat", True)
    signals.beat_of_beat()
    signals.beat_of_worker()
    assert given == ["beat", "worker"]


def test_production_writes_json_and_the_demo_lines_for_people() -> None:
    assert logging_of(is_json=True)["formatters"]["lines"]["()"].endswith(".Lines")
    assert "format" in logging_of(is_json=False)["formatters"]["lines"]


def test_a_message_may_wait_longer_than_two_machines_clocks_differ() -> None:
    """A worker whose clock is ten minutes fast would throw away every message that expires sooner."""
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry.get("options", {}).get("expires", 3600) > 600, name
