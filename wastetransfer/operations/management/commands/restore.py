from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wastetransfer.operations.backing import BackupRefused, differences, restore


class Command(BaseCommand):
    help = "把备份恢复到空库和空的附件目录，随即核对行数、名单余量、许可能力和每一个附件；有不符的返回非零。"
    # An empty database has no migrations to be checked against.
    requires_migrations_checks = False
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="manage.py backup 写出的目录")
        parser.add_argument("--has-database", action="store_true", help="数据库已由 pg_restore 恢复：只恢复附件并核对")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(folder=options["folder"], has_database=options["has_database"])
            found = list(differences(manifest))
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        for difference in found:
            self.stderr.write(f"✗ {difference}")
        if found:
            raise CommandError(f"恢复后发现 {len(found)} 处不符：请勿启用。")
        self.stdout.write(f"✓ 已恢复 {manifest.made_at} 的备份，核对一致。请再运行 migrate 和 verify_papers。")
