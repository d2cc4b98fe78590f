"""Drafts: made, saved, deleted. A case in correction is edited the same way."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model

from apps.catalogue.models import Province, WasteCode
from apps.deadlines.workdays import local_day
from apps.organisations.enums import Role
from apps.organisations.models import Enterprise, User
from apps.organisations.permissions import standing_of
from apps.transfers.enums import State
from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import Application, Item
from apps.transfers.services.locking import editable_application

MOST_ITEMS = 50
# PostgreSQL's text holds every character but this one.
NUL = chr(0)


@dataclass(frozen=True, slots=True)
class ItemForm:
    """One item as typed; whatever is empty stays empty until the check asks for it."""

    waste_code: str = ""
    waste_name: str = ""
    form: str = ""
    packaging: str = ""
    method: str = ""
    amount_t: Decimal | None = None
    contracted_t: Decimal | None = None
    is_transport_exempt: bool = False


@dataclass(frozen=True, slots=True)
class DraftForm:
    """The form as typed; ``operator_id`` is an enterprise's key, ``transit`` province codes, dates inclusive."""

    operator_id: int | None = None
    requested_from: date | None = None
    requested_until: date | None = None
    carrier_name: str = ""
    carrier_permit_no: str = ""
    is_transport_exempt: bool = False
    contract_no: str = ""
    contract_sender: str = ""
    contract_receiver: str = ""
    contract_until: date | None = None
    contact_name: str = ""
    contact_phone: str = ""
    transit: tuple[str, ...] = ()
    items: tuple[ItemForm, ...] = field(default=())


TYPED = tuple(one.name for one in fields(DraftForm) if one.name not in {"operator_id", "transit", "items"})
ITEM_COLUMNS = [*(one.name for one in fields(ItemForm)), "hazard_properties"]
# Their rows were just read; the database holds the keys true.
KEYS = ["generator", "operator", "origin", "destination", "created_by", "edition"]


@transaction.atomic
def create_draft(*, generator_id: int, by: User, now: datetime) -> Application:
    """Begin a draft of an enterprise for which the person files. Raises NotFound."""
    if generator_id not in standing_of(by, local_day(now)).enterprises(Role.FILER):
        raise NotFound
    generator = Enterprise.objects.select_related("province").get(pk=generator_id)
    if not generator.generator_kind:
        raise Refused("generator.none", f"{generator.name}不是移出人，不能提出转移申请。")
    return Application.objects.create(
        generator=generator,
        origin=generator.province,
        contact_name=generator.contact_name,
        contact_phone=generator.contact_phone,
        created_by=by,
        created_at=now,
        changed_at=now,
    )


@transaction.atomic
def save_draft(*, application_id: int, by: User, now: datetime, version: int, form: DraftForm) -> Application:
    """Keep what was typed, whole or not. ``version`` is the one that the person was editing.

    Raises NotFound, NotAllowed; Refused ``draft.conflict`` when it was saved elsewhere meanwhile (nothing is
    overwritten), ``draft.closed`` when it can't be edited any more, ``draft.…`` for what a column can't take.
    """
    application = editable_application(application_id=application_id, by=by, now=now)
    if application.version != version:
        raise Refused("draft.conflict", "该申请已在另一处保存了新的内容，本次没有保存。请刷新后再修改。")
    _set_operator(application, form.operator_id)
    for name in TYPED:
        setattr(application, name, getattr(form, name))
    application.changed_at = now
    application.version += 1
    _clean(application)
    application.save()
    application.transit.set(_provinces(form.transit))
    _replace_items(application, form.items)
    return application


@transaction.atomic
def delete_draft(*, application_id: int, by: User, now: datetime) -> None:
    """Delete a draft; what was filed is withdrawn, never deleted. Raises NotFound, NotAllowed, Refused."""
    application = editable_application(application_id=application_id, by=by, now=now)
    if application.state != State.DRAFT:
        raise Refused("draft.filed", "已提交的申请不能删除，只能撤回。")
    application.delete()


def _set_operator(application: Application, operator_id: int | None) -> None:
    if application.state == State.CORRECTION and operator_id != application.operator_id:
        raise Refused("operator.fixed", "补正时不能更换接受人；需要更换的，请撤回后重新申请。", field="operator")
    if operator_id is None:
        application.operator = application.destination = None
        return
    operator = Enterprise.objects.select_related("province").filter(pk=operator_id, is_operator=True).first()
    if operator is None:
        raise Refused("operator.unknown", "没有找到该接受人。", field="operator")
    application.operator, application.destination = operator, operator.province


def _provinces(codes: Sequence[str]) -> list[Province]:
    found = list(Province.objects.filter(pk__in=codes))
    if len(found) != len(set(codes)):
        raise Refused("transit.unknown", "途经省份不存在。", field="transit")
    return found


def _replace_items(application: Application, forms: Sequence[ItemForm]) -> None:
    if len(forms) > MOST_ITEMS:
        raise Refused("items.many", f"一份申请最多 {MOST_ITEMS} 项，现有 {len(forms)} 项。", field="items")
    hazards = dict(
        WasteCode.objects.filter(code__in=[form.waste_code for form in forms])
        .order_by("edition__valid_from")
        .values_list("code", "hazard_properties")
    )
    items = [
        Item(
            application=application,
            position=position,
            waste_code=form.waste_code,
            waste_name=form.waste_name,
            hazard_properties=hazards.get(form.waste_code, ""),
            form=form.form,
            packaging=form.packaging,
            method=form.method,
            amount_t=form.amount_t,
            contracted_t=form.contracted_t,
            is_transport_exempt=form.is_transport_exempt,
        )
        for position, form in enumerate(forms, start=1)
    ]
    for item in items:
        _clean_item(item)
    _write(application, items)


def _write(application: Application, items: Sequence[Item]) -> None:
    """Write what differs: a form that saves itself changes one item at a time."""
    there = {item.position: item for item in application.items.all()}
    moved = []
    for item in items:
        old = there.pop(item.position, None)
        if old is None:
            continue
        item.pk, item.entry_id = old.pk, old.entry_id
        if any(getattr(item, name) != getattr(old, name) for name in ITEM_COLUMNS):
            moved.append(item)
    if there:
        application.items.filter(pk__in=[item.pk for item in there.values()]).delete()
    Item.objects.bulk_update(moved, ITEM_COLUMNS)
    Item.objects.bulk_create([item for item in items if item.pk is None])


def _clean(application: Application) -> None:
    try:
        application.clean_fields(exclude=["state", *KEYS])
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        word = _word(Application, name)
        raise Refused(f"draft.{name}", f"{word}：{''.join(messages)}", field=name) from error
    for name in TYPED:
        if NUL in str(getattr(application, name)):
            raise Refused(f"draft.{name}", f"{_word(Application, name)}：不能含有空字符。", field=name)
    if application.state != State.DRAFT:
        _clean_period(application)


def _clean_period(application: Application) -> None:
    """A filed application always has a period in order (a CHECK); only a draft may be without."""
    for name in ("requested_from", "requested_until"):
        if getattr(application, name) is None:
            raise Refused(f"draft.{name}", "补正时请保留拟转移期限的起止日期。", field=name)
    first, last = application.requested_from, application.requested_until
    if first and last and last < first:
        raise Refused("draft.requested_until", f"拟转移期限止日 {last} 早于起日 {first}。", field="requested_until")


def _clean_item(item: Item) -> None:
    try:
        item.clean_fields(exclude=["application", "entry"])
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        word = _word(Item, name)
        raise Refused(f"item.{name}", f"第 {item.position} 项{word}：{''.join(messages)}", field="items") from error
    for name, word in (("amount_t", "申请数量"), ("contracted_t", "合同数量")):
        amount = getattr(item, name)
        if amount is not None and amount <= 0:
            raise Refused(f"item.{name}", f"第 {item.position} 项{word}：须大于零。", field="items")
    for name in ("waste_code", "waste_name", "packaging", "method"):
        if NUL in getattr(item, name):
            word = _word(Item, name)
            raise Refused(f"item.{name}", f"第 {item.position} 项{word}：不能含有空字符。", field="items")


def _word(model: type[Model], name: str) -> str:
    column = model._meta.get_field(name)
    return str(getattr(column, "verbose_name", name))
