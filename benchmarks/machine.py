"""The machine on which a figure was measured: without it a figure says nothing."""

import os
import platform
from pathlib import Path


def describe() -> str:
    """Cores that this process may use, model, memory, kernel, load of the last minute."""
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return f"{cores} 核 {_model()}，内存 {_memory_gib():.1f} GiB，{platform.release()}，开始时负载 {load:.2f}"


def is_busy() -> bool:
    """Whether others were using the machine: then no figure below means anything."""
    return os.getloadavg()[0] > len(os.sched_getaffinity(0)) / 4


def _model() -> str:
    return _field(Path("/proc/cpuinfo"), "model name") or platform.machine()


def _memory_gib() -> float:
    text = _field(Path("/proc/meminfo"), "MemTotal").split()
    return int(text[0]) / 1024**2 if text else 0.0


def _field(file: Path, name: str) -> str:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
