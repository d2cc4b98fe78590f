import unicodedata

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.organisations.services.demo_parties import DemoAccount, demo_accounts

TITLES = DemoAccount(username="账号", role="角色", party="单位", province="省份")


def width_of(text: str) -> int:
    """Columns that a terminal gives to `text`: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


class Command(BaseCommand):
    help = "打印演示账号表。"

    def handle(self, *args: object, **options: object) -> None:
        accounts = demo_accounts(path=settings.BASE_DIR / "fixtures" / "demo")
        if not accounts:
            self.stdout.write("没有演示账号；请先运行 load_demo。")
            return
        rows = [(row.username, row.role, row.province, row.party) for row in (TITLES, *accounts)]
        widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (text + " " * (width - width_of(text)) for text, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        password = getattr(settings, "DEMO_PASSWORD", "")
        if password:
            self.stdout.write(f"密码（各账号相同，仅供演示）：{password}")
            self.stdout.write("机关人员、管理员、审计员登录第二步需要动态验证码：演示系统在该页直接显示，照填即可。")
