"""Which case and which request a process is busy with: for its log lines, never for what it does."""

from contextvars import ContextVar

case_number: ContextVar[str] = ContextVar("case_number", default="")
request_id: ContextVar[str] = ContextVar("request_id", default="")


def forget() -> None:
    """A new request or task begins: nothing is known of it yet."""
    case_number.set("")
    request_id.set("")
