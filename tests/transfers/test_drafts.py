"""Drafts: whatever is typed is kept or refused with a sentence; nobody overwrites and nobody else sees."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile

from apps.transfers.enums import State
from apps.transfers.errors import NotAllowed, NotFound, Refused
from apps.transfers.models import Application
from apps.transfers.services.attaching import attach
from apps.transfers.services.drafts import (
    DraftForm,
    ItemForm,
    create_draft,
    delete_draft,
    save_draft,
)
from apps.transfers.services.reviewing import Point, request_correction
from tests.transfers.world import World, at

NOW = at("2026-01-05")


@pytest.fixture
def draft(world: World) -> Application:
    return create_draft(generator_id=world.enterprise("G-CQ1").pk, by=world.user("dazu.filer"), now=NOW)


def form(world: World, **changes) -> DraftForm:
    plain = DraftForm(
        operator_id=world.enterprise("O-SC1").pk,
        requested_from=date(2026, 1, 5),
        requested_until=date(2026, 12, 31),
        items=(ItemForm(waste_code="900-045-49", method="R4", amount_t=Decimal(120)),),
    )
    return replace(plain, **changes)


def save(world: World, case: Application, by: str = "dazu.filer", **changes) -> Application:
    return save_draft(
        application_id=case.pk, by=world.user(by), now=NOW, version=case.version, form=form(world, **changes)
    )


def put(world: World, case: Application, by: str = "dazu.filer") -> object:
    return attach(
        application_id=case.pk,
        by=world.user(by),
        now=NOW,
        material="contract",
        name="合同.pdf",
        content=ContentFile(b"%PDF-1.7"),
    )


def test_everything_typed_is_kept(world: World, draft: Application) -> None:
    item = ItemForm("900-045-49", "废电路板", "solid", "吨袋", "R4", Decimal("0.0001"))
    typed = {
        "carrier_name": "重庆示例危货运输有限公司",
        "carrier_permit_no": "渝交运管许可字001号",
        "is_transport_exempt": True,
        "contract_no": "HT-1",
        "contract_until": date(2027, 1, 1),
        "contact_name": "示例人",
        "contact_phone": "023-1",
    }
    saved = save(world, draft, transit=("520000",), items=(item, ItemForm()), **typed)
    kept = Application.objects.get(pk=draft.pk)
    assert {name: getattr(kept, name) for name in typed} == typed
    assert (kept.operator_id, kept.destination_id) == (world.enterprise("O-SC1").pk, "510000")
    assert [province.pk for province in kept.transit.all()] == ["520000"]
    first, second = kept.items.all()
    assert (first.waste_name, first.form, first.amount_t, first.hazard_properties) == (
        "废电路板", "solid", Decimal("0.0001"), "T",
    )  # fmt: skip
    assert (second.position, second.waste_code, second.amount_t) == (2, "", None)
    assert saved.version == draft.version + 1


def test_an_empty_form_is_kept_too(world: World, draft: Application) -> None:
    save(world, save(world, draft), operator_id=None, requested_from=None, requested_until=None, items=())
    kept = Application.objects.get(pk=draft.pk)
    assert (kept.operator, kept.destination, kept.requested_from, kept.items.count()) == (None, None, None, 0)


def test_a_second_window_does_not_overwrite(world: World, draft: Application) -> None:
    save(world, draft, contract_no="先保存")
    with pytest.raises(Refused) as refused:
        save(world, draft, contract_no="后保存")
    assert refused.value.code == "draft.conflict"
    assert Application.objects.get(pk=draft.pk).contract_no == "先保存"


@pytest.mark.parametrize(
    "by", ["jiulongpo.filer", "suining.operator", "cq.handler", "sc.handler", "cq.whitelist_admin", "dazu.local"]
)
def test_nobody_else_sees_a_draft(world: World, draft: Application, by) -> None:
    with pytest.raises(NotFound):
        save(world, draft, by=by)
    with pytest.raises(NotFound):
        delete_draft(application_id=draft.pk, by=world.user(by), now=NOW)
    with pytest.raises(NotFound):
        put(world, draft, by)


def test_a_viewer_sees_but_does_not_edit(world: World, draft: Application) -> None:
    with pytest.raises(NotAllowed):
        save(world, draft, by="dazu.viewer")
    with pytest.raises(NotFound):
        create_draft(generator_id=world.enterprise("G-CQ1").pk, by=world.user("dazu.viewer"), now=NOW)


REFUSED = {
    "operator unknown": ({"operator_id": 999_999}, "operator.unknown", "operator", "没有找到该接受人"),
    "transit unknown": ({"transit": ("999999",)}, "transit.unknown", "transit", "途经省份不存在"),
    "51 items": ({"items": (ItemForm(),) * 51}, "items.many", "items", "最多 50 项，现有 51 项"),
    "zero tonnes": ({"items": (ItemForm(amount_t=Decimal(0)),)}, "item.amount_t", "items", "第 1 项"),
    "negative": ({"items": (ItemForm(), ItemForm(amount_t=Decimal(-5)))}, "item.amount_t", "items", "第 2 项"),
    "five decimals": ({"items": (ItemForm(amount_t=Decimal("0.00001")),)}, "item.amount_t", "items", "第 1 项"),
    "eleven digits": ({"items": (ItemForm(amount_t=Decimal(10**10)),)}, "item.amount_t", "items", "第 1 项"),
    "not a number": ({"items": (ItemForm(amount_t=Decimal("NaN")),)}, "item.amount_t", "items", "第 1 项"),
    "infinite": ({"items": (ItemForm(amount_t=Decimal("Infinity")),)}, "item.amount_t", "items", "第 1 项"),
    "code too long": ({"items": (ItemForm(waste_code="900-045-49-1"),)}, "item.waste_code", "items", "废物代码"),
    "no such form": ({"items": (ItemForm(form="plasma"),)}, "item.form", "items", "形态"),
    "carrier too long": ({"carrier_name": "运" * 101}, "draft.carrier_name", "carrier_name", "承运人"),
    "phone too long": ({"contact_phone": "1" * 31}, "draft.contact_phone", "contact_phone", "联系电话"),
    "a null byte": ({"contract_no": "HT\x001"}, "draft.contract_no", "contract_no", "合同编号"),
    "a null byte in an item": ({"items": (ItemForm(waste_name="\x00"),)}, "item.waste_name", "items", "废物名称"),
}


@pytest.mark.parametrize(("changes", "code", "field", "says"), REFUSED.values(), ids=REFUSED)
def test_what_a_column_cannot_take_is_refused_and_nothing_is_lost(
    world: World, draft: Application, changes, code, field, says
) -> None:
    saved = save(world, draft, contract_no="原来的")
    with pytest.raises(Refused) as refused:
        save(world, saved, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert says in refused.value.sentence
    kept = Application.objects.get(pk=draft.pk)
    assert (kept.contract_no, kept.items.get().amount_t, kept.version) == ("原来的", Decimal(120), saved.version)


def test_fifty_items_are_kept(world: World, draft: Application) -> None:
    assert save(world, draft, items=(ItemForm(waste_code="900-045-49"),) * 50).items.count() == 50


def test_a_generator_is_no_operator(world: World, draft: Application) -> None:
    with pytest.raises(Refused, match="没有找到该接受人"):
        save(world, draft, operator_id=world.enterprise("G-SC2").pk)


def test_a_draft_is_deleted_with_its_files(world: World, draft: Application) -> None:
    put(world, draft)
    delete_draft(application_id=draft.pk, by=world.user("dazu.filer"), now=NOW)
    assert not Application.objects.filter(pk=draft.pk).exists()


def test_what_was_filed_is_neither_saved_nor_deleted(world: World) -> None:
    case = world.filed(now=NOW)
    for act in (lambda: save(world, case), lambda: put(world, case)):
        with pytest.raises(Refused, match="现为“移出地初审”，不能再修改") as refused:
            act()
        assert refused.value.code == "draft.closed"


# In correction


@pytest.fixture
def corrected(world: World) -> Application:
    case = world.filed(now=NOW)
    points = [Point("合同", "没有签章", "补签章")]
    return request_correction(application_id=case.pk, by=world.user("cq.handler"), now=NOW, points=points)


def test_a_correction_is_edited_but_neither_deleted_nor_sent_elsewhere(world: World, corrected: Application) -> None:
    with pytest.raises(Refused) as refused:
        delete_draft(application_id=corrected.pk, by=world.user("dazu.filer"), now=NOW)
    assert refused.value.code == "draft.filed"
    for other in (world.enterprise("O-SC2").pk, None):
        with pytest.raises(Refused) as refused:
            save(world, corrected, operator_id=other)
        assert refused.value.code == "operator.fixed"
    saved = save(world, corrected, items=(ItemForm("900-045-49", method="R4", amount_t=Decimal(90)),))
    assert (saved.state, saved.items.get().amount_t) == (State.CORRECTION, Decimal(90))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"requested_from": None}, "draft.requested_from"),
        ({"requested_until": None}, "draft.requested_until"),
        ({"requested_until": date(2026, 1, 4)}, "draft.requested_until"),
    ],
)
def test_a_correction_keeps_a_period(world: World, corrected: Application, changes, code) -> None:
    """The database asks a filed application for its period; the person is told by a sentence."""
    with pytest.raises(Refused) as refused:
        save(world, corrected, **changes)
    assert (refused.value.code, refused.value.field) == (code, code.removeprefix("draft."))
