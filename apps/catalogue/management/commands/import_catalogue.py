from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.catalogue.services.importing import import_catalogue_edition


class Command(BaseCommand):
    help = "导入新一版国家危险废物名录（CSV，UTF-8 或 GB18030）；有任何问题时不导入，并以非零状态退出。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV 文件")
        parser.add_argument("--name", required=True, help="版本名称，例：国家危险废物名录（2025年版）")
        parser.add_argument("--from", required=True, dest="valid_from", metavar="YYYY-MM-DD", help="施行日期")

    def handle(self, *args: object, file: Path, name: str, valid_from: str, **options: object) -> None:
        try:
            first_day = date.fromisoformat(valid_from)
        except ValueError:
            raise CommandError(f"施行日期“{valid_from}”应形如 2025-01-01。") from None
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"无法读取 {file}：{error.strerror}。") from None
        report = import_catalogue_edition(name=name, valid_from=first_day, rows_csv=content, now=timezone.now())
        for problem in report.problems:
            self.stderr.write(str(problem))
        if not report.is_imported:
            raise CommandError(f"没有导入：共 {len(report.problems)} 处问题。")
        for line in (*report.new_categories, *report.renamed_categories):
            self.stdout.write(f"类别：{line}")
        if report.closed_edition:
            self.stdout.write(f"“{report.closed_edition}”自 {report.valid_from} 起停止施行。")
        self.stdout.write(self.style.SUCCESS(f"已导入“{report.name}”，{report.rows} 个废物代码。"))
