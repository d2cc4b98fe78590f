from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.deadlines.services import read_now
from apps.documents.services.rendering import CHUNK, render_missing
from apps.documents.typesetting import CannotTypeset


class Command(BaseCommand):
    help = "排印全部尚未排印的文书（后台任务每分钟做同样的事，这里一次做完）。"

    def handle(self, *args: Any, **options: Any) -> None:
        rendered = failed = 0
        try:
            while (swept := render_missing(now=read_now(), limit=CHUNK + failed)).rendered:
                rendered, failed = rendered + swept.rendered, swept.failed
        except CannotTypeset as error:
            raise CommandError(str(error)) from error
        if swept.failed:
            raise CommandError(f"已排印 {rendered} 份，{swept.failed} 份未能排印，原因见日志。")
        self.stdout.write(f"已排印 {rendered} 份。")
