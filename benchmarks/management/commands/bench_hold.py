import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks.holds import hold_for


class Command(BaseCommand):
    help = "在同一名单条目上反复占用余量（性能测试的一个进程，由 make bench 调用）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entry", type=int, required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--threads", type=int, required=True)
        parser.add_argument("--seconds", type=float, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        counts = hold_for(
            entry_id=options["entry"],
            name=options["name"],
            threads=options["threads"],
            seconds=options["seconds"],
            wait_for_start=self._wait_for_start,
        )
        self.stdout.write(json.dumps(counts))

    def _wait_for_start(self) -> None:
        self.stdout.write("ready")
        self.stdout.flush()
        sys.stdin.readline()
