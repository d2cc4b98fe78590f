"""What gunicorn does beside its options: a folder in which its processes keep the durations of requests together."""

import os
import shutil
from pathlib import Path
from typing import Any

FOLDERS = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent / "var") / "metrics"
FOLDER = FOLDERS / str(os.getpid())
# Before the client is imported anywhere: it looks at this once.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER)


def on_starting(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Before any worker is forked: each run counts from zero, and what killed ones left goes."""
    for folder in FOLDERS.glob("*"):
        if not Path(f"/proc/{folder.name}").exists():
            shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)


def on_exit(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Leave nothing behind."""
    shutil.rmtree(FOLDER, ignore_errors=True)
