"""The real reference data (divisions, 467 codes, methods, law) in the database of a test."""

import pytest

from apps.catalogue.models import Province, WasteCode
from apps.catalogue.services.loading import load_reference


@pytest.fixture
def reference(db: None) -> dict[str, Province]:
    """Real reference data for this test; gives the four provinces by CQ, SC, GZ, YN.

    Loaded inside the test's own database life (some 0.2 s): rolled back with an ordinary test, flushed with a
    transactional one, so no test sees what another one loaded.
    """
    if not WasteCode.objects.exists():
        load_reference()
    return {province.short: province for province in Province.objects.select_related("division")}
