from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.transfers.services.loading import load_limits


class Command(BaseCommand):
    help = "载入各程序的办理时限；已有的不改动。"

    def handle(self, *args: Any, **options: Any) -> None:
        added = load_limits(path=Path(settings.BASE_DIR) / "fixtures" / "limits" / "stage_limits.csv")
        self.stdout.write(f"办理时限：新增 {added} 条。")
