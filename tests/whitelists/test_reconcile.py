"""The reconcile command: silent agreement, loud difference."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.whitelists.models import WhitelistEntry
from apps.whitelists.services import ledger
from tests.whitelists.factories import NOW, make_entry

pytestmark = pytest.mark.django_db


def test_agreement_is_told_and_ends_well():
    entry = make_entry()
    ledger.hold(amounts={entry.pk: Decimal(60)}, reference="A", round=1, occurred_at=NOW, now=NOW)
    told = StringIO()
    call_command("reconcile", stdout=told)
    assert "名单条目 1 条，数量与变动记录一致" in told.getvalue()


def test_every_difference_is_listed_and_the_command_fails():
    entry = make_entry(quota="100")
    ledger.hold(amounts={entry.pk: Decimal(60)}, reference="A", round=1, occurred_at=NOW, now=NOW)
    WhitelistEntry.objects.filter(pk=entry.pk).update(quota_t=200, held_t=59)
    told = StringIO()
    with pytest.raises(CommandError, match="发现 2 处差异"):
        call_command("reconcile", stderr=told)
    assert f"条目 {entry.pk} quota_t：记载 200.0000 吨，变动合计 100.0000 吨" in told.getvalue()
    assert f"条目 {entry.pk} held_t：记载 59.0000 吨，变动合计 60.0000 吨" in told.getvalue()


def test_an_entry_without_movements_is_compared_too():
    entry = make_entry(quota="100")
    # A row that never went through the ledger: nothing in the movements speaks of it.
    bare = WhitelistEntry.objects.create(
        edition=entry.edition, number="99", operator=entry.operator, waste_codes=["900-023-29"], method="R4", quota_t=5
    )
    assert [(one.entry_id, one.column, one.summed_t) for one in ledger.reconcile()] == [(bare.pk, "quota_t", 0)]
