from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.transfers.picture import state_picture


class Command(BaseCommand):
    help = "按状态机绘制 docs/states.svg；--check 只比较，不一致时以非零状态退出。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", dest="is_check", help="只比较，不写文件")
        parser.add_argument("--to", type=Path, default=None, metavar="FILE", help="默认 docs/states.svg")

    def handle(self, *args: object, is_check: bool, to: Path | None, **options: object) -> None:
        file = to or settings.BASE_DIR / "docs" / "states.svg"
        picture = state_picture()
        if not is_check:
            file.write_text(picture, encoding="utf-8")
            self.stdout.write(f"已绘制 {file}。")
        elif not file.is_file() or file.read_text(encoding="utf-8") != picture:
            raise CommandError(f"{file} 与状态机不符，请运行 manage.py draw_states。")
