import time
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.organisations.enums import BureauLevel, GeneratorKind, PermitKind, Role
from apps.organisations.management.commands.demo_accounts import width_of
from apps.organisations.models import (
    Bureau,
    Enterprise,
    ManagementPlan,
    ManagementPlanLine,
    Membership,
    Permit,
    PermitLine,
    User,
)
from apps.organisations.permissions import standing_of
from apps.organisations.services.demo_parties import demo_accounts, load_demo_parties

pytestmark = pytest.mark.django_db
FOLDER = settings.BASE_DIR / "fixtures" / "demo"
TODAY = date(2026, 1, 5)


@pytest.fixture
def parties(reference):
    return load_demo_parties(path=FOLDER, password="demo-password-1")


def test_everybody_is_there(parties):
    kinds = [enterprise.generator_kind for enterprise in parties.enterprises.values()]
    assert (kinds.count(""), kinds.count(GeneratorKind.COLLECTOR), kinds.count(GeneratorKind.PRODUCER)) == (8, 4, 8)
    assert {short: bureau.abbreviation for short, bureau in parties.bureaus.items()} == {
        "CQ": "渝环",
        "SC": "川环",
        "GZ": "黔环",
        "YN": "云环",
    }
    assert parties.bureaus["CQ"].self_term == "我局"
    assert parties.bureaus["SC"].polite_term == "贵厅"
    assert parties.users["sc.signatory"].check_password("demo-password-1")


def test_every_enterprise_has_a_local_bureau(parties):
    for enterprise in parties.enterprises.values():
        place = enterprise.division if enterprise.province.short == "CQ" else enterprise.division.parent
        bureau = parties.local_bureaus[place.pk]
        assert bureau.level == BureauLevel.LOCAL
        assert bureau.name == f"{place.name}生态环境局"


@pytest.mark.parametrize("day", [date(2021, 1, 4), date(2021, 12, 31), date(2026, 1, 5), date(2026, 12, 31)])
def test_every_operator_and_collector_has_one_permit_in_force(parties, day):
    holders = [
        enterprise
        for enterprise in parties.enterprises.values()
        if enterprise.is_operator or enterprise.generator_kind == GeneratorKind.COLLECTOR
    ]
    for holder in holders:
        permit = holder.permits.in_force_on(day).get()
        assert permit.lines.exists()
        assert (permit.kind == PermitKind.COLLECTION) == (not holder.is_operator)


def test_both_terms_of_an_operator_have_the_same_lines(parties):
    first, second = parties.enterprises["O-CQ1"].permits.all()
    assert first.valid_until < second.valid_from
    assert [str(line) for line in first.lines.all()] == [str(line) for line in second.lines.all()]
    collector = parties.enterprises["G-SC1"].permits.first()
    assert str(collector.lines.get()) == "900-052-31  60000.0000"


def test_plans_cover_the_flows_of_2021_and_the_stories_of_2026(parties):
    def planned(key, year, code):
        return ManagementPlanLine.objects.get(
            plan__enterprise=parties.enterprises[key], plan__year=year, waste_code=code
        ).planned_t

    assert planned("G-CQ1", 2021, "900-045-49") == Decimal("712.4") * Decimal("1.5")
    assert planned("G-CQ1", 2026, "900-045-49") >= 120
    assert planned("G-SC1", 2026, "900-052-31") >= 70_000
    assert planned("G-SC3", 2026, "321-021-48") == 12_000
    collector = ManagementPlan.objects.get(enterprise=parties.enterprises["G-SC1"], year=2026)
    assert [line.waste_code for line in collector.lines.all()] == ["900-052-31"]
    assert ManagementPlan.objects.count() == 24


def test_every_role_in_every_province_has_an_account(parties):
    accounts = demo_accounts(path=FOLDER)
    assert len(accounts) == len(parties.users) == 64
    for role in Role:
        wanted = 1 if role in {Role.SYSTEM_ADMIN, Role.AUDITOR} else 4
        assert len({account.province for account in accounts if account.role == role.label}) == wanted, role
    dazu = standing_of(parties.users["dazu.filer"], TODAY)
    assert dazu.enterprises(Role.FILER) == {parties.enterprises["G-CQ1"].pk}
    assert standing_of(parties.users["yn.bureau_head"], TODAY).provinces(Role.BUREAU_HEAD) == {"530000"}
    assert standing_of(parties.users["suining.local"], TODAY).local_divisions() == {"510900"}
    assert standing_of(parties.users["bijie.operator"], TODAY).enterprises() == {parties.enterprises["O-GZ2"].pk}
    assert standing_of(parties.users["auditor"], date(2021, 1, 4)).is_auditor


def test_the_system_administrator_keeps_reference_data_and_decides_nothing(parties):
    admin = User.objects.get(username="admin")
    assert (admin.is_staff, admin.is_superuser) == (True, False)
    assert admin.has_perm("organisations.change_user")
    assert admin.has_perm("catalogue.add_transportdepartment")
    assert not admin.has_perm("organisations.delete_enterprise")
    assert not any(permission.startswith(("transfers.", "whitelists.")) for permission in admin.get_all_permissions())
    assert User.objects.filter(is_staff=True).count() == 1


def test_a_second_run_changes_nothing_and_is_quick(parties):
    tables = (Bureau, Enterprise, Permit, PermitLine, ManagementPlan, User, Membership)
    before = [table.objects.count() for table in tables]
    started = time.perf_counter()
    again = load_demo_parties(path=FOLDER, password="another-password")
    assert time.perf_counter() - started < 1
    assert [table.objects.count() for table in tables] == before
    assert again.users["cq.handler"] == parties.users["cq.handler"]
    assert again.users["cq.handler"].check_password("demo-password-1")


def test_the_table_is_aligned(parties, settings, capsys):
    settings.DEMO_PASSWORD = "demo-password-1"
    call_command("demo_accounts")
    head, *lines, password, second_step = capsys.readouterr().out.splitlines()
    column = width_of(head[: head.index("省份")])
    assert {width_of(line[: line.index("重庆市")]) for line in lines if line.startswith("cq.")} == {column}
    assert len(lines) == 64
    assert password.endswith("demo-password-1")
    assert "验证码" in second_step


def test_no_accounts_is_said(capsys):
    call_command("demo_accounts")
    assert "没有演示账号" in capsys.readouterr().out
