"""`make reset`: empties var/ of everything but downloaded files. Standard library only; refuses while the demo runs."""

import fcntl
import os
import shutil
import sys
from pathlib import Path

KEPT = frozenset({"vendor", ".lock"})


def main(var: Path) -> int:
    """0 when `var` holds no data any more; 1 after a sentence."""
    if not var.exists():
        print("· var/ 不存在，没有可清空的数据。")
        return 0
    if not var.is_dir():
        print(f"✗ {var} 应为目录，现为文件：请自行移走。", file=sys.stderr)
        return 1
    try:
        with (var / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _empty(var)
    except BlockingIOError:
        print("✗ 演示系统正在运行：请先在它的终端按 Ctrl-C 停止，再运行 make reset。", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"✗ 无法删除 {error.filename or var}：{error.strerror}。", file=sys.stderr)
        return 1
    print("· var/ 已清空；下次 make demo 从头建立数据。")
    return 0


def _empty(var: Path) -> None:
    for entry in var.iterdir():
        if entry.name in KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var")))
