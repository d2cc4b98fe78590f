"""When an entry runs out, in figures and in words."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.figures.rules import RunOut, run_out

TODAY = date(2026, 11, 23)
YEAR = {"begins_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
TONNES = st.decimals(min_value=0, max_value=10**6, places=4)


def reckoned(committed: str, available: str, restored: str = "0", **days: date) -> RunOut:
    words = {"today": TODAY, **YEAR, **days}
    return run_out(
        committed_t=Decimal(committed), restored_t=Decimal(restored), available_t=Decimal(available), **words
    )


def test_the_example() -> None:
    found = reckoned("450", "100")
    assert (found.kind, found.on) == ("runs_out", date(2026, 12, 13))
    assert found.sentence == (
        "近 90 日批准 450.0000 吨，日均 5.0000 吨；余 100.0000 吨，按此约 20 天，至 2026-12-13 用完。"
    )


def test_what_came_back_is_taken_off() -> None:
    found = reckoned("450", "100", "90")
    assert found.on == date(2026, 12, 18)
    assert "扣除恢复的 90.0000 吨后 360.0000 吨，日均 4.0000 吨" in found.sentence


@pytest.mark.parametrize(
    ("kind", "committed", "available", "days"),
    [
        ("lasts", "450", "1000", {}),
        ("unused", "0", "100", {}),
        ("gone", "450", "0", {}),
        ("ended", "450", "100", {"today": date(2027, 1, 1)}),
        ("ahead", "0", "100", {"today": date(2025, 12, 31)}),
        ("young", "450", "100", {"today": date(2026, 1, 6)}),
        ("runs_out", "450", "100", {"today": date(2026, 1, 7)}),
    ],
)
def test_each_kind(kind: str, committed: str, available: str, days: dict[str, date]) -> None:
    found = reckoned(committed, available, **days)
    assert (found.kind, found.on is not None) == (kind, kind == "runs_out")
    assert found.sentence.endswith("。")


def test_a_young_list_is_reckoned_by_its_own_days() -> None:
    found = reckoned("70", "30", today=date(2026, 1, 7))
    assert found.on == date(2026, 1, 10)
    assert found.sentence.startswith("近 7 日批准 70.0000 吨，日均 10.0000 吨")


@given(committed=TONNES, restored=TONNES, available=TONNES, age=st.integers(-5, 400))
def test_it_is_reached_at_that_rate_and_not_a_day_before(
    committed: Decimal, restored: Decimal, available: Decimal, age: int
) -> None:
    today = YEAR["begins_on"] + timedelta(days=age)
    found = run_out(today=today, committed_t=committed, restored_t=restored, available_t=available, **YEAR)
    if found.on is None:
        return
    days, left = min(90, age + 1), (found.on - today).days
    net = committed - restored
    assert today <= found.on <= YEAR["ends_on"]
    assert net * left <= available * days < net * (left + 1)
