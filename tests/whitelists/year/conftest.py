from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.transfers.world import World, demo_world


@pytest.fixture(scope="module")
def db(django_db_setup, django_db_blocker) -> Iterator[None]:
    """In this folder the database of a module: one transaction, rolled back after the module's last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def built(db: None) -> World:
    """The demo's world takes seconds to build: once a module."""
    return demo_world()


@pytest.fixture
def world(built: World) -> Iterator[World]:
    """Each test in a savepoint of its own."""
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)
