from pathlib import Path

import pytest

from tests.transfers.world import World, demo_world


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> World:
    """The demo's world, with attachments in a folder of this test's own."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()


@pytest.fixture
def real_world(transactional_db: None, settings, tmp_path: Path) -> World:
    """The same with real commits: for threads, and for what locks do."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()
