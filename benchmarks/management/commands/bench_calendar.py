import json
from typing import Any

from django.core.management.base import BaseCommand

from benchmarks.calendar_change import measure


class Command(BaseCommand):
    help = "量一次移动全部在计时限的年历变更（由 make bench 调用）。"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(measure()))
