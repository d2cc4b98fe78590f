"""Load the bureaus' sign-off chains from a file of theirs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.transfers.services.signing.loading import load_chains


class Command(BaseCommand):
    """`manage.py load_chains FILE.csv`, for instance `SC,,handler section_head signatory`; see fixtures/demo."""

    help = "载入各机关的签批流程（CSV：bureau,act,roles）；已有的不改动，除非 --replace。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="CSV 文件：省份简称代码、行为（空：其他各种）、以空格分开的角色")
        parser.add_argument("--replace", action="store_true", help="已有的也按文件改动")

    def handle(self, *, path: Path, replace: bool, **_options: Any) -> None:
        try:
            written = load_chains(path=path, replace=replace)
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"签批流程：新增或者改动 {written} 条。")
