"""Shipments: an approval is a balance that they draw down (docs/rules.md §12; order 23, arts. 15–18)."""

import re
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from apps.organisations.models import User
from apps.transfers.errors import NotFound, Refused
from apps.transfers.models import Application, Item, Shipment
from apps.transfers.rules.tonnes import is_recordable
from apps.transfers.services.acting import attending
from apps.transfers.services.acts import Act

ZERO = Decimal(0)
MANIFEST = re.compile(r"[0-9]{14}", re.ASCII)


def record_shipment(
    *,
    application_id: int,
    by: User,
    now: datetime,
    item_id: int,
    manifest_no: str,
    amount_t: Decimal,
    shipped_on: date,
    carrier_name: str,
) -> Shipment:
    """Record one vehicle-trip: manifest of fourteen digits, tonnes, day, carrier; never more than was approved.

    Raises NotFound, NotAllowed; Refused ``manifest.form``, ``manifest.used``, ``shipment.amount``, ``.over``,
    ``.day``, ``.paused``, ``.complete``, ``.carrier``.
    """
    number, carrier = manifest_no.strip(), carrier_name.strip()
    with attending(application_id=application_id, name="record_shipment", by=by, now=now) as act:
        item = Item.objects.filter(application=act.application, pk=item_id).first()
        if item is None:
            raise NotFound
        _check_manifest(act.application, number, shipped_on)
        _check_day(act, shipped_on)
        _check_amount(item, amount_t)
        if not carrier or len(carrier) > 100:  # noqa: PLR2004 - the column's length
            raise Refused("shipment.carrier", "请填写承运人（最多 100 字）。", field="carrier_name")
        shipment = Shipment(
            application=act.application,
            item=item,
            manifest_no=number,
            amount_t=amount_t,
            shipped_on=shipped_on,
            carrier_name=carrier,
            recorded_by=by,
            recorded_at=now,
        )
        try:
            with transaction.atomic():
                shipment.save()
        except IntegrityError as error:
            raise Refused("manifest.used", f"转移联单 {number} 已经登记过。", field="manifest_no") from error
        act.details.update(manifest_no=number, amount_t=str(amount_t))
    return shipment


def confirm_shipment(
    *, application_id: int, shipment_id: int, by: User, now: datetime, received_t: Decimal, arrived_on: date
) -> Shipment:
    """The operator confirms what it received (tonnes), once (order 23, art. 18).

    Raises NotFound, NotAllowed; Refused ``shipment.confirmed``, ``shipment.received``, ``shipment.day``.
    """
    with attending(application_id=application_id, name="confirm_shipment", by=by, now=now) as act:
        shipment = Shipment.objects.filter(application=act.application, pk=shipment_id).first()
        if shipment is None:
            raise NotFound
        if shipment.confirmed_at is not None:
            raise Refused("shipment.confirmed", f"转移联单 {shipment.manifest_no} 已经确认过。")
        if not is_recordable(received_t) or not ZERO <= received_t <= shipment.amount_t:
            raise Refused(
                "shipment.received",
                f"接受量须在 0 与 {shipment.amount_t:.4f} 吨之间，最多四位小数。",
                field="received_t",
            )
        if not shipment.shipped_on <= arrived_on <= act.on:
            raise Refused("shipment.day", f"运抵日期须在 {shipment.shipped_on} 与 {act.on} 之间。", field="arrived_on")
        shipment.received_t, shipment.arrived_on = received_t, arrived_on
        shipment.confirmed_by, shipment.confirmed_at = by, now
        shipment.save()
        act.details.update(manifest_no=shipment.manifest_no, received_t=str(received_t))
    return shipment


def left_t(item: Item) -> Decimal:
    """Tonnes of an approved item that have not been shipped yet."""
    shipped = item.shipments.aggregate(total=Sum("amount_t"))["total"] or ZERO
    return (item.approved_t or ZERO) - shipped


def _check_manifest(application: Application, number: str, shipped_on: date) -> None:
    """Digits 1–4 the year, 5–8 the first four of the sender's division code (in Chongqing 5001 or 5002)."""
    if not MANIFEST.fullmatch(number):
        raise Refused("manifest.form", "转移联单编号应为十四位数字（23号令第十五条）。", field="manifest_no")
    prefix = f"{shipped_on.year}{application.generator.division_id[:4]}"
    if not number.startswith(prefix):
        raise Refused(
            "manifest.form", f"转移联单编号应以 {prefix} 开头（年份、移出地省、市代码）。", field="manifest_no"
        )


def _check_day(act: Act, day: date) -> None:
    application = act.application
    if application.declared_complete_at is not None:
        raise Refused("shipment.complete", "已申报执行完毕，不能再登记转移。")
    if application.valid_from is None or application.valid_until is None:
        raise Refused("shipment.day", "该申请没有有效期。")
    if not application.valid_from <= day <= min(application.valid_until, act.on):
        raise Refused(
            "shipment.day",
            f"转移日期须在有效期 {application.valid_from} 至 {application.valid_until} 之内，且不晚于今天。",
            field="shipped_on",
        )
    if application.paused_on(day):
        raise Refused("shipment.paused", f"{day} 该批准处于暂停转移期间。", field="shipped_on")


def _check_amount(item: Item, amount: Decimal) -> None:
    if not is_recordable(amount) or amount <= ZERO:
        raise Refused("shipment.amount", "转移量须大于零，最多四位小数。", field="amount_t")
    left = left_t(item)
    if amount > left:
        raise Refused(
            "shipment.over",
            f"第 {item.position} 项批准 {item.approved_t:.4f} 吨，尚可转移 {left:.4f} 吨，本次 {amount:.4f} 吨；"
            "超过批准数量的应当重新提出申请（23号令第二十八条）。",
            field="amount_t",
        )
