import json
from typing import Any

from django.core.management.base import BaseCommand

from benchmarks.sheets import measure


class Command(BaseCommand):
    help = "读取、核对并标注一万行的名单文件，输出用时和内存（由 make bench 在单独的进程中调用）。"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(measure()))
