from pathlib import Path

import pytest
from django.conf import settings as project

from apps.documents.typesetting import FONTS
from tests.transfers.world import World, demo_world

HINT = "run: python3 wastetransfer/bootstrap.py fonts"


@pytest.fixture(autouse=True)
def fonts_are_there() -> None:
    """`make test` installs them; without them nothing here can be judged."""
    missing = [name for name in FONTS if not (Path(project.FONTS_DIR) / name).is_file()]
    assert missing == [], HINT


@pytest.fixture
def world(db: None, settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "attachments"
    return demo_world()
