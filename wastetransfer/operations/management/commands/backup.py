import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wastetransfer.operations.backing import BackupRefused, back_up


class Command(BaseCommand):
    help = "备份数据库和附件到一个新目录（pg_dump、tar、清单）；运行中即可执行。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="新的或空的目录")
        parser.add_argument("--dump", choices=["-"], help="不运行 pg_dump，从标准输入读取 pg_dump -Fc 的输出")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = back_up(folder=options["folder"], dump=sys.stdin.buffer if options["dump"] else None)
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        rows = "，".join(f"{name.split('.')[1]} {count}" for name, count in manifest.rows.items())
        self.stdout.write(f"✓ 已备份到 {options['folder']}（{rows}）。")
