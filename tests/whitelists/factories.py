"""Lists made by the services themselves: an edition of a pair, its entries, their quota through the ledger."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from apps.organisations.models import Enterprise
from apps.whitelists.enums import ConsentMode
from apps.whitelists.models import Edition, WhitelistEntry
from apps.whitelists.services.editions import add_entry, confirm_edition, open_edition
from tests.catalogue.factories import DisposalMethodFactory, WasteCategoryFactory, province
from tests.organisations.factories import EnterpriseFactory

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
CODE = "900-045-49"
LETTERS = {"origin_letter_no": "渝环函〔2025〕118号", "destination_letter_no": "川环函〔2025〕226号"}

_serial = count(1)


def make_operator(short: str = "SC") -> Enterprise:
    return EnterpriseFactory(operator=True, province=province(short))


def make_edition(
    origin: str = "CQ",
    destination: str = "SC",
    *,
    period: tuple[str, str] = ("2026-01-01", "2026-12-31"),
    mode: ConsentMode = ConsentMode.JOINT,
) -> Edition:
    first, last = period
    return open_edition(
        name=f"示例名单{next(_serial)}",
        origin=province(origin),
        destination=province(destination),
        begins_on=date.fromisoformat(first),
        ends_on=date.fromisoformat(last),
        consent_mode=mode,
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
    DisposalMethodFactory(code=method)
    return add_entry(
        edition=edition or make_edition(),
        number=number,
        operator=operator or make_operator(),
        waste_codes=() if category else codes,
        category=WasteCategoryFactory(code=category) if category else None,
        method=method,
        quota_t=Decimal(quota),
        now=NOW,
    )


def confirm(edition: Edition) -> Edition:
    return confirm_edition(edition=edition, now=NOW, **LETTERS)
