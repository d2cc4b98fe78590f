"""Reading at full size: twelve pairs, ten years, two thousand entries each; what a page takes, one reader at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from django.db import connection
from django.urls import reverse

from apps.organisations.models import User
from apps.whitelists.models import Edition, WhitelistEntry
from benchmarks import requests
from benchmarks.load import Step
from benchmarks.tables import columns_of
from benchmarks.world import METHOD, NOW

ENTRIES, YEARS = 2_000, 10
READER = "cq.whitelist_admin"

# The lists of earlier years: those of the first year again, so many years before.
COPY_EDITIONS = """
    INSERT INTO whitelists_edition ({columns}, name, begins_on, ends_on, confirmed_at)
    SELECT {columns}, name || '（' || back || ' 年前）', (begins_on - make_interval(years => back))::date,
        (ends_on - make_interval(years => back))::date, confirmed_at - make_interval(years => back)
    FROM whitelists_edition CROSS JOIN generate_series(1, %(more)s) AS back
    WHERE status = 'confirmed' AND extract(year FROM begins_on) = %(first)s
"""
# Operators and codes in turn, so that every page of a list is mixed; their quota is entered as always.
FILL = """
    WITH wanted AS (
        SELECT edition.id AS edition_id, edition.destination_id, edition.begins_on, place,
            row_number() OVER (PARTITION BY edition.id ORDER BY place) AS turn
        FROM whitelists_edition AS edition
        CROSS JOIN LATERAL generate_series(
            1, %(entries)s - (SELECT count(*) FROM whitelists_whitelistentry WHERE edition_id = edition.id)
        ) AS place
        WHERE edition.status = 'confirmed'
    ), operators AS (
        SELECT id, province_id, row_number() OVER (PARTITION BY province_id ORDER BY id) - 1 AS turn,
            count(*) OVER (PARTITION BY province_id) AS many
        FROM organisations_enterprise WHERE is_operator
    ), codes AS (
        SELECT code, row_number() OVER (ORDER BY code) - 1 AS turn, count(*) OVER () AS many
        FROM (SELECT DISTINCT code FROM catalogue_wastecode) AS listed
    ), made AS (
        INSERT INTO whitelists_whitelistentry
            (edition_id, number, operator_id, waste_codes, category_id, method, quota_t, held_t, used_t)
        SELECT wanted.edition_id, 'L' || to_char(wanted.place, 'FM0000'), operators.id, ARRAY[codes.code], NULL,
            %(method)s, 500, 0, 0
        FROM wanted
        JOIN operators ON operators.province_id = wanted.destination_id AND operators.turn = wanted.turn %% operators.many
        JOIN codes ON codes.turn = wanted.turn %% codes.many
        RETURNING id, edition_id
    )
    INSERT INTO whitelists_quotamovement (entry_id, amount_t, kind, reference, round, occurred_at, recorded_at)
    SELECT made.id, 500, 'adjust', 'bench:' || made.id, 0, moment, moment
    FROM made JOIN whitelists_edition AS edition ON edition.id = made.edition_id
    CROSS JOIN LATERAL (SELECT edition.begins_on::timestamptz - interval '20 days' AS moment) AS entered
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be read again and again."""

    title: str
    tasks: list[list[Step]]


def fill(*, entries: int = ENTRIES, years: int = YEARS, tell: Callable[[str], None]) -> int:
    """Lists of so many years and entries each, beside what is there; gives how many entries there are."""
    tell(f"补足名单：{years} 年、每期 {entries} 条")
    confirmed = Edition.objects.confirmed()
    first, last = confirmed.earliest("begins_on").begins_on.year, NOW.year
    more = max(0, years - (last - first + 1))
    own = {"id", "name", "begins_on", "ends_on", "confirmed_at"}
    with connection.cursor() as cursor:
        copying = COPY_EDITIONS.format(columns=columns_of("whitelists_edition", but=own))
        cursor.execute(copying, {"more": more, "first": first})
        cursor.execute(FILL, {"entries": entries, "method": METHOD})
        cursor.execute("ANALYZE whitelists_edition, whitelists_whitelistentry, whitelists_quotamovement")
    return WhitelistEntry.objects.count()


def pages() -> Sequence[Page]:
    """What visitors, bureaus and whitelist administrators read of lists."""
    user = User.objects.get(username=READER)
    cookie = requests.cookies_of([user])[user.pk]
    present = Edition.objects.in_force_on(NOW.date()).filter(origin__short="CQ", destination__short="SC").get()
    old = date(NOW.year - YEARS + 1, 6, 30)
    pair, public = f"{present.origin_id}-{present.destination_id}", reverse("web:public_list", args=[present.pk])
    history, report = reverse("web:list_history"), reverse("web:exchange_report")

    def page(title: str, *addresses: str) -> Page:
        return Page(title, [[Step(address, cookie)] for address in addresses])

    return (
        page("现行名单一览", reverse("web:public_lists")),
        page("公开名单一页", *(f"{public}?page={number}" for number in range(1, ENTRIES // 50))),
        page(
            "公开名单查找", *(f"{public}?q={quote(text)}" for text in ("900-045-49", "HW08", "接受单位007", "scjsdw0"))
        ),
        page("名单历史（某日）", *(f"{history}?pair={pair}&on={NOW.year - n}-05-05" for n in range(YEARS))),
        page("名单历史（两日比较）", f"{history}?pair={pair}&on={NOW:%Y-%m-%d}&against={old}"),
        page("名单附件（2,000 条）", reverse("web:list_annex", args=[present.pk])),
        page("各方向用量", reverse("web:utilisation")),
        page(
            "年度交流报表",
            *(f"{report}?year={NOW.year - n}&basis={basis}" for n in (0, 1) for basis in ("decision", "edition")),
        ),
    )
