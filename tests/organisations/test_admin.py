"""The admin as the system administrator meets it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.organisations.enums import PermitStatus, Role
from apps.organisations.models import Enterprise, Membership, Permit, User
from apps.organisations.services.capacity import lock_permit_year, take_capacity
from apps.organisations.services.parties import change_permit_status
from apps.organisations.services.people import grant_administration
from tests.catalogue.factories import province
from tests.organisations.factories import (
    BureauFactory,
    EnterpriseFactory,
    PermitFactory,
    PlanFactory,
    UserFactory,
    member,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 12, 2, tzinfo=UTC)
OURS = ("catalogue", "organisations")
REGISTERED = [model for model in admin.site._registry if model._meta.app_label in OURS]
READ_ONLY = {"permitstatuschange", "permityear", "capacitymovement", "wastecode", "catalogueedition", "division"}


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def administrator(client):
    user = member(Role.SYSTEM_ADMIN)
    grant_administration(user=user)
    client.force_login(user)
    return client


@pytest.fixture
def rows(reference):
    permit = PermitFactory()
    PlanFactory()
    BureauFactory()
    change_permit_status(
        permit=permit,
        status=PermitStatus.SUSPENDED,
        document_no="川环函〔2026〕1号",
        effective_on=date(2026, 1, 12),
        reason="",
        by=None,
        now=NOW,
    )
    year = lock_permit_year(permit=permit, year=2026)
    take_capacity(permit_year=year, reference="A", round=1, amount_t=Decimal(1), now=NOW)
    return permit


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_and_row_opens(administrator, rows, model):
    assert administrator.get(url(model, "changelist")).status_code == 200
    row = model.objects.first()
    assert row is not None
    assert administrator.get(url(model, "change", row.pk)).status_code == 200
    if model._meta.model_name in READ_ONLY:
        assert administrator.get(url(model, "add")).status_code == 403
        assert administrator.post(url(model, "change", row.pk), {}).status_code == 403
    assert administrator.get(url(model, "delete", row.pk)).status_code == 403


def test_without_the_role_nobody_enters(client):
    client.force_login(member(Role.BUREAU_HEAD, BureauFactory()))
    assert client.get("/admin/").status_code == 302


def test_who_is_administrator_no_longer_enters_no_more(administrator):
    """The mark of staff stays on the account; the role has a last day."""
    assert administrator.get("/admin/").status_code == 200
    Membership.objects.filter(role=Role.SYSTEM_ADMIN).update(valid_until=date(2020, 1, 2))
    assert User.objects.get(memberships__role=Role.SYSTEM_ADMIN).is_staff
    assert administrator.get("/admin/").status_code == 403
    form = {"user": UserFactory().pk, "role": "system_admin", "valid_from": "2026-01-01"}
    assert administrator.post(url(Membership, "add"), form).status_code == 403
    assert Membership.objects.count() == 1


def test_nobody_appoints_themselves(administrator):
    """Whoever keeps the accounts decides no case: neither by a new role of their own nor by changing the one they hold."""
    own, bureau = Membership.objects.get(role=Role.SYSTEM_ADMIN), BureauFactory()
    term = {"role": "signatory", "bureau": bureau.pk, "valid_from": "2026-01-01"}
    assert administrator.post(url(Membership, "add"), {"user": own.user_id, **term}).status_code == 200
    assert administrator.post(url(Membership, "change", own.pk), {"user": own.user_id, **term}).status_code == 403
    inline = {f"memberships-0-{name}": value for name, value in {**term, "user": own.user_id, "id": ""}.items()}
    form = {"username": own.user.username, "display_name": "新名", **inline}
    counted = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 0}
    administrator.post(url(User, "change", own.user_id), {**form, **counted})
    assert list(Membership.objects.values_list("role", flat=True)) == ["system_admin"]
    assert administrator.post(url(Membership, "add"), {"user": UserFactory().pk, **term}).status_code == 302


def test_a_status_is_not_changed_in_the_admin(administrator, rows):
    page = url(Permit, "change", rows.pk)
    form = {
        "enterprise": rows.enterprise_id,
        "number": rows.number,
        "kind": rows.kind,
        "valid_from": "2025-03-01",
        "valid_until": "2030-02-28",
        "status": "valid",
        "lines-TOTAL_FORMS": 0,
        "lines-INITIAL_FORMS": 0,
        "status_changes-TOTAL_FORMS": 0,
        "status_changes-INITIAL_FORMS": 0,
    }
    assert administrator.post(page, form).status_code == 302
    assert Permit.objects.get().status == PermitStatus.SUSPENDED


def test_an_administrator_makes_nobody_a_superuser(administrator):
    user = UserFactory()
    form = {
        "username": user.username,
        "display_name": "新名",
        "is_active": "on",
        "is_superuser": "on",
        "is_staff": "on",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    assert administrator.post(url(User, "change", user.pk), form).status_code == 302
    changed = User.objects.get(pk=user.pk)
    assert (changed.display_name, changed.is_superuser, changed.is_staff) == ("新名", False, False)


def test_an_account_is_neither_opened_nor_given_a_password_nor_closed_here(administrator):
    """Accounts come by invitation; a password is known to its owner alone; the end of an account has a reason."""
    user = UserFactory()
    assert administrator.get(url(User, "add")).status_code == 403
    assert administrator.get(f"/admin/organisations/user/{user.pk}/password/").status_code == 403
    form = {
        "username": user.username,
        "display_name": "新名",
        "memberships-TOTAL_FORMS": 0,
        "memberships-INITIAL_FORMS": 0,
    }
    assert administrator.post(url(User, "change", user.pk), form).status_code == 302
    kept = User.objects.get(pk=user.pk)
    assert (kept.display_name, kept.is_active, kept.password) == ("新名", True, user.password)


def test_a_role_without_its_party_is_refused_with_a_sentence(administrator):
    form = {"user": UserFactory().pk, "role": "handler", "valid_from": "2026-01-01"}
    response = administrator.post(url(Membership, "add"), form)
    assert "机关角色须选机关" in response.content.decode()
    assert not Membership.objects.filter(role="handler").exists()


def test_a_wrong_uscc_is_refused_with_a_sentence_and_a_sloppy_one_put_right(administrator):
    name = "示例新单位"
    place = EnterpriseFactory()
    form = {
        "name": name,
        "uscc": "91510903MADEM00388",
        "division": place.division_id,
        "province": place.province_id,
        "generator_kind": "producer",
    }
    response = administrator.post(url(Enterprise, "add"), form)
    assert "末位校验码不符" in response.content.decode()
    response = administrator.post(url(Enterprise, "add"), form | {"province": province("SC").pk})
    assert "大足区不在四川省" in response.content.decode()
    assert administrator.post(url(Enterprise, "add"), form | {"uscc": " 91510903madem00389"}).status_code == 302
    assert Enterprise.objects.filter(uscc="91510903MADEM00389").exists()
