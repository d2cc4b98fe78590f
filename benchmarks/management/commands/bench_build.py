from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from apps.organisations.services.capacity import reconcile_capacity
from apps.whitelists.services.ledger import reconcile
from benchmarks.copying import COPIED, populate
from benchmarks.moulds import missing_keys
from benchmarks.world import PAIRS, make_world


class Command(BaseCommand):
    help = "在空数据库中建立性能测试的数据（由 make bench 调用）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, required=True)
        parser.add_argument("--drafts", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            world = make_world(pairs=PAIRS, progress=self._tell)
            populate(world=world, rows=options["rows"], drafts=options["drafts"], progress=self._tell)
            self._tell("核对外键、名单余量和许可能力")
            wrong = [*missing_keys(COPIED), *map(str, reconcile()), *map(str, reconcile_capacity())]
            if wrong:
                raise CommandError(f"建立的数据不一致：{'；'.join(wrong[:5])}")
        self._tell("整理统计信息")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE, FREEZE)")

    def _tell(self, words: str) -> None:
        self.stdout.write(f"  {words}")
        self.stdout.flush()
