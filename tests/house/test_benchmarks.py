"""The benchmark is code like any other: it builds a consistent world, and its requests are what the site takes."""

import re
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import pytest

from apps.deadlines.services.moment import set_clock_shift
from apps.organisations.services.capacity import reconcile_capacity
from apps.transfers.enums import State
from apps.transfers.models import Application
from apps.transfers.services.sweeping import sweep
from apps.whitelists.models import WhitelistEntry
from apps.whitelists.services.ledger import reconcile
from benchmarks import clock_world, clocks, live_check, peak, reads
from benchmarks.copying import COPIED, populate
from benchmarks.figures import Figure
from benchmarks.holds import REFERENCE, hold_once, pgbench_script, statements_of
from benchmarks.load import Client, Job, Step
from benchmarks.moulds import missing_keys
from benchmarks.options import read_options
from benchmarks.people import People
from benchmarks.report import table
from benchmarks.world import NOW, make_world
from wastetransfer.embedded.errors import EmbeddedError

ROWS, DRAFTS = 200, 40


@pytest.fixture
def world(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = make_world(pairs=[("CQ", "SC")], progress=lambda _: None)
    populate(world=made, rows=ROWS, drafts=DRAFTS, progress=lambda _: None)
    return made


def sends_the_ledgers_statements(entry_id):
    sent = statements_of(lambda: hold_once(entry_id, f"{REFERENCE}:KEY"))
    assert [statement.split()[0] for statement in sent] == ["SELECT", "SELECT", "WITH"]
    text = pgbench_script(sent)
    assert text.count(f"'{REFERENCE}:client_id-:key'") == 2
    assert "%s" not in text
    assert text.splitlines()[1] == "BEGIN;"


def files_at_the_peak():
    """Three items on three entries, and pgbench would send the same for a draft and a number of its own."""
    filed = peak.make_drafts(first=peak.SERVED, count=20)
    filers = {case.pk: case.created_by for case in Application.objects.filter(pk__in=filed)}
    for key in filed:
        peak.file_once(key, filers[key])
    assert peak.lost(20) == 0
    assert peak.lost(21) > 0
    made = peak.specimens()
    assert len({statement for _, sent in made for statement in sent if "FOR NO KEY UPDATE OF" in statement}) >= 20
    for draft, statements in made:
        text = peak.script(statements, draft)
        assert str(draft) not in text
        assert "%s" not in text
        assert {f":item{place}" for place in (1, 2, 3)} <= {word.strip("'{},") for word in re.split(r"[,{}]", text)}
    assert WhitelistEntry.objects.filter(held_t__gt=0, number__contains="/").count() == 50


def sweeps_copies():
    """Copies of a running case breach at their moment like the case itself, among copies of a finished one."""
    clock_world.build(finished=2, batches=[clock_world.Batch("DUE", 3)], tell=lambda _: None)
    assert sweep(now=clocks.BREACH).applications == 3
    assert clocks._missing_breaches("DUE", 3) == 0
    assert clocks._missing_breaches("DUE", 4) == 1
    assert sweep(now=clocks.BREACH).applications == 0


@pytest.mark.processes
def test_a_small_world_is_consistent_and_takes_what_the_clients_send(world, client):
    assert missing_keys(COPIED) == []
    assert reconcile() == []
    assert reconcile_capacity() == []
    sends_the_ledgers_statements(WhitelistEntry.objects.latest("pk").pk)
    set_clock_shift(to=NOW)
    people = People()
    drafts = people.drafts(2)

    def ask(step):
        client.cookies.clear()
        headers = {"cookie": step.cookie}
        if step.body:
            return client.generic("POST", step.path, step.body, content_type=step.content_type, headers=headers)
        return client.get(step.path, headers=headers)

    assert live_check.widen() == live_check.ENTRIES
    for step in [step for task in live_check.typing(people.drafts(2), people.cookies) for step in task]:
        answer = ask(step)
        assert (answer.status_code, answer.content.decode().count(step.marker)) == (200, 1), answer.content.decode()
    files_at_the_peak()
    assert "由近及远，5 家" in answer.content.decode()
    for step in [step for task in people.joint_cases(drafts) for step in task]:
        answer = ask(step)
        assert answer.status_code == step.status, answer.content.decode()
    for step in [people.worklists()[0][0], people.open_cases()[0][0], people.old_cases()[0][0]]:
        answer = ask(step)
        assert answer.status_code == 200
        assert answer.content.decode().count(step.marker) >= step.times
    sweeps_copies()
    assert reads.fill(entries=540, years=6, tell=lambda _: None) == 6 * 540
    for step in [page.tasks[0][0] for page in reads.pages()]:
        assert ask(step).status_code == 200, step.path
    assert set(Application.objects.filter(pk__in=[draft.pk for draft in drafts]).values_list("state", flat=True)) == {
        State.APPROVED
    }
    assert reconcile() == []
    assert reconcile_capacity() == []


def test_a_client_counts_what_did_not_fit():
    tasks = [[Step("/anything", "")]]
    outcome = Client(
        Job(1, seconds=0.05, warmup=0, tasks=[[asdict(step) for step in task] for task in tasks], is_endless=False)
    ).run()
    assert (outcome.attempted, outcome.succeeded, outcome.failed) == (1, 0, 1)
    assert "ConnectionRefusedError" in outcome.samples[0]


def test_a_figure_that_lost_something_is_never_good():
    figures = [Figure("甲", 200.0, target=120, lost=1), Figure("乙", 200.0, target=120), Figure("丙", 20.0, target=120)]
    lines = table(figures, conditions={"机器": "2 核"}, statements={"乙": 8}).splitlines()
    assert [line.split()[-1] for line in lines if line.startswith(("甲", "乙", "丙"))] == ["✗", "达到", "未达"]


@pytest.mark.parametrize("text", ["many", "-1", "１００", "199", "99999999999"])
def test_a_wrong_size_is_refused_in_a_sentence(text):
    with pytest.raises(EmbeddedError, match="BENCH_ROWS 应为"):
        read_options({"BENCH_ROWS": text})


def test_the_commands_bind():
    makefile = Path("Makefile").read_text(encoding="utf-8")
    assert "python -m benchmarks" in makefile.partition("\nbench:")[2].partition("\n\n")[0]
    for name in ("bench_build", "bench_file", "bench_hold", "bench_measure", "bench_sweep"):
        assert import_module(f"benchmarks.management.commands.{name}").Command.help
    assert import_module("benchmarks.__main__").Bench(read_options({})).options.rows == 100_000
