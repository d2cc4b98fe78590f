"""What the addresses of lists and their spreadsheets need: a draft of Chongqing's for waste from Sichuan, and a file with errors."""

from datetime import date
from decimal import Decimal

from django.urls import reverse

from apps.deadlines.models import CalendarChange
from apps.deadlines.services.changes import prepare_day
from apps.organisations.models import Permit, User
from apps.whitelists.models import Adjustment, Bar, Edition, LineImport
from apps.whitelists.services.adjusting import propose_adjustment
from apps.whitelists.services.carrying import carry_over
from apps.whitelists.services.handing_in import begin_import
from apps.whitelists.services.importing import check_import
from apps.whitelists.services.suspending import suspend_entry
from tests.transfers.world import at

NOW = at("2026-01-05")
ADMINISTRATOR = "cq.whitelist_admin"
BAD_FILE = "接受人,废物代码,方式,数量\n重庆查无此厂有限公司,900-045-49,R4,十吨\n".encode()
OF_CONFIRMED = ("carry_over", "edition_export")
OF_DRAFT = (
    "lines_template",
    "import_lines",
    "edition",
    "add_line",
    "reset_lines",
    "propose_edition",
    "counter_edition",
    "confirm_edition",
    "abandon_edition",
)
OF_LINE = ("edit_line", "strike_line")
OF_THE_YEAR = (
    "entry_ledger",
    "propose_adjustment",
    "adjustment",
    "suspend_listed",
    "lift_suspension",
    "permit_status",
)
OF_IMPORT = ("import_state", "import_annotated")


def confirmed() -> Edition:
    """The list in force from Sichuan to Chongqing."""
    return Edition.objects.get(origin__short="SC", destination__short="CQ", begins_on=date(2026, 1, 1))


def drafted() -> Edition:
    """The one after it, carried over once."""
    source = confirmed()
    made = Edition.objects.filter(carried_from=source).first()
    return made or carry_over(
        edition_id=source.pk, begins_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), by=_administrator(), now=NOW
    )


def refused_file() -> LineImport:
    """A file of two errors that was handed in for the draft."""
    row = LineImport.objects.first()
    if row is None:
        edition = drafted()
        row = begin_import(edition_id=edition.pk, name="错误.csv", content=BAD_FILE, by=_administrator(), now=NOW)
        check_import(import_id=row.pk, now=NOW)
    return row


def adjusted() -> Adjustment:
    """An adjustment of its first line that Chongqing proposed and Sichuan is to answer."""
    entry = confirmed().entries.earliest("pk")
    made = Adjustment.objects.filter(entry=entry).first()
    return made or propose_adjustment(
        entry_id=entry.pk,
        change_t=Decimal("-1.5"),
        letter_no="渝环函〔2026〕3号",
        reason="设备检修",
        by=_administrator(),
        now=NOW,
    )


def suspended() -> Bar:
    """A suspension of its last line by Chongqing."""
    entry = confirmed().entries.latest("pk")
    made = Bar.objects.filter(entry=entry).first()
    paper = {"document_no": "渝环函〔2026〕4号", "reason": "超期贮存"}
    return made or suspend_entry(entry_id=entry.pk, by=_administrator(), now=NOW, from_on=NOW.date(), **paper)


def of_the_year(name: str) -> str:
    """The address when it is about something that happens to the list during its year."""
    adjustment, bar, line = adjusted(), suspended(), confirmed().entries.earliest("pk")
    permit = Permit.objects.filter(enterprise=line.operator).earliest("pk")
    keys = {"adjustment": adjustment.pk, "lift_suspension": bar.pk, "permit_status": permit.pk}
    about = f"?entry={line.pk}" if name == "suspend_listed" else ""
    return reverse(f"web:{name}", args=[] if about else [keys.get(name, line.pk)]) + about


def prepared_change() -> CalendarChange:
    """A Friday of January off, prepared by the system administrator and not ordered."""
    by = User.objects.get(username="admin")
    words = {"name": "停电", "reason": "全市停电检修，通知〔2026〕1号"}
    return CalendarChange.objects.filter(day=date(2026, 1, 9)).first() or prepare_day(
        day=date(2026, 1, 9), works=False, by=by, now=NOW, **words
    )


def address_of(name: str) -> str:
    """The address when it is one of a list's pages or spreadsheets; else nothing."""
    if name in OF_THE_YEAR:
        return of_the_year(name)
    if name == "calendar_change" or name in OF_IMPORT:
        row = prepared_change() if name == "calendar_change" else refused_file()
        return reverse(f"web:{name}", args=[row.pk])
    if name in OF_LINE:
        return reverse(f"web:{name}", args=[drafted().pk, drafted().lines.earliest("number").pk])
    if name == "edition_round":
        return reverse("web:edition_round", args=[confirmed().pk, 1])
    if name in OF_CONFIRMED or name in OF_DRAFT:
        return reverse(f"web:{name}", args=[(confirmed() if name in OF_CONFIRMED else drafted()).pk])
    return ""


def _administrator() -> User:
    return User.objects.get(username=ADMINISTRATOR)
