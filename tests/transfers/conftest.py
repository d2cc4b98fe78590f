from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from tests.transfers.world import World, demo_world


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> World:
    """The demo's world, with attachments in a folder of this test's own."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()


@pytest.fixture(scope="module")
def module_world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """The demo's world built once for a module (some 3 s) and rolled back at its end; each test has its savepoint.

    Not for a module with a transactional test: the outer transaction stays open between the tests.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield demo_world()
        transaction.set_rollback(True)


@pytest.fixture
def shared_world(module_world: World, db: None, settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return module_world


@pytest.fixture
def real_world(transactional_db: None, settings, tmp_path: Path) -> World:
    """The same with real commits: for threads, and for what locks do."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()
