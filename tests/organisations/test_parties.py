from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.organisations.enums import GeneratorKind, PermitKind, PermitStatus
from apps.organisations.errors import OrganisationError
from apps.organisations.models import Enterprise, ManagementPlan, Permit, PermitStatusChange
from apps.organisations.services.parties import (
    LineInput,
    change_permit_status,
    register_enterprise,
    register_permit,
    register_plan,
)
from tests.catalogue.factories import DisposalMethodFactory, DivisionFactory, county
from tests.organisations.factories import EnterpriseFactory, PermitFactory, UserFactory, make_uscc

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 12, 2, tzinfo=UTC)
LINES = [LineInput("900-045-49", "R4", Decimal(15000))]


def refused(code):
    """A refusal with this stable code and a sentence."""
    return pytest.raises(OrganisationError, check=lambda refusal: refusal.code == code and refusal.sentence[-1] == "。")


def test_register_an_enterprise():
    enterprise = register_enterprise(
        name=" 示例拆解有限公司 ",
        uscc=make_uscc(1).lower(),
        division=county("SC"),
        generator_kind=GeneratorKind.PRODUCER,
    )
    assert (enterprise.name, enterprise.uscc, enterprise.province.short) == ("示例拆解有限公司", make_uscc(1), "SC")


def test_what_cannot_be_registered():
    register_enterprise(name="甲", uscc=make_uscc(1), division=county("SC"), is_operator=True)
    with refused("enterprise.duplicate"):
        register_enterprise(name="乙", uscc=make_uscc(1), division=county("SC"), is_operator=True)
    with refused("enterprise.duplicate"):
        register_enterprise(name="甲", uscc=make_uscc(2), division=county("SC"), is_operator=True)
    with refused("enterprise.no_side"):
        register_enterprise(name="丙", uscc=make_uscc(3), division=county("SC"))
    with refused("enterprise.name"):
        register_enterprise(name="　", uscc=make_uscc(3), division=county("SC"), is_operator=True)
    with refused("uscc.length"):
        register_enterprise(name="丙", uscc="91", division=county("SC"), is_operator=True)
    with refused("division.unknown_province"):
        register_enterprise(name="丙", uscc=make_uscc(3), division=DivisionFactory(), is_operator=True)
    assert Enterprise.objects.count() == 1


def permit(enterprise, **changes):
    DisposalMethodFactory()
    words = {
        "number": "川环危第510903901号",
        "kind": PermitKind.COMPREHENSIVE,
        "valid_from": date(2025, 3, 1),
        "valid_until": date(2030, 2, 28),
        "lines": LINES,
    }
    return register_permit(enterprise=enterprise, **(words | changes))


def test_two_terms_of_one_permit():
    operator = EnterpriseFactory(operator=True)
    permit(operator, valid_from=date(2020, 3, 1), valid_until=date(2025, 2, 28))
    permit(operator)
    assert Permit.objects.in_force_on(date(2025, 2, 28)).get().valid_from == date(2020, 3, 1)
    assert Permit.objects.in_force_on(date(2025, 3, 1)).get().lines.get().capacity_t == 15000
    with refused("permit.duplicate"):
        permit(operator, valid_from=date(2030, 2, 28), valid_until=date(2031, 1, 1))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "x"}, "permit.number"),
        ({"valid_until": date(2025, 2, 28)}, "permit.term"),
        ({"lines": []}, "permit.no_lines"),
        ({"lines": [LineInput("900045-49", "R4", Decimal(1))]}, "permit.line_code"),
        ({"lines": [LineInput("900-045-49", "", Decimal(1))]}, "permit.line_method"),
        ({"lines": [LineInput("900-045-49", "Z9", Decimal(1))]}, "permit.line_method"),
        ({"lines": LINES * 2}, "permit.line_twice"),
        ({"lines": [LineInput("900-045-49", "R4", Decimal(0))]}, "tonnes.invalid"),
        ({"kind": PermitKind.COLLECTION}, "permit.holder"),
    ],
)
def test_a_permit_that_cannot_be_registered(changes, code):
    with refused(code):
        permit(EnterpriseFactory(operator=True), **changes)
    assert not Permit.objects.exists()


def test_a_collection_permit_names_no_method():
    collector = EnterpriseFactory(collector=True)
    with refused("permit.line_method"):
        permit(collector, kind=PermitKind.COLLECTION)
    with refused("permit.holder"):
        permit(collector)
    lines = [LineInput("900-052-31", "", Decimal(60000))]
    assert permit(collector, kind=PermitKind.COLLECTION, lines=lines).lines.get().method == ""


def change(subject, status, **changes):
    words = {
        "document_no": "黔环函〔2026〕1号",
        "effective_on": date(2026, 1, 12),
        "reason": "停产整治",
        "by": UserFactory(),
        "now": NOW,
    }
    return change_permit_status(permit=subject, status=status, **(words | changes))


def test_a_status_changes_by_a_document_and_comes_back():
    subject = PermitFactory()
    change(subject, PermitStatus.SUSPENDED)
    assert Permit.objects.get().status == PermitStatus.SUSPENDED
    change(subject, PermitStatus.VALID, document_no="黔环函〔2026〕2号")
    assert [row.status for row in subject.status_changes.all()] == ["suspended", "valid"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"document_no": " "}, "permit.document_missing"),
        ({"effective_on": date(2026, 1, 13)}, "permit.effective_in_future"),
        ({"status": PermitStatus.VALID}, "permit.status_unchanged"),
    ],
)
def test_a_status_change_that_is_refused(changes, code):
    subject = PermitFactory()
    with refused(code):
        change(subject, **({"status": PermitStatus.SUSPENDED} | changes))
    assert Permit.objects.get().status == PermitStatus.VALID
    assert not PermitStatusChange.objects.exists()


@pytest.mark.parametrize("final", [PermitStatus.REVOKED, PermitStatus.CANCELLED])
def test_revoked_and_cancelled_permits_do_not_come_back(final):
    subject = PermitFactory()
    change(subject, final)
    with refused("permit.status_final"):
        change(subject, PermitStatus.VALID)


def test_status_changes_are_only_added():
    change(PermitFactory(), PermitStatus.SUSPENDED)
    with pytest.raises(IntegrityError, match="只能追加"), transaction.atomic():
        PermitStatusChange.objects.update(reason="")
    with pytest.raises(IntegrityError, match="只能追加"), transaction.atomic():
        PermitStatusChange.objects.all().delete()


def test_register_a_plan():
    generator = EnterpriseFactory()
    plan = register_plan(enterprise=generator, year=2026, lines={"900-045-49": Decimal(5000)})
    assert plan.lines.get().planned_t == 5000
    with refused("plan.duplicate"):
        register_plan(enterprise=generator, year=2026, lines={"900-045-49": Decimal(1)})
    with refused("plan.no_lines"):
        register_plan(enterprise=generator, year=2027, lines={})
    with refused("plan.line_code"):
        register_plan(enterprise=generator, year=2027, lines={"HW49": Decimal(1)})
    with refused("tonnes.invalid"):
        register_plan(enterprise=generator, year=2027, lines={"900-045-49": Decimal(0)})
    with refused("plan.not_a_generator"):
        register_plan(enterprise=EnterpriseFactory(operator=True), year=2026, lines={"900-045-49": Decimal(1)})
    assert ManagementPlan.objects.count() == 1
