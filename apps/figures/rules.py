"""Pure rules of the figures: when an entry runs out at the rate of the last ninety days."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

WINDOW_DAYS = 90
# A rate of a few days says nothing.
FEWEST_DAYS = 7
# Beyond this no calendar helps anybody.
MOST_DAYS = 3660
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class RunOut:
    """``kind`` is ended, ahead, gone, young, unused, lasts or runs_out; ``on`` the day, of the last alone."""

    kind: str
    sentence: str
    on: date | None = None


def window_days(today: date, begins_on: date) -> int:
    """Days of the rate: ninety up to and with today, but none before the list began."""
    return min(WINDOW_DAYS, (today - begins_on).days + 1)


def run_out(
    *, today: date, begins_on: date, ends_on: date, committed_t: Decimal, restored_t: Decimal, available_t: Decimal
) -> RunOut:
    """When an entry runs out if it goes on as in the window, with the reckoning in a sentence.

    ``committed_t`` and ``restored_t`` are what was approved and what came back in the window; held tonnes are not
    available any more. A day on which exactly everything is used is that day.
    """
    days = window_days(today, begins_on)
    if ends_on < today:
        told = RunOut("ended", f"名单已于 {ends_on} 期满，不再推算。")
    elif begins_on > today:
        told = RunOut("ahead", f"名单自 {begins_on} 起生效，尚无用量。")
    elif available_t <= ZERO:
        told = RunOut("gone", "已无余量。")
    elif days < FEWEST_DAYS:
        told = RunOut("young", f"名单生效不足 {FEWEST_DAYS} 日，暂不推算；余 {available_t:.4f} 吨。")
    else:
        told = _at_the_rate(today, ends_on, days, committed_t, restored_t, available_t)
    return told


def _at_the_rate(
    today: date, ends_on: date, days: int, committed_t: Decimal, restored_t: Decimal, available_t: Decimal
) -> RunOut:
    net_t = committed_t - restored_t
    back = f"，扣除恢复的 {restored_t:.4f} 吨后 {net_t:.4f} 吨" if restored_t else ""
    if net_t <= ZERO:
        used = "没有批准" if not committed_t else f"批准 {committed_t:.4f} 吨{back}"
        return RunOut("unused", f"近 {days} 日{used}，无从推算；余 {available_t:.4f} 吨。")
    left = int(available_t * days / net_t)
    told = f"近 {days} 日批准 {committed_t:.4f} 吨{back}，日均 {net_t / days:.4f} 吨；余 {available_t:.4f} 吨，按此"
    on = today + timedelta(days=min(left, MOST_DAYS))
    if on > ends_on:
        return RunOut("lasts", f"{told}可用到 {ends_on} 期满。")
    return RunOut("runs_out", f"{told}约 {left} 天，至 {on} 用完。", on)
