"""Building the demo's cases: the year 2021, then 2026 up to the demo's day."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from apps.deadlines.workdays import local_day
from apps.organisations.services.demo_parties import DemoParties
from apps.transfers.demo.desks import fill_desks, waiting_cases
from apps.transfers.demo.history import history
from apps.transfers.demo.next_year import negotiations
from apps.transfers.demo.stage import Stage, moment, play
from apps.transfers.demo.stories import stories
from apps.transfers.demo.uses import uses
from apps.transfers.models import Application
from apps.transfers.services.signing.loading import load_chains

# What was to be closed by the clock after 2021 is closed in January; nothing happens in between.
END_OF_2021 = date(2022, 3, 1)


def build_cases(*, parties: DemoParties, path: Path, now: datetime, progress: Callable[[str], None]) -> int:
    """Play 2021 and 2026 through the services; gives the number of cases. Same files and day, same world.

    Does nothing when there is any case: what a visitor did with the demo stays.
    """
    chains = path / "demo_chains.csv"
    if Application.objects.exists():
        load_chains(path=chains)
        return 0
    stage, today = Stage.of(parties), local_day(now)
    for year, scripts, until in (
        (2021, list(history(stage, path)), moment(END_OF_2021, "12:00")),
        (2026, [*uses(stage, path), *stories(stage, today), *waiting_cases(stage, today)], now),
    ):
        play(scripts, until=until, progress=_monthly(year, progress))
    # Until now everybody acted alone: from here on the bureaus' chains hold.
    load_chains(path=chains)
    progress(f"签批台：待签批事项 {fill_desks(stage, now)} 件")
    progress(f"名单商定：明年名单 {negotiations(stage, today)} 期")
    return Application.objects.count()


def _monthly(year: int, progress: Callable[[str], None]) -> Callable[[datetime], None]:
    """Tell of each month once."""
    told: set[tuple[int, int]] = set()

    def tell(now: datetime) -> None:
        day = local_day(now)
        if (day.year, day.month) not in told:
            told.add((day.year, day.month))
            progress(f"{year} 年案例：{day:%Y-%m}")

    return tell
