"""Reference rows are kept by each process for as long as their stamp stands, and not a statement longer."""

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from apps.catalogue.kept import Kept, read_version
from apps.catalogue.models import DisposalMethod
from apps.catalogue.reading import places, wastes
from apps.deadlines.models import LadderRung
from apps.organisations.models import Bureau
from apps.transfers.models import SignoffChain, StageLimit, Terms
from apps.whitelists.models import Bar, Edition

pytestmark = pytest.mark.django_db


def test_with_a_known_stamp_nothing_is_asked(reference):
    stamp = read_version()
    places(stamp), wastes(stamp)
    with CaptureQueriesContext(connection) as queries:
        assert places(stamp).provinces["510000"].division.name == "四川省"
        assert wastes(stamp).methods["R4"].name
    assert len(queries) == 0


def test_a_changed_row_is_read_again(reference):
    assert wastes().methods["R4"].name != "改名"
    DisposalMethod.objects.filter(pk="R4").update(name="改名")
    assert wastes().methods["R4"].name == "改名"


def test_what_was_rolled_back_is_not_kept(reference):
    before = wastes().methods["R4"].name
    with transaction.atomic():
        DisposalMethod.objects.filter(pk="R4").update(name="改名")
        assert wastes().methods["R4"].name == "改名"
        transaction.set_rollback(True)
    assert wastes().methods["R4"].name == before


def test_control_without_a_new_stamp_the_change_would_be_missed(reference):
    """What the triggers are for: by the old stamp a process goes on with what it has."""
    stamp = read_version()
    before = wastes(stamp).methods["R4"].name
    DisposalMethod.objects.filter(pk="R4").update(name="改名")
    assert wastes(stamp).methods["R4"].name == before


@pytest.mark.parametrize("model", [Bureau, Edition, Bar, StageLimit, Terms, LadderRung, DisposalMethod, SignoffChain])
def test_every_statement_on_a_kept_table_sets_a_new_stamp(model):
    before = read_version()
    model.objects.update(**{model._meta.pk.name: F(model._meta.pk.name)})  # a statement, with or without rows
    assert read_version() != before


def test_without_a_stamp_nothing_is_kept():
    asked = []
    kept = Kept(lambda: asked.append(1))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalogue_referencestamp")
    kept(), kept()
    assert len(asked) == 2


def test_a_stamp_is_one_trip():
    with CaptureQueriesContext(connection) as queries:
        assert read_version()
    assert len(queries) == 1
