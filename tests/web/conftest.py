from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from apps.deadlines.services import set_clock_shift
from tests.transfers.world import World, at, demo_world


class Site:
    """The demo's world behind the door: people by user name, the clock at a chosen moment."""

    def __init__(self, world: World) -> None:
        self.world = world

    def clock(self, day: str, time: str = "10:00") -> datetime:
        """Move the system's now."""
        moment = at(day, time)
        set_clock_shift(to=moment)
        return moment

    def client(self, username: str) -> Client:
        client = Client()
        client.force_login(self.world.user(username))
        return client


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
def site(world_of_the_module: World, settings, tmp_path: Path) -> Iterator[Site]:
    """Each test in a savepoint of its own, on Monday 2026-01-05 at ten."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    with transaction.atomic():
        site = Site(world_of_the_module)
        site.clock("2026-01-05")
        yield site
        transaction.set_rollback(True)


@pytest.fixture
def real_site(transactional_db, settings, tmp_path: Path) -> Site:
    """The same with real commits, for a browser."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    site = Site(demo_world())
    site.clock("2026-01-05")
    return site
