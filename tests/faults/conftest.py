import pytest

from apps.transfers.services import _storing
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
