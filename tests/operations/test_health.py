"""What the system says of itself: to strangers one word, to its operators every part with a sentence."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from kombu.exceptions import OperationalError as QueueError

from apps.deadlines.services import read_now, set_clock_shift
from apps.transfers.models import LogRow
from tests.transfers.world import World, at, demo_world
from wastetransfer import health
from wastetransfer.operations import checks, metrics
from wastetransfer.operations.checks import SILENT_AFTER_S, Standing, all_checks, worst
from wastetransfer.operations.heartbeats import BEAT, WORKER, beat_once, signs
from wastetransfer.operations.models import Heartbeat

TOKEN = "a-token-of-the-operators"


@pytest.fixture
def alive(db, settings, monkeypatch) -> None:
    settings.OPERATIONS_TOKEN = TOKEN
    monkeypatch.setattr(health, "KEPT_FOR_S", -1.0)
    for name in (BEAT, WORKER):
        beat_once(name)


def asked(**headers: str):
    return Client().get("/health/ready", headers=headers)


def as_operator():
    return asked(authorization=f"Bearer {TOKEN}")


def age(name: str, seconds: float) -> None:
    Heartbeat.objects.filter(name=name).update(
        beaten_at=Heartbeat.objects.get(name=name).beaten_at - timedelta(seconds=seconds)
    )


def test_all_is_well(alive) -> None:
    answer = as_operator()
    assert (answer.status_code, answer.json()["status"]) == (200, "ok"), answer.json()
    assert list(answer.json()["checks"]) == ["database", "queue", "worker", "beat", "undelivered", "calendar"]
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}])
def test_a_stranger_learns_one_word(alive, headers) -> None:
    assert asked(**headers).json() == {"status": "ok"}
    assert Client().get("/metrics", headers=headers).status_code == 404


def test_without_a_token_nobody_is_known(alive, settings) -> None:
    settings.OPERATIONS_TOKEN = ""
    assert asked(authorization="Bearer ").json() == {"status": "ok"}
    assert Client().get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("name", [BEAT, WORKER])
def test_who_is_silent_is_down(alive, name) -> None:
    age(name, SILENT_AFTER_S - 60)
    assert as_operator().status_code == 200
    age(name, 120)
    answer = as_operator()
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert "没有动静" in answer.json()["checks"][name]["sentence"]
    Heartbeat.objects.filter(name=name).delete()
    assert "从未运行" in as_operator().json()["checks"][name]["sentence"]


def test_a_sign_of_life_is_written_now_and_then_only(alive) -> None:
    before = Heartbeat.objects.get(name=BEAT).beaten_at
    beat_once(BEAT)
    assert Heartbeat.objects.get(name=BEAT).beaten_at == before
    age(BEAT, 11)
    beat_once(BEAT, waited_s=3)
    assert signs()[BEAT].waited_s == 3


def test_a_queue_that_is_away_is_said_so(alive, monkeypatch) -> None:
    def away() -> int:
        raise QueueError("connection refused")

    monkeypatch.setattr(checks, "queue_length", away)
    monkeypatch.setattr(metrics, "queue_length", away)
    answer = as_operator()
    assert (answer.status_code, answer.json()["checks"]["queue"]["status"]) == (503, "down")
    shown = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert shown.status_code == 200
    assert b"queue_messages" not in shown.content


def test_a_database_that_is_away_is_said_so(alive) -> None:
    def away(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly\nsecond line")

    with connection.execute_wrapper(away):
        answer = as_operator()
    assert answer.status_code == 503
    assert list(answer.json()["checks"]) == ["database", "queue"]
    assert "second line" not in answer.content.decode()
    assert Client().get("/health/live").status_code == 200


def test_who_waits_to_be_told_and_a_year_without_notice_degrade(alive) -> None:
    world = demo_world()
    now = set_time(at("2026-12-28"))
    world.filed(now=now, generator="G-CQ1", items={"900-045-49": "1"}, period=("2026-12-28", "2027-06-30"))
    set_time(at("2026-12-28", "10:20"))
    answer = as_operator().json()
    assert answer["status"] == "degraded"
    assert (answer["checks"]["calendar"]["status"], answer["checks"]["undelivered"]["status"]) == ("degraded",) * 2
    assert "2027年年历尚未载入" in answer["checks"]["calendar"]["sentence"]
    assert asked().json() == {"status": "degraded"}
    assert LogRow.objects.filter(delivered_at=None).exists()
    text = metrics.exposition().decode()
    assert 'wastetransfer_open_cases{state="origin_review"} 1.0' in text
    assert 'wastetransfer_health{part="calendar"} 0.0' in text
    (waiting,) = [line for line in text.splitlines() if line.startswith("wastetransfer_undelivered_seconds ")]
    assert float(waiting.split()[1]) >= 1200


def set_time(moment):
    set_clock_shift(to=moment)
    return read_now()


def test_the_metrics_tell_what_is_asked_for(alive) -> None:
    Client().get("/health/live")
    shown = Client().get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    names = {line.split()[2] for line in shown.content.decode().splitlines() if line.startswith("# TYPE")}
    assert {
        f"wastetransfer_{name}"
        for name in (
            *("open_cases", "on_time_share", "clocks_due", "clocks_due_seconds", "heartbeat_seconds", "queue_messages"),
            *("queue_wait_seconds", "undelivered_events", "undelivered_seconds", "health", "request_seconds"),
        )
    } <= names
    assert b'route="health/live"' in shown.content


def test_strangers_make_no_new_series(alive) -> None:
    for path in ("/no-such-page-1", "/no-such-page-2"):
        Client().generic("MKCOL", path)
    text = metrics.exposition().decode()
    assert "no-such-page" not in text
    assert 'method="other",route="unknown",status="4xx"' in text


def test_the_metrics_do_not_grow_with_the_cases(alive, world: World, django_assert_max_num_queries) -> None:
    metrics.exposition()
    with django_assert_max_num_queries(40):
        metrics.exposition()


def test_the_worst_counts() -> None:
    parts = {"a": checks.Check(Standing.OK, ""), "b": checks.Check(Standing.DEGRADED, "")}
    assert worst(parts) == Standing.DEGRADED
    assert worst(parts | {"c": checks.Check(Standing.DOWN, "")}) == Standing.DOWN
    assert worst({}) == Standing.OK


def test_asked_often_it_looks_seldom(db, monkeypatch) -> None:
    looked = []
    monkeypatch.setattr(health, "all_checks", lambda: looked.append(1) or all_checks())
    health.forget_checks()
    for _ in range(20):
        Client().get("/health/ready")
    health.forget_checks()
    assert len(looked) == 1
