"""Once more like last time: a new draft from an earlier application, with nothing in it that has become stale."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from apps.deadlines.workdays import local_day
from apps.organisations.models import User
from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, NotFound
from apps.transfers.models import Application, Item
from apps.transfers.permissions import is_filer
from apps.transfers.services.drafts import DraftForm, ItemForm, create_draft, save_draft

ZERO = Decimal(0)


@transaction.atomic
def copy_application(*, application_id: int, by: User, now: datetime, is_elsewhere: bool = False) -> Application:
    """A draft that asks for the same of the same operator. Raises NotFound, NotAllowed.

    Left behind: the period, the files, every figure that a bureau gave, the contact of then (the enterprise's present
    one is taken), a contract that has run out, and an operator that is none any more. With ``is_elsewhere`` (另选接受人)
    operator, contract and transit stay behind as well; of an approval the tonnes are those that were not shipped.
    """
    today = local_day(now)
    source = Application.objects.visible_to(by, today).filter(pk=application_id).first()
    if source is None:
        raise NotFound
    source.today = today
    if not is_filer(source, by):
        raise NotAllowed("照此再申请")
    draft = create_draft(generator_id=source.generator_id, by=by, now=now)
    runs = not is_elsewhere and (source.contract_until is None or source.contract_until >= today)
    operator = source.operator
    still_operates = not is_elsewhere and operator is not None and operator.is_operator
    left = _left(source) if is_elsewhere else {}
    form = DraftForm(
        operator_id=source.operator_id if still_operates else None,
        carrier_name=source.carrier_name,
        carrier_permit_no=source.carrier_permit_no,
        is_transport_exempt=source.is_transport_exempt,
        contract_no=source.contract_no if runs else "",
        contract_sender=source.contract_sender if runs else "",
        contract_receiver=source.contract_receiver if runs else "",
        contract_until=source.contract_until if runs else None,
        contact_name=draft.contact_name,
        contact_phone=draft.contact_phone,
        transit=() if is_elsewhere else tuple(source.transit.values_list("pk", flat=True)),
        items=tuple(
            ItemForm(
                waste_code=item.waste_code,
                waste_name=item.waste_name,
                form=item.form,
                packaging=item.packaging,
                method=item.method,
                amount_t=left.get(item.pk, item.amount_t),
                contracted_t=item.contracted_t if runs else None,
                is_transport_exempt=item.is_transport_exempt,
            )
            for item in source.items.all()
            if left.get(item.pk, item.amount_t) != ZERO
        ),
    )
    return save_draft(application_id=draft.pk, by=by, now=now, version=draft.version, form=form)


def _left(source: Application) -> Mapping[int, Decimal]:
    """Tonnes of an approval that were not shipped, by item; nothing for what was not approved."""
    if source.state != State.APPROVED:
        return {}
    items = Item.objects.filter(application=source).annotate(shipped=Sum("shipments__amount_t", default=ZERO))
    return {item.pk: (item.approved_t or ZERO) - item.shipped for item in items.order_by()}
