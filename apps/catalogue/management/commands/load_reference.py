from django.core.management.base import BaseCommand

from apps.catalogue.services.loading import load_reference


class Command(BaseCommand):
    help = "装载行政区划、名录、利用处置方式和法律依据；可以重复执行。"

    def handle(self, *args: object, **options: object) -> None:
        load_reference(announce=lambda part: self.stdout.write(f"  {part.name}：{part.rows} 条"))
        self.stdout.write(self.style.SUCCESS("基础数据已就绪。"))
