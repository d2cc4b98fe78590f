"""Rules about the source that no linter knows."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house.source import (
    BASE,
    FLOORS,
    STOREY_OF,
    STOREYS,
    app_of,
    code_strings,
    nodes,
    python_files,
    tracked,
    tree,
    where,
)

LONGEST = 400
TEXT = {
    ".py",
    ".html",
    ".txt",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".json",
    ".css",
    ".js",
    ".sh",
    ".in",
    ".cfg",
    ".sql",
    "",
}
# Where a lock or a picture is as long as it is.
MEASURED = {".py", ".html", ".css", ".js"}
PURE = ("rules", "workdays")


def test_no_file_over_400_lines() -> None:
    """Generated migrations aside."""
    long = {
        str(path.relative_to(BASE)): count
        for path in tracked()
        if path.suffix in MEASURED and not {"fixtures", "tests", "migrations"} & set(path.relative_to(BASE).parts)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_the_floors_are_those_that_import_linter_checks() -> None:
    settings = tomllib.loads((BASE / "pyproject.toml").read_text(encoding="utf-8"))
    contract = settings["tool"]["importlinter"]["contracts"][0]
    layers = [" | ".join(storey) for storey in reversed(STOREYS)]
    assert (contract["layers"], contract["exhaustive"]) == (layers, True)
    folders = {path.parent.name for path in (BASE / "apps").glob("*/__init__.py")}
    assert folders == set(FLOORS)


def test_only_the_state_machine_changes_a_state() -> None:
    """`.update(state=…)` and `bulk_update(…, ["state"])` would pass the protected field by."""
    found = [
        where(path, node)
        for path, node in nodes("apps", "wastetransfer")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if (node.func.attr in {"update", "update_or_create"} and any(word.arg == "state" for word in node.keywords))
        or (node.func.attr == "bulk_update" and '"state"' in ast.unparse(node).replace("'", '"'))
    ]
    assert found == []


def test_no_imports_inside_functions() -> None:
    found = [
        where(path, inner)
        for path, node in nodes("apps", "wastetransfer")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_lower_apps_name_no_upper_app_in_strings() -> None:
    """A task's name in a string is an import that the linter doesn't see."""
    found = []
    for path in python_files("apps"):
        app = app_of(path)
        if app not in FLOORS:
            continue
        upper = "|".join(name for name in FLOORS if name != app and STOREY_OF[name] >= STOREY_OF[app])
        pattern = re.compile(rf"^(?:apps\.)?(?:{upper})\.\w+") if upper else None
        found += [
            f"{where(path, node)}: {text!r}" for node, text in code_strings(path) if pattern and pattern.match(text)
        ]
    assert found == []


def test_services_take_keywords_only() -> None:
    """A verb, known by its `now`, takes every argument by name: nobody swaps two organisations by position.

    Where a package lists its public verbs in its `__init__.py`, those; its other modules talk among themselves.
    """
    found = []
    for path in (path for path in python_files("apps") if _is_service(path)):
        public = _listed_beside(path)
        for node in tree(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            by_position = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            names = {*by_position, *(argument.arg for argument in node.args.kwonlyargs)}
            if by_position and "now" in names and (not public or node.name in public):
                found.append(f"{where(path, node)} {node.name}({', '.join(by_position)})")
    assert found == []


def _is_service(path: Path) -> bool:
    parts = path.relative_to(BASE).parts
    return parts[-1] == "services.py" or "services" in parts[:-1]


def _listed_beside(path: Path) -> set[str]:
    """The names that the package's `__init__.py` imports; none for a single module."""
    front = path.with_name("__init__.py")
    if path.name == "services.py":
        return set()
    imports = (node for node in tree(front).body if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports for alias in node.names}


def test_services_and_rules_ask_no_clock() -> None:
    """`now` is read once per request, task and sweep, and passed down."""
    asking = re.compile(r"\b(datetime|timezone|date|time)\.(now|today|utcnow|localdate|localtime|time)$")
    places = {"services.py", "rules.py", "states.py", "workdays.py", "services", "rules"}
    found = [
        where(path, node)
        for path, node in nodes("apps")
        if places & set(path.relative_to(BASE).parts) and "management" not in path.parts
        if isinstance(node, ast.Call) and asking.search(ast.unparse(node.func))
        # With a moment given, localdate only translates it.
        if not (node.args and ast.unparse(node.func).endswith(("localdate", "localtime")))
    ]
    assert found == []


def test_rules_and_workdays_know_no_tables() -> None:
    found = []
    for path in python_files("apps"):
        parts = path.relative_to(BASE).parts
        if not ({f"{name}.py" for name in PURE} & set(parts) or "rules" in parts[:-1]):
            continue
        for node in ast.walk(tree(path)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [
                f"{where(path, node)} {name}"
                for name in names
                if name.startswith("django.db") or name.endswith((".models", ".services")) or ".models." in name
            ]
    assert found == []


def test_no_path_of_a_machine_in_any_file() -> None:
    machine = re.compile(r"(?<![\w.~-])/(?:work|root|home/\w+|Users/\w+)/\w")
    found = [
        f"{path.relative_to(BASE)}: {line.strip()[:80]}"
        for path in tracked()
        if path.suffix in TEXT and path != Path(__file__)
        for line in path.read_text(encoding="utf-8").splitlines()
        if machine.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements", "package-lock.json"])
def test_locks_carry_hashes_and_no_addresses(name: str) -> None:
    files = [path for path in tracked() if path.relative_to(BASE).parts[0] == name and path.suffix in {".txt", ".json"}]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?:|\bresolved\b|--(?:extra-)?index-url|--find-links", text), path.name
    for path in (path for path in files if path.suffix == ".txt"):
        pinned = re.findall(r"(?m)^\S+==\S+(?: ;[^\\\n]*)?( \\)?$", path.read_text(encoding="utf-8"))
        assert pinned, path.name
        assert all(pinned), f"{path.name}: a version without a hash"


def test_the_smaller_locks_agree_with_the_largest() -> None:
    """Whoever installed for the tests needs no second installation for the demo."""

    def versions(name: str) -> set[str]:
        text = (BASE / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        return set(re.findall(r"(?m)^([\w.-]+(?:\[\w+\])?==\S+)", text))

    assert versions("runtime") <= versions("demo") <= versions("dev")


def test_make_help_lists_every_target() -> None:
    text = (BASE / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", text)) - {"bootstrap-demo", "bootstrap-dev"}
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=BASE, capture_output=True, text=True, check=True
    )
    assert set(re.findall(r"(?m)^  make ([a-z-]+) +\S", shown.stdout)) == targets
    phony = {word for line in re.findall(r"(?m)^\.PHONY: (.*)$", text) for word in line.split()}
    assert targets <= phony


def test_no_template_without_use() -> None:
    """Each template is named by a view, a template or a template tag; Django's own names (404.html) count as used."""
    by_django = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
    sources = [
        path for path in tracked() if path.relative_to(BASE).parts[0] == "apps" and path.suffix in {".py", ".html"}
    ]
    unused = []
    for template in (path for path in sources if path.suffix == ".html"):
        name = template.as_posix().split("/templates/", 1)[1]
        users = (path for path in sources if path != template)
        if name not in by_django and not any(name in path.read_text(encoding="utf-8") for path in users):
            unused.append(name)
    assert unused == []


def test_no_inline_script_or_style() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|href=\"javascript:", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(BASE)}: {match.group()}"
        for path in tracked()
        if path.suffix == ".html" and path.relative_to(BASE).parts[0] == "apps"
        # A letter is read in a mail program: there our headers do not hold and no style sheet comes along.
        if "notifications" not in path.relative_to(BASE).parts
        for match in inline.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
