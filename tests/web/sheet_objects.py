"""What the addresses of lists and their spreadsheets need: a draft of Chongqing's for waste from Sichuan, and a file with errors."""

from datetime import date

from django.urls import reverse

from apps.organisations.models import User
from apps.whitelists.models import Edition, LineImport
from apps.whitelists.services.carrying import carry_over
from apps.whitelists.services.handing_in import begin_import
from apps.whitelists.services.importing import check_import
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


def address_of(name: str) -> str:
    """The address when it is one of a list's pages or spreadsheets; else nothing."""
    if name in OF_IMPORT:
        return reverse(f"web:{name}", args=[refused_file().pk])
    if name in OF_LINE:
        return reverse(f"web:{name}", args=[drafted().pk, drafted().lines.earliest("number").pk])
    if name == "edition_round":
        return reverse("web:edition_round", args=[confirmed().pk, 1])
    if name in OF_CONFIRMED or name in OF_DRAFT:
        return reverse(f"web:{name}", args=[(confirmed() if name in OF_CONFIRMED else drafted()).pk])
    return ""


def _administrator() -> User:
    return User.objects.get(username=ADMINISTRATOR)
