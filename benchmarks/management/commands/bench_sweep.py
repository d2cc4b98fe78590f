import json
import sys
import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from apps.transfers.services.sweeping import sweep


class Command(BaseCommand):
    help = "办理到期时限（性能测试的一个进程，由 make bench 调用）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--now", required=True, help="ISO 时刻")

    def handle(self, *args: Any, **options: Any) -> None:
        now = datetime.fromisoformat(options["now"])
        connection.ensure_connection()
        self.stdout.write("ready")
        self.stdout.flush()
        sys.stdin.readline()
        started = time.perf_counter()
        swept = sweep(now=now)
        seconds = time.perf_counter() - started
        self.stdout.write(json.dumps({"applications": swept.applications, "clocks": swept.clocks, "seconds": seconds}))
