from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from tests.transfers.conftest import real_world
from tests.transfers.world import World, demo_world

__all__ = ["real_world"]


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """In this folder the database of a module: one transaction, rolled back after the module's last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world_of_the_module(db: None) -> World:
    """The demo's world takes seconds to build: once a module."""
    return demo_world()


@pytest.fixture
def world(world_of_the_module: World, settings, tmp_path: Path) -> Iterator[World]:
    """Each test in a savepoint of its own."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    with transaction.atomic():
        yield world_of_the_module
        transaction.set_rollback(True)
