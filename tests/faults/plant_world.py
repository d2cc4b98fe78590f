"""What stands in the plant's database: five cases that fall due within three days, and drafts to be filed."""

from datetime import timedelta

from apps.deadlines.services import set_clock_shift
from tests.transfers.world import at, demo_world

FILED_ON = ("2026-01-05", "2026-01-05", "2026-01-06", "2026-01-07", "2026-01-07")
# Their whole's last days: five due moments within three days.
LAST_DAYS = ("2026-01-12", "2026-01-12", "2026-01-13", "2026-01-14", "2026-01-14")
BEFORE, AFTER = at("2026-01-12"), at("2026-01-15")
DRAFTS = 12


def fill() -> None:
    world = demo_world()
    set_clock_shift(to=BEFORE)
    for day in FILED_ON:
        world.filed(now=at(day), items={"900-045-49": "10"})
    for _ in range(DRAFTS):
        world.draft(now=BEFORE - timedelta(minutes=1), items={"900-045-49": "1"})
