from collections.abc import Iterator

import pytest

from apps.transfers.services import _storing
from tests.faults.plant import COPY, WORLD, Plant
from tests.faults.plant_world import fill
from tests.transfers.conftest import real_world, world

__all__ = ["real_world", "world"]


class Unnamed:
    """The random name of an attached file, the same at every try."""

    hex = "0" * 32


@pytest.fixture(autouse=True)
def same_names(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    """A file that a broken try left in its folder belongs to nobody; here the next try overwrites it."""
    monkeypatch.setattr(_storing, "uuid4", Unnamed)
    overwriting = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"allow_overwrite": True}}
    settings.STORAGES = {**settings.STORAGES, "default": overwriting}


@pytest.fixture(scope="session")
def built(django_db_setup, django_db_blocker) -> Iterator[Plant]:
    """Servers and the world for all who kill processes. A module that asks for it has a ``db`` that is not written."""
    plant = Plant()
    try:
        with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
            patch.setattr("django.conf.settings.MEDIA_ROOT", plant.attachments)
            plant.start()
            plant.like_the_tests_database()
            with plant.looked_into(WORLD):
                fill()
        yield plant
    finally:
        plant.stop()


@pytest.fixture
def plant(db: None, built: Plant) -> Iterator[Plant]:
    """A copy of the world; whatever was started is killed."""
    built.copy()
    with built.looked_into(COPY):
        yield built
        built.kill_all()
