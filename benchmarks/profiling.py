"""Where the time goes: the same requests in this process, under cProfile, and the statements of one of each."""

import cProfile
import pstats
import sys
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.load import Step
from benchmarks.people import People

TIMES = 40
SHOWN = 25
STATEMENT_LENGTH = 110
SLOWEST = 8


def profile(people: People, say: Callable[[str], None]) -> None:
    """Filing, worklist, case page and a whole case: the most expensive functions, then the statements."""
    parts: dict[str, list[list[Step]]] = {
        "提交申请": people.filings(people.drafts(TIMES + 2)),
        "工作台一页": people.worklists(),
        "案件页（在办）": people.open_cases()[: TIMES + 2],
        "完整办理": people.joint_cases(people.drafts(TIMES + 2)),
    }
    for title, tasks in parts.items():
        client = Client(enforce_csrf_checks=True)
        warm, watched, rest = tasks[0], tasks[1], (tasks[2:] * TIMES)[:TIMES] if "工作台" in title else tasks[2:]
        _do(client, warm)
        _tell_statements(client, title, watched, say)
        profiler = cProfile.Profile()
        profiler.enable()
        for task in rest:
            _do(client, task)
        profiler.disable()
        say(f"\n== {title}：{len(rest)} 次，按自身耗时")
        pstats.Stats(profiler, stream=sys.stdout).sort_stats("tottime").print_stats(SHOWN)
        say(f"== {title}：按累计耗时")
        pstats.Stats(profiler, stream=sys.stdout).sort_stats("cumulative").print_stats(SHOWN * 2)


def statement_counts(people: People) -> dict[str, int]:
    """Statements of one request of each kind, after a first one has filled the process's caches."""
    parts = {
        "提交申请": people.filings(people.drafts(2)),
        "工作台一页": people.worklists(),
        "案件页（在办）": people.open_cases(),
        "案件页（已办结）": people.old_cases(),
        "完整办理": people.joint_cases(people.drafts(2)),
    }
    client, counts = Client(enforce_csrf_checks=True), {}
    for title, tasks in parts.items():
        _do(client, tasks[0])
        with CaptureQueriesContext(connection) as sent:
            _do(client, tasks[1 % len(tasks)])
        counts[title] = len(sent)
    return counts


def _do(client: Client, task: Sequence[Step]) -> None:
    for step in task:
        client.cookies.clear()
        headers = {"cookie": step.cookie}
        if step.body:
            answer = client.generic("POST", step.path, step.body, content_type=step.content_type, headers=headers)
        else:
            answer = client.get(step.path, headers=headers)
        if answer.status_code != step.status:
            message = f"{step.path}: {answer.status_code}"
            raise RuntimeError(message)


def _tell_statements(client: Client, title: str, task: Sequence[Step], say: Callable[[str], None]) -> None:
    with CaptureQueriesContext(connection) as sent:
        _do(client, task)
    shapes = Counter(query["sql"][:STATEMENT_LENGTH] for query in sent.captured_queries)
    slowest = sorted(sent.captured_queries, key=lambda query: -float(query["time"]))[:SLOWEST]
    say(f"\n== {title}：{len(sent)} 条语句，重复者：")
    for shape, count in shapes.most_common(SLOWEST):
        if count > 1:
            say(f"  {count} × {shape}")
    say("  最慢者：")
    for query in slowest:
        say(f"  {float(query['time']) * 1000:7.1f} ms  {query['sql'][:400]}")
