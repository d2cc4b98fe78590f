import gc
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from apps.deadlines.services import read_now, set_clock_shift
from apps.deadlines.workdays import ZONE
from apps.organisations.services.demo_parties import load_demo_parties
from apps.organisations.services.people import grant_administration
from apps.transfers.demo.building import build_cases
from apps.transfers.models import Application
from apps.whitelists.services.demo_lists import load_demo_lists

LAST_DAY = date(2026, 12, 31)
# Millions of short-lived objects: looking for cycles among them after every 700 took a tenth of the time.
RARELY = 100_000
SHIFTED_TO = datetime(2026, 11, 23, 9, tzinfo=ZONE)


class Command(BaseCommand):
    help = "建立演示用的虚构单位、机关、账号、2021 和 2026 年名单及案例；重复运行只补缺。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--password", default="", help="演示账号的密码；默认取设置 DEMO_PASSWORD")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CLOCK_SHIFT_ALLOWED:
            raise CommandError("正式环境不载入演示数据。")
        password = options["password"] or getattr(settings, "DEMO_PASSWORD", "")
        if not password:
            raise CommandError("请用 --password 给出演示账号的密码。")
        usual = gc.get_threshold()
        gc.set_threshold(RARELY)
        try:
            self._load(password)
        finally:
            gc.set_threshold(*usual)

    def _load(self, password: str) -> None:
        # Thousands of small transactions: waiting for the disk after each would take longer than they do. A crash now
        # loses the last of them, never one half.
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")
        path = Path(settings.BASE_DIR) / "fixtures" / "demo"
        parties = load_demo_parties(path=path, password=password)
        # The calendar stands a floor above the people: who may edit it is granted here.
        grant_administration(user=parties.users["admin"], app_labels=("deadlines",))
        self.stdout.write(f"演示单位 {len(parties.enterprises)} 家，账号 {len(parties.users)} 个。")
        made = load_demo_lists(path=path, enterprises=parties.enterprises)
        self.stdout.write(f"演示名单：新建 {made} 期。")
        now = self._todays_moment()
        cases = build_cases(parties=parties, path=path, now=now, progress=self.stdout.write)
        self.stdout.write(f"演示案例：新建 {cases} 件。")

    def _todays_moment(self) -> datetime:
        """The lists of the demo end with 2026: a demo begun later sets its clock back, and says so."""
        now = read_now()
        if now.astimezone(ZONE).date() <= LAST_DAY or Application.objects.exists():
            return now
        set_clock_shift(to=SHIFTED_TO)
        self.stdout.write(f"演示名单止于 {LAST_DAY}，演示时钟从 {SHIFTED_TO:%Y-%m-%d %H:%M} 走起。")
        return read_now()
