"""The property machine: 2,000 steps in CI from a fixed seed; any number by hand.

PROPERTY_STEPS=20000 PROPERTY_SEED=7 pytest tests/properties -s
"""

import os
from math import ceil
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties import base
from tests.properties.acts import VERBS
from tests.properties.machine import FromScratch, Provinces
from tests.transfers.world import demo_world

STEPS = int(os.environ.get("PROPERTY_STEPS", "2000"))
SEED = int(os.environ.get("PROPERTY_SEED", "20260105"))
STEPS_A_RUN = 50
# Some rules are several steps: a run has more than its rules, as a rule so many.
USUAL_STEPS = 75
# From so many steps on nearly every verb must have succeeded at least once.
FULL, MOST_MISSED = 2000, 4
# Shrinking a failure takes minutes; a hunt by hand may do without.
PHASES = [Phase.generate] if os.environ.get("PROPERTY_SHRINK") == "0" else [Phase.generate, Phase.shrink]


def play(machine: type[Provinces], steps: int) -> None:
    machine.steps = 0
    machine.done.clear()
    machine.refused.clear()
    runs = 0
    # A run may end before its steps are through: as many runs as it takes, each from a seed of its own.
    while machine.steps < steps:
        run_state_machine_as_test(
            seed(SEED + runs)(machine),
            settings=settings(
                max_examples=ceil((steps - machine.steps) / USUAL_STEPS),
                stateful_step_count=STEPS_A_RUN,
                deadline=None,
                database=None,
                phases=PHASES,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
        runs += 1
    print(f"\n{machine.__name__}: {machine.steps} steps in {runs} series, PROPERTY_SEED={SEED}")
    print("done", dict(machine.done.most_common()))
    print("refused", dict(machine.refused.most_common()))


@pytest.fixture
def prepared(db: None, settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "attachments"
    Provinces.world = demo_world()
    with transaction.atomic():
        base.build(Provinces.world)


@pytest.fixture
def empty(db: None, settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "attachments"
    FromScratch.world = demo_world()
    base.add_lists_of_2027(FromScratch.world)


def test_with_cases_on_their_way_into_the_next_year(prepared: None) -> None:
    play(Provinces, STEPS * 3 // 5)
    assert Provinces.steps >= STEPS * 3 // 5
    # A machine that is always refused proves nothing.
    assert STEPS < FULL or len(set(VERBS) - set(Provinces.done)) <= MOST_MISSED, set(VERBS) - set(Provinces.done)


def test_from_empty_lists_over_holidays(empty: None) -> None:
    play(FromScratch, STEPS * 2 // 5)
    assert FromScratch.steps >= STEPS * 2 // 5
