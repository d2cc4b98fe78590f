"""A prepared act in words: what is to be done, to what amount, for which reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.organisations.models import User
from apps.transfers.enums import RevocationKind, SuspensionReason
from apps.transfers.models import Item, Preparation
from apps.transfers.services.agreement import standing_on
from apps.transfers.services.signing.firing import arguments_of
from apps.web.bureau.later import ALL
from apps.web.templatetags.wording import day

LABELS = {
    "until": "期限至",
    "until_on": "暂停至",
    "expected_end_on": "预计恢复日期",
    "reasons": "理由",
    "explanation": "说明",
    "document_no": "来函文号",
    "kind": "类型",
}


SAID = {
    "agreed": "少于申请：申请人已同意核减。",
    "declined": "少于申请：申请人不同意核减。",
    "unanswered": "少于申请：已征询申请人，尚未答复。",
    "not_asked": "少于申请：没有征询申请人是否同意核减。",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the content; ``is_long`` for what people wrote."""

    label: str
    text: str
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item with what is to be granted of it (tonnes); None where the act grants nothing."""

    item: Item
    granted_t: Any = None

    @property
    def is_less(self) -> bool:
        return self.granted_t is not None and self.granted_t < self.item.amount_t


def title_of(preparation: Preparation) -> str:
    return ALL[preparation.act].title


def lines_of(preparation: Preparation) -> list[Line]:
    """The content without its tonnes and points, which have tables of their own."""
    arguments = arguments_of(preparation.act, preparation.payload)
    return [
        _line(preparation.act, key, value)
        for key, value in arguments.items()
        if key not in {"amounts", "points"} and value
    ]


def items_of(preparation: Preparation) -> list[ItemLine]:
    """The items of the case with what is to be granted."""
    amounts: Mapping[int, Any] = arguments_of(preparation.act, preparation.payload).get("amounts") or {}
    items = preparation.application.items.order_by("position")
    return [ItemLine(item, amounts.get(item.pk)) for item in items]


def reduction_of(preparation: Preparation) -> str:
    """What the applicant said, where an approval gives less than they asked for; else nothing."""
    application = preparation.application
    arguments = arguments_of(preparation.act, preparation.payload)
    until, latest = arguments.get("until"), application.requested_until
    is_shorter = until is not None and latest is not None and until < latest
    if preparation.act != "approve" or not (is_shorter or any(line.is_less for line in items_of(preparation))):
        return ""
    return SAID[standing_on(application, amounts=arguments.get("amounts") or {}, until=until)]


def points_of(preparation: Preparation) -> list[Any]:
    return arguments_of(preparation.act, preparation.payload).get("points", [])


def laid_out(block: dict[str, Any]) -> dict[str, Any]:
    """A paper's table with its cells beside their columns, as a template can walk them; other blocks as they are."""
    if block["type"] != "table":
        return block
    columns = block["columns"]
    rows = [list(zip(columns, row, strict=False)) for row in block["rows"]]
    return {**block, "rows": rows, "total": list(zip(columns, block["total"], strict=False))}


def telephone(user: User, preparation: Preparation) -> str:
    """The person's own number, else the bureau's."""
    return user.phone or preparation.bureau.contact_phone


def _line(act: str, key: str, value: Any) -> Line:
    if (act, key) == ("suspend", "reason"):
        return Line("事由", SuspensionReason(value).label)
    if key == "kind":
        return Line(LABELS[key], RevocationKind(value).label)
    if hasattr(value, "weekday"):
        return Line(LABELS[key], day(value))
    return Line(LABELS.get(key, "理由"), str(value), is_long=True)
