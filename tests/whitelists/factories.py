"""Lists for tests of what stands on them: an edition of a pair, its entries, their quota through the ledger."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from apps.organisations.models import Bureau, Enterprise, User
from apps.whitelists.enums import ConsentMode
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.services.editions import lines_of
from apps.whitelists.services.entering import make_entries
from apps.whitelists.services.lines import LineForm
from apps.whitelists.services.turns import save_edition
from tests.catalogue.factories import DisposalMethodFactory, WasteCategoryFactory, province
from tests.organisations.factories import EnterpriseFactory, MembershipFactory, UserFactory

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
CODE = "900-045-49"
LETTERS = {"origin_letter_no": "渝环函〔2025〕118号", "destination_letter_no": "川环函〔2025〕226号"}

_serial = count(1)


def make_operator(short: str = "SC") -> Enterprise:
    return EnterpriseFactory(operator=True, province=province(short))


def administrator(*provinces: str) -> User:
    """A list administrator of each province (division code)."""
    user = UserFactory()
    for code in provinces:
        bureau = Bureau.objects.get(province=code, level="provincial")
        since = {"enterprise": None, "valid_from": date(2020, 1, 1)}
        MembershipFactory(user=user, role="whitelist_admin", bureau=bureau, **since)
    return user


def make_edition(
    origin: str = "CQ",
    destination: str = "SC",
    *,
    period: tuple[str, str] = ("2026-01-01", "2026-12-31"),
    mode: ConsentMode = ConsentMode.JOINT,
) -> Edition:
    """An edition as it was just begun; nobody in particular began it."""
    first, last = period
    edition = Edition(
        name=f"示例名单{next(_serial)}",
        origin=province(origin),
        destination=province(destination),
        begins_on=date.fromisoformat(first),
        ends_on=date.fromisoformat(last),
        consent_mode=mode,
    )
    save_edition(edition)
    return edition


def line_form(
    operator: Enterprise,
    *,
    quota: str = "100",
    number: str = "",
    codes: tuple[str, ...] = (CODE,),
    category: str = "",
    method: str = "R4",
) -> LineForm:
    """A line of 100 t for one code; `category="HW49"` lists the category instead."""
    DisposalMethodFactory(code=method)
    if category:
        WasteCategoryFactory(code=category)
    return LineForm(
        operator_id=operator.pk,
        waste_codes=() if category else codes,
        category_id=category,
        method=method,
        quota_t=Decimal(quota),
        number=number,
    )


def make_entry(
    edition: Edition | None = None,
    *,
    quota: str = "100",
    number: str = "01",
    operator: Enterprise | None = None,
    codes: tuple[str, ...] = (CODE,),
    category: str = "",
    method: str = "R4",
) -> WhitelistEntry:
    """A line of 100 t for one code; `category="HW49"` lists the category instead."""
    edition = edition or make_edition()
    form = line_form(
        operator or make_operator(), quota=quota, number=number, codes=codes, category=category, method=method
    )
    (entry,) = make_entries(edition=edition, lines=lines_of(edition, [form]), now=NOW)
    return WhitelistEntry.objects.get(pk=entry.pk)


def confirm(edition: Edition) -> Edition:
    """As if both sides had confirmed it; whether the entries may stand together is the services' question."""
    edition.enter(**LETTERS, at=NOW)
    save_edition(edition)
    return edition
