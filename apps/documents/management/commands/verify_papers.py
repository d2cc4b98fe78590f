from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.documents.models import Rendering
from apps.documents.services.verifying import verify_renderings
from apps.documents.typesetting import CannotTypeset


class Command(BaseCommand):
    help = "核对全部文书排印件：与 SHA-256 相符，重新排印逐字节相同；有不符的返回非零。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            differences = list(verify_renderings())
        except CannotTypeset as error:
            raise CommandError(str(error)) from error
        for difference in differences:
            self.stderr.write(f"✗ [{difference.code}] {difference.sentence}")
        if differences:
            raise CommandError(f"{len(differences)} 份排印件不符。")
        self.stdout.write(f"{Rendering.objects.count()} 份排印件全部相符。")
