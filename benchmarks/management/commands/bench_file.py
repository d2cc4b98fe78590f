import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmarks.peak import file_for, keys_of


class Command(BaseCommand):
    help = "同时提交备好的草稿（性能测试的一个进程，由 make bench 调用）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first", type=int, required=True, help="第一件草稿的主键")
        parser.add_argument("--count", type=int, required=True, help="草稿件数")
        parser.add_argument("--number", type=int, required=True, help="本进程的序号")
        parser.add_argument("--of", type=int, required=True, help="进程数")
        parser.add_argument("--threads", type=int, required=True)
        parser.add_argument("--seconds", type=float, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        keys = keys_of(first=options["first"], count=options["count"])
        counts = file_for(
            keys=keys[options["number"] :: options["of"]],
            threads=options["threads"],
            seconds=options["seconds"],
            wait_for_start=self._wait_for_start,
        )
        self.stdout.write(json.dumps(counts))

    def _wait_for_start(self) -> None:
        self.stdout.write("ready")
        self.stdout.flush()
        sys.stdin.readline()
