"""What happened to lists as it is told: each row names its readers itself."""

from collections.abc import Iterable, Mapping

from apps.notifications.enums import MessageKind, Source, Subject
from apps.notifications.telling.notices import Happening, Notice, Post
from apps.organisations.enums import ENTERPRISE_ROLES
from apps.whitelists.enums import EventKind
from apps.whitelists.models import ListEvent, ListEventRecipient

KINDS: Mapping[str, MessageKind] = {
    EventKind.GAP_WARNED: MessageKind.LIST_ENDS,
    EventKind.ALERTED: MessageKind.LIST_USE,
    EventKind.ADJUSTMENT_PROPOSED: MessageKind.LIST_CHANGED,
    EventKind.ADJUSTMENT_CONFIRMED: MessageKind.LIST_CHANGED,
    EventKind.ADJUSTMENT_DECLINED: MessageKind.LIST_CHANGED,
    EventKind.ADJUSTMENT_TAKEN_BACK: MessageKind.LIST_CHANGED,
    EventKind.SUSPENDED: MessageKind.LIST_CHANGED,
    EventKind.LIFTED: MessageKind.LIST_CHANGED,
    EventKind.PERMIT_STATUS: MessageKind.LIST_CHANGED,
}
EVERYBODY = frozenset(ENTERPRISE_ROLES)


def happenings_of_lists(rows: Iterable[ListEvent]) -> list[Happening]:
    """Rows of the lists' log, read with their recipients and their list."""
    return [_happening(row) for row in rows]


def _happening(row: ListEvent) -> Happening:
    kind = KINDS.get(row.kind, MessageKind.LIST_TALKS)
    posts = (_post(one) for one in row.recipients.all())
    return Happening(
        source=Source.LIST,
        source_id=row.pk,
        occurred_at=row.occurred_at,
        subject=Subject.LIST if row.edition_id else Subject.NONE,
        subject_id=row.edition_id,
        number=str(row.edition) if row.edition else "",
        actor_id=row.actor_id,
        notices=tuple(Notice(post, kind, row.get_kind_display(), row.sentence) for post in posts),
    )


def _post(one: ListEventRecipient) -> Post:
    if one.enterprise_id is not None:
        return Post(EVERYBODY, enterprise_id=one.enterprise_id)
    return Post(frozenset({one.role}), bureau_id=one.bureau_id)
