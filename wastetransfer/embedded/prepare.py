"""Brings the demo's database up to date in one process: tables, reference data, the demo world, the accounts."""

import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import django
from django.core.management import call_command

SHOWN_EVERY = 3.0
STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("建立或更新数据表", "migrate", {"verbosity": 0, "interactive": False}),
    ("载入参考数据（行政区划、废物代码、法规）", "load_reference", {}),
    ("载入工作日历和提醒阶梯", "load_calendar", {}),
    ("载入各程序的办理时限", "load_limits", {}),
    ("载入演示数据（企业、许可证、名单）", "load_demo", {}),
)


def main(arguments: list[str]) -> int:
    """`prepare LOG ACCOUNTS`: run every step, say which one failed and why in a sentence, write the accounts."""
    log, accounts = Path(arguments[0]), Path(arguments[1])
    if (failure := _failure(django.setup, log)) is not None:
        print(f"✗ 程序无法加载：{failure}（详情见 {log}）", file=sys.stderr, flush=True)
        return 1
    # For tests of starting and stopping, which need no demo world; a person has no reason to set it.
    left_out = os.environ.get("DEMO_LEAVE_OUT", "").split()
    for number, (title, command, options) in enumerate(STEPS, start=1):
        if command in left_out:
            continue
        if not _run(f"[{number}/{len(STEPS)}] {title}", command, options, log):
            return 1
    with accounts.open("w", encoding="utf-8") as file:
        call_command("demo_accounts", stdout=file)
    return 0


def _run(title: str, command: str, options: dict[str, Any], log: Path) -> bool:
    print(f"· {title} ……", end="", flush=True)
    started = time.monotonic()
    with log.open("a", encoding="utf-8") as file:
        file.write(f"== {command}\n")
        failure = _failure(lambda: call_command(command, stdout=_Told(file), **options), log)
    print(f" {time.monotonic() - started:.1f} 秒" if failure is None else " 失败", flush=True)
    if failure is not None:
        print(f"✗ {command}：{failure}（详情见 {log}；数据若已损坏，可运行 make reset）", file=sys.stderr, flush=True)
    return failure is None


class _Told:
    """Writes to the log, and now and then to the terminal, so that a long step is seen to move."""

    def __init__(self, log: TextIO) -> None:
        self.log = log
        self.shown_at = time.monotonic()

    def write(self, text: str) -> int:
        now = time.monotonic()
        if text.strip() and now - self.shown_at >= SHOWN_EVERY:
            self.shown_at = now
            print(f"\n    {text.strip().splitlines()[-1][:70]}", end="", flush=True)
        return self.log.write(text)

    def flush(self) -> None:
        self.log.flush()


def _failure(call: Callable[[], object], log: Path) -> str | None:
    try:
        call()
    except Exception as error:  # noqa: BLE001 - whatever it is, the person gets a sentence and the log the trace
        with log.open("a", encoding="utf-8") as out:
            traceback.print_exc(file=out)
        return (str(error).strip().splitlines() or [type(error).__name__])[0]
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
