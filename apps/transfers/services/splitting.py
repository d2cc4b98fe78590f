"""Splitting a draft into two halves that are filed together, in one transaction: both accepted or none."""

from collections.abc import Iterable
from datetime import datetime

from apps.organisations.models import User
from apps.transfers.errors import CheckFailed, Refused
from apps.transfers.models import Application, Attachment, Item
from apps.transfers.rules.splitting import Share, Split, split
from apps.transfers.services.acting import acting
from apps.transfers.services.checking import check_application
from apps.transfers.services.drafts import TYPED
from apps.transfers.services.filing import file_draft, next_number, same_version
from apps.whitelists.services.ledger import lock_entries

CHANGED = "名单余量或者申请内容已有变化，没有拆分，也没有提交。请核对新的检查结果后再操作。"
KEPT = (
    "waste_code",
    "waste_name",
    "hazard_properties",
    "form",
    "packaging",
    "method",
    "contracted_t",
    "is_transport_exempt",
)


def split_and_submit(
    *, application_id: int, by: User, now: datetime, seen: str, seen_version: int | None = None
) -> tuple[Application, Application]:
    """File a draft as two applications: listed and unlisted, or within what is left and over it (docs/rules.md §3).

    ``seen`` is the ``told`` of the split that the filer saw. Each half's log row names the other's number.
    Raises NotFound, NotAllowed; Refused ``draft.changed``, ``split.changed`` when it would now be another split;
    CheckFailed, RouteChanged. Whatever is raised, nothing has been filed and the draft is whole.
    """
    with acting(application_id=application_id, name="submit", by=by, now=now) as act:
        whole = act.application
        same_version(whole, seen_version)
        result = check_application(application=whole, today=act.on, calendar=act.calendar)
        if not result.may_be_filed:
            raise CheckFailed(result)
        items = list(whole.items.all())
        halves = split([(item.position, item.amount_t) for item in items], result)
        if halves is None or halves.told != seen:
            raise Refused("split.changed", CHANGED)
        twin = _twin(whole, by, now)
        _divide(items, halves, whole, twin)
        with acting(application_id=twin.pk, name="submit", by=by, now=now) as other:
            numbers = next_number(act), next_number(other)
            # Both halves' entries at once, by key: the second half may need one that the first does not.
            lock_entries(ids={claim.entry_id for claim in result.claims})
            file_draft(act, by=by, seen_route=halves.routes[0], number=numbers[0])
            file_draft(other, by=by, seen_route=halves.routes[1], number=numbers[1])
            act.details.update(split=halves.kind.value, split_with=numbers[1])
            other.details.update(split=halves.kind.value, split_with=numbers[0])
    return act.application, other.application


def _twin(whole: Application, by: User, now: datetime) -> Application:
    """A draft with everything that the whole says beside its items; the files are the same files."""
    twin = Application.objects.create(
        generator_id=whole.generator_id,
        operator_id=whole.operator_id,
        origin_id=whole.origin_id,
        destination_id=whole.destination_id,
        created_by=by,
        created_at=now,
        changed_at=now,
        **{name: getattr(whole, name) for name in TYPED},
    )
    twin.transit.set(whole.transit.all())
    files = list(whole.attachments.filter(removed_at__isnull=True))
    for file in files:
        file.pk, file.application = None, twin
    Attachment.objects.bulk_create(files)
    return twin


def _divide(items: Iterable[Item], halves: Split, whole: Application, twin: Application) -> None:
    by_position = {item.position: item for item in items}
    whole.items.all().delete()
    Item.objects.bulk_create(
        [
            _shared(by_position[share.position], share, place, half)
            for half, shares in ((whole, halves.first), (twin, halves.second))
            for place, share in enumerate(shares, start=1)
        ]
    )


def _shared(item: Item, share: Share, place: int, half: Application) -> Item:
    """The contract's tonnes stay whole on either side: it is one contract."""
    return Item(
        application=half,
        position=place,
        amount_t=share.amount_t,
        **{name: getattr(item, name) for name in KEPT},
    )
