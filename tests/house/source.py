"""Reads the project's own files, for rules about them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent.parent
# From the lowest; the same order stands in pyproject.toml for import-linter. Apps on one floor never know each other.
STOREYS = (
    ("catalogue",),
    ("organisations",),
    ("deadlines",),
    ("whitelists",),
    ("transfers",),
    ("documents", "figures", "notifications"),
    ("web",),
)
FLOORS = tuple(app for storey in STOREYS for app in storey)
STOREY_OF = {app: number for number, storey in enumerate(STOREYS) for app in storey}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps, or would keep."""
    command = ["git", "-c", "core.quotePath=false", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=BASE, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(path for name in sorted(set(names)) if (path := BASE / name).is_file())


def python_files(*folders: str) -> list[Path]:
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and path.relative_to(BASE).parts[0] in folders and "migrations" not in path.parts
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in python_files(*folders):
        for node in ast.walk(tree(path)):
            yield path, node


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(BASE)}:{getattr(node, 'lineno', 0)}"


def app_of(path: Path) -> str | None:
    parts = path.relative_to(BASE).parts
    return parts[1] if parts[0] == "apps" and len(parts) > 2 else None


def code_strings(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Every string in `path` that isn't a docstring."""
    texts = {
        id(node.body[0].value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            yield node, node.value
