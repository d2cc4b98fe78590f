from django.core.management.base import BaseCommand, CommandError

from apps.organisations.services.capacity import reconcile_capacity


class Command(BaseCommand):
    help = "核对许可证年度能力与其变动记录；有差异时以非零状态退出。"

    def handle(self, *args: object, **options: object) -> None:
        differences = reconcile_capacity()
        for difference in differences:
            self.stderr.write(
                f"{difference.label} {difference.column}：记载 {difference.stored_t} 吨，变动合计 {difference.summed_t} 吨"
            )
        if differences:
            raise CommandError(f"许可证年度能力有 {len(differences)} 处差异。")
        self.stdout.write(self.style.SUCCESS("许可证年度能力与变动记录一致。"))
