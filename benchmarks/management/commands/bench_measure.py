import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from apps.deadlines.services.moment import set_clock_shift
from apps.deadlines.workdays import ZONE
from apps.transfers.enums import OPEN_STATES, State
from apps.transfers.models import Application
from benchmarks.calendar_change import calendar_change_at_size
from benchmarks.clocks import Place, clock_figures
from benchmarks.figures import Figure, Measuring, Ports, books_agree
from benchmarks.machine import describe, is_busy
from benchmarks.options import CONTENDERS, Options, read_options
from benchmarks.papers import ten_page_paper
from benchmarks.people import People
from benchmarks.profiling import profile, statement_counts
from benchmarks.report import line, table
from benchmarks.sheets import import_of_ten_thousand
from benchmarks.world import NOW


class Command(BaseCommand):
    help = "对已建立的性能测试数据测量各项指标（由 make bench 调用）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", type=int, required=True, help="网站端口")
        parser.add_argument("--bare", type=int, required=True, help="空视图端口")
        parser.add_argument("--sockets", type=Path, required=True)
        parser.add_argument("--server", required=True, help="网站服务器的说明")
        parser.add_argument("--report", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        wanted, machine, was_busy = read_options(os.environ), describe(), is_busy()
        set_clock_shift(to=NOW)
        people = People()
        if wanted.wants_profile:
            profile(people, self._tell)
            return
        ports = Ports(options["site"], options["bare"], options["sockets"], str(connection.settings_dict["NAME"]))
        statements = {} if wanted.only == "clocks" else statement_counts(people)
        sizes = _sizes()
        figures = []
        for figure in self._figures(wanted, ports, people):
            figures.append(figure)
            self._tell(line(figure))
        conditions = {
            "日期": f"{datetime.now(ZONE):%Y-%m-%d %H:%M}",
            "机器": machine,
            "负载": f"{wanted.clients} 个客户端进程（保持连接、会话、CSRF），每项 {wanted.seconds} 秒；占用 {CONTENDERS} 个线程",
            "网站": options["server"],
            "数据": sizes,
        }
        if was_busy:
            conditions["注意"] = "开始时机器正忙，以下数字不能作为结论。"
        text = table(figures, conditions=conditions, statements=statements)
        self._tell(f"\n{text}")
        options["report"].write_text(f"{text}\n", encoding="utf-8")
        if not all(figure.is_sound for figure in figures):
            raise CommandError("有失败或者丢失的请求，见上表。")

    def _figures(self, wanted: Options, ports: Ports, people: People) -> Iterator[Figure]:
        if wanted.only != "clocks":
            yield from Measuring(wanted, ports, people, self._told).all()
            for measured in (ten_page_paper, import_of_ten_thousand, books_agree):
                yield measured()
        if wanted.only != "site":
            # Last: it adds a million rows, moves time on and would slow the others down.
            yield from clock_figures(running=wanted.clocks, place=Place(ports.sockets, ports.database), tell=self._told)
            yield calendar_change_at_size()

    def _told(self, title: str) -> None:
        self._tell(f"· {title} ……")

    def _tell(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def _sizes() -> str:
    filed = Application.objects.exclude(state=State.DRAFT)
    drafts = Application.objects.filter(state=State.DRAFT)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_database_size(current_database()), current_setting('server_version'), current_setting('fsync')"
        )
        size, version, fsync = cursor.fetchone()
    return (
        f"申请 {filed.count()} 件（在办 {filed.filter(state__in=OPEN_STATES).count()}），草稿 {drafts.count()} 件；"
        f"PostgreSQL {version}，fsync {fsync}，{size / 1024**2:.0f} MiB"
    )
