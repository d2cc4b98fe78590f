"""A calendar year is loaded while cases are filed, resumed, answered and recalled: no clock keeps an old due day."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import call_command
from django.db import transaction

from apps.deadlines.models import CalendarChange, CalendarYear, Deadline
from apps.deadlines.services import calendar as calendar_services
from apps.deadlines.services import load_calendar, set_clock_shift
from apps.deadlines.services import years as calendar_years
from apps.deadlines.services.changes import order_change, prepare_day
from apps.transfers.enums import SuspensionReason
from apps.transfers.models import Application
from apps.transfers.services import acting, years
from apps.transfers.services.acts import clock_of_state
from apps.transfers.services.filing import resubmit
from apps.transfers.services.recalling import recall
from apps.transfers.services.reviewing import Point, endorse, request_correction
from apps.transfers.services.suspending import resume, suspend
from apps.transfers.services.years import apply_change, load_year
from tests.concurrency.cases import books_agree, doing, filing, logs_are_complete
from tests.concurrency.together import LONG, at_once
from tests.concurrency.turns import after_it, until_somebody_waits
from tests.transfers.world import World, at

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE, STOPPED = at("2026-12-21"), at("2026-12-22")
FILED, JUST_NOW, NOW = at("2026-12-28", "09:50"), at("2026-12-28", "09:55"), at("2026-12-28")
TEN_TONNES = {"900-045-49": "10"}
# Other than the guess for a year without notice: the first Monday to Thursday are off as well.
ROWS = [{"date": f"2027-01-0{day}", "kind": "day_off", "name": "元旦"} for day in (1, 4, 5, 6, 7)]

Work = tuple[Application, Callable[[], object]]


def load() -> object:
    return load_year(year=2027, rows=ROWS, source="通知", now=NOW)


def files(world: World) -> Work:
    draft = world.draft(items=TEN_TONNES, now=NOW)
    return draft, filing(world, draft, now=NOW)


def resumes(world: World) -> Work:
    by = world.user("cq.handler")
    case = suspend(
        application_id=world.filed(items=TEN_TONNES, now=BEFORE, period=("2026-12-28", "2026-12-31")).pk,
        by=by,
        now=STOPPED,
        reason=SuspensionReason.EXPERTS,
        explanation="组织专家评审。",
        expected_end_on=date(2027, 1, 14),
    )
    return case, doing(resume, case, by, NOW)


def answers(world: World) -> Work:
    case = world.filed(items=TEN_TONNES, now=BEFORE, period=("2026-12-28", "2026-12-31"))
    point = Point("委托合同", "未盖章", "请补盖公章")
    request_correction(application_id=case.pk, by=world.user("cq.handler"), now=STOPPED, points=[point])
    told = {"seen_route": "fast_track", "answers": {1: "已补盖。"}}
    return case, doing(resubmit, case, world.filer_of("G-CQ1"), NOW, **told)


def recalls(world: World) -> Work:
    by = world.user("cq.handler")
    case = world.filed(items=TEN_TONNES, now=FILED)
    endorse(application_id=case.pk, by=by, now=JUST_NOW)
    return case, doing(recall, case, by, NOW)


ACTS = {"files": files, "resumes": resumes, "answers": answers, "recalls": recalls}
acts = pytest.mark.parametrize("act", ACTS)


def due_days(case: Application) -> dict[str, object]:
    """By kind of open clock its due day, what is left while it stands, and whether it is only guessed."""
    number = Application.objects.get(pk=case.pk).number
    clocks = Deadline.objects.open().filter(reference=number)
    return {clock.kind: (clock.due_on, clock.left_days, clock.is_provisional) for clock in clocks}


def loaded_before(case: Application, act: Callable[[], object]) -> dict[str, object]:
    """The due days that the act gives when the year is known already; nothing of it stays."""
    with transaction.atomic():
        load()
        act()
        known = due_days(case)
        transaction.set_rollback(True)
    return known


def shows_its_clock(case: Application) -> bool:
    case = Application.objects.get(pk=case.pk)
    clock = Deadline.objects.running().get(reference=case.number, kind=clock_of_state(case))
    return (case.due_at, case.is_due_provisional) == (clock.due_at, clock.is_provisional)


@acts
def test_a_year_that_comes_during_the_act_waits_and_moves_its_clocks(real_world, monkeypatch, act):
    case, work = ACTS[act](real_world)
    expected, has_reckoned = loaded_before(case, work), threading.Event()

    def load_then():
        has_reckoned.wait(LONG)
        return load()

    after_it(monkeypatch, acting, "settle", lambda: (has_reckoned.set(), until_somebody_waits()))
    done, loaded = at_once(work, load_then)
    assert isinstance(done, Application), done
    assert loaded.year == 2027, loaded
    assert due_days(case) == expected
    assert not any(guessed for _, _, guessed in expected.values())
    assert shows_its_clock(case)
    assert logs_are_complete()


@acts
def test_an_act_that_comes_during_the_load_waits_and_reckons_with_the_new_year(real_world, monkeypatch, act):
    case, work = ACTS[act](real_world)
    expected, is_loading = loaded_before(case, work), threading.Event()

    def act_then():
        is_loading.wait(LONG)
        return work()

    after_it(monkeypatch, years, "load_calendar_year", lambda: (is_loading.set(), until_somebody_waits()))
    loaded, done = at_once(load, act_then)
    assert isinstance(done, Application), done
    assert loaded.year == 2027, loaded
    assert due_days(case) == expected
    assert shows_its_clock(case)
    assert logs_are_complete()


@acts
def test_control_without_the_calendars_lock_the_case_keeps_days_of_the_old_calendar(real_world, monkeypatch, act):
    case, work = ACTS[act](real_world)
    expected = loaded_before(case, work)
    has_read, is_loaded = threading.Event(), threading.Event()

    def load_meanwhile():
        has_read.wait(LONG)
        try:
            return load()
        finally:
            is_loaded.set()

    for module in (years, calendar_years):
        monkeypatch.setattr(module, "seize_calendar", lambda: None)
    after_it(monkeypatch, acting, "read_steady_calendar", lambda: (has_read.set(), is_loaded.wait(LONG)))
    done, loaded = at_once(work, load_meanwhile)
    assert isinstance(done, Application), done
    assert loaded.year == 2027, loaded
    assert due_days(case) != expected
    assert any(guessed for _, _, guessed in due_days(case).values())


def test_a_year_is_loaded_in_the_middle_of_a_busy_day(real_world):
    """Whoever comes before and whoever after it: in the end every case shows the days of the notice."""
    works = [make(real_world) for make in (*ACTS.values(), *ACTS.values())]
    done = at_once(*(work for _, work in works[:4]), load, *(work for _, work in works[4:]))
    assert [answer for answer in done if isinstance(answer, Exception)] == []
    assert not Deadline.objects.open().filter(is_provisional=True).exists()
    for (case, _), (twin, _) in zip(works[:4], works[4:], strict=True):
        assert shows_its_clock(case)
        assert due_days(case) == due_days(twin)
    assert books_agree()
    assert logs_are_complete()


def test_a_year_that_comes_with_a_release_moves_what_cases_show(real_world):
    """The command that every release runs is the administrator's act, not a load behind the cases' backs."""
    CalendarYear.objects.filter(year=2026).delete()
    now = at("2026-02-11")
    case = real_world.filed(items=TEN_TONNES, now=now)
    assert (case.due_at, case.is_due_provisional) == (at("2026-02-19", "00:00"), True)
    set_clock_shift(to=now)
    call_command("load_calendar", verbosity=0)
    case = Application.objects.get(pk=case.pk)
    assert (case.due_at, case.is_due_provisional) == (at("2026-02-26", "00:00"), False)
    assert shows_its_clock(case)


class EmptiedBySomebodyElse(dict):
    """What one thread keeps, another throws away at once."""

    def __setitem__(self, *_: object) -> None:
        """Kept for no time at all."""


def test_two_threads_may_read_a_new_calendar_at_the_same_moment(real_world, monkeypatch):
    monkeypatch.setattr(calendar_services, "_read", EmptiedBySomebodyElse())
    assert 2026 in load_calendar().known_years


def changes_of_two(world: World) -> list[int]:
    """Two days off, prepared by two looks at one calendar, and both ordered."""
    by, keys = world.user("admin"), []
    for day in (date(2027, 1, 12), date(2027, 1, 13)):
        words = {"name": "停工", "reason": "通知"}
        change = prepare_day(day=day, works=False, by=by, now=NOW, **words)
        keys.append(order_change(change_id=change.pk, seen=change.calendar, by=by, now=NOW).pk)
    return keys


def carried_out(real_world: World) -> tuple[list[str], set[date]]:
    """What became of two changes carried out at once, and which of their days are off in the end."""
    load()
    first, second = changes_of_two(real_world)
    done = at_once(
        lambda: apply_change(change_id=first, now=NOW).status, lambda: apply_change(change_id=second, now=NOW).status
    )
    off = {date(2027, 1, 12), date(2027, 1, 13)} & load_calendar().days_off
    return sorted(map(str, done)), off


def test_of_two_changes_of_one_calendar_one_is_carried_out(real_world):
    statuses, off = carried_out(real_world)
    assert statuses == ["done", "refused"]
    assert len(off) == 1
    assert CalendarChange.objects.filter(status="refused", refusal__contains="又有改动").count() == 1


def test_control_without_the_look_at_the_calendar_the_later_change_undoes_the_first(real_world, monkeypatch):
    """Both say that they were carried out, and one of their two days is worked again."""
    monkeypatch.setattr(years, "is_outdated", lambda _: False)
    statuses, off = carried_out(real_world)
    assert statuses == ["done", "done"]
    assert len(off) == 1
