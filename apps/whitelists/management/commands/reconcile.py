from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.whitelists.models import WhitelistEntry
from apps.whitelists.services.ledger import reconcile


class Command(BaseCommand):
    help = "核对名单条目的数量与变动记录；有差异时列出并以非零状态结束。"

    def handle(self, *args: Any, **options: Any) -> None:
        differences = reconcile()
        for difference in differences:
            self.stderr.write(
                f"条目 {difference.entry_id} {difference.column}：记载 {difference.stored_t} 吨，"
                f"变动合计 {difference.summed_t} 吨"
            )
        if differences:
            raise CommandError(f"发现 {len(differences)} 处差异。")
        self.stdout.write(f"名单条目 {WhitelistEntry.objects.count()} 条，数量与变动记录一致。")
