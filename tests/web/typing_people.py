"""Filling in the door's forms as a browser posts them."""

from typing import Any

from apps.transfers.models import Application

BOARD = {
    "waste_code": "900-045-49",
    "waste_name": "废弃电路板",
    "form": "solid",
    "packaging": "吨袋",
    "method": "R4",
    "amount_t": "120",
    "contracted_t": "",
}


def typed(application: Application, *, rows: list[dict[str, str]] | None = None, **changes: Any) -> dict[str, Any]:
    """The draft's form; ``rows`` are its items (one of boards by default), other names replace single fields."""
    rows = [BOARD] if rows is None else [{**BOARD, **row} for row in rows]
    columns = {name: [row[name] for row in rows] for name in BOARD}
    return {
        "version": str(application.version),
        "operator": str(application.operator_id or ""),
        "requested_from": "2026-01-05",
        "requested_until": "2026-12-31",
        "carrier_name": "重庆示例危货运输有限公司",
        "carrier_permit_no": "",
        "contract_no": "HT-2026-001",
        "contract_until": "",
        "contact_name": "联系人",
        "contract_sender": "",
        "contract_receiver": "",
        "contact_phone": "023-00000000",
        "action": "save",
        **columns,
        **changes,
    }


def codes(response: Any) -> set[str]:
    """The stable codes that a page shows beside its sentences."""
    text = response.content.decode()
    return {part.split('"', 1)[0] for part in text.split('data-code="')[1:]} - {""}


def read(response: Any) -> bytes:
    """The whole answer; a file's stream is read to its end, which closes it."""
    return b"".join(response.streaming_content) if response.streaming else response.content
