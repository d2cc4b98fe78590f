from pathlib import Path

import pytest

from tests.transfers.world import World, demo_world


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> World:
    """The demo's world: people of both bureaus, operators with their permits, the lists of 2026."""
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()
