"""Doors for the queue; each calls services. Idempotent: a lost or repeated message does no harm."""

from celery import shared_task

from apps.deadlines.services import read_now
from apps.whitelists.services.gaps import warn_gaps
from apps.whitelists.services.importing import check_import, forget_imports, redo_lost_checks


@shared_task
def check_lines(import_id: int) -> None:
    """Sent by the door when a file was handed in."""
    check_import(import_id=import_id, now=read_now())


@shared_task
def sweep_imports() -> None:
    """Every minute, by beat: checks whose message or worker was lost; files that were kept long enough."""
    now = read_now()
    redo_lost_checks(now=now)
    forget_imports(now=now)


@shared_task
def warn_of_gaps() -> None:
    """Every hour, by beat: lists that end with none confirmed after them."""
    warn_gaps(now=read_now())
