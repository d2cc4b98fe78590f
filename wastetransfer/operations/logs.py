"""Log lines as JSON: one object a line, with the request's id and the case's number, without names or secrets."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from apps.catalogue import tracing


class Trail(logging.Filter):
    """Puts on each record what the process is busy with."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass."""
        record.request_id = tracing.request_id.get()
        record.case = tracing.case_number.get()
        return True


class Lines(JsonFormatter):
    """`at` (UTC), `level`, `logger`, `message`, and what the record itself adds; empty fields are left out."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Django hands the whole request to its error lines: that is no text and is left out."""
        super().add_fields(log_data, record, message_dict)
        for name in ("request", "server_time", "taskName", "data"):
            log_data.pop(name, None)
        log_data["at"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"], log_data["logger"] = record.levelname, record.name
        for name in [name for name, value in log_data.items() if value in (None, "")]:
            del log_data[name]
