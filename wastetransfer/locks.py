"""`make lock`: pins every dependency with its hashes and without any address. Standard library only.

uv and nothing else is put into a scratch environment, so that it never becomes a dependency of ours.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
REQUIREMENTS = BASE / "requirements"
OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:")
QUIET = ("--quiet", "--no-emit-index-url", "--no-header", "--no-annotate", "--upgrade")
# The largest first: the smaller ones take its versions.
CONSTRAINED = ("demo", "runtime")
FREE = ("dev", "node")


def main() -> int:
    """0 when all locks were written, otherwise the exit code of the step that failed."""
    try:
        _python()
        _front_end()
    except subprocess.CalledProcessError as error:
        print(f"✗ 锁定没有完成：{' '.join(map(str, error.cmd[:4]))} …… 退出代码 {error.returncode}", file=sys.stderr)
        return error.returncode
    return 0


def _python() -> None:
    with tempfile.TemporaryDirectory(prefix="wt-lock-") as scratch:
        print("· 安装 uv ……", flush=True)
        venv.create(scratch, with_pip=True)
        subprocess.run([f"{scratch}/bin/python", "-m", "pip", "install", "--quiet", "uv"], check=True)
        for name in (*FREE, *CONSTRAINED):
            print(f"· 锁定 requirements/{name}.txt ……", flush=True)
            shared = ["--constraint", "dev.txt"] if name in CONSTRAINED else []
            command = [f"{scratch}/bin/uv", "pip", "compile", *OPTIONS, *QUIET, *shared]
            subprocess.run([*command, f"{name}.in", "--output-file", f"{name}.txt"], cwd=REQUIREMENTS, check=True)


def _front_end() -> None:
    for folder in (BASE, REQUIREMENTS / "fonts"):
        file = folder / "package-lock.json"
        print(f"· 锁定 {file.relative_to(BASE)} ……", flush=True)
        options = ["--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"]
        subprocess.run(["npm", "install", *options], cwd=folder, check=True)
        lock = json.loads(file.read_text(encoding="utf-8"))
        for package in lock["packages"].values():
            package.pop("funding", None)
        file.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
