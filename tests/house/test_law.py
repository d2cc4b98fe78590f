"""The law map: every clause is there, and names code and tests that exist, or says why it is outside."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.house.source import BASE, tree

LAW = BASE / "docs" / "law.md"
RULES = BASE / "docs" / "rules.md"
# Paragraphs (款) of order 23's articles 14–28.
PARAGRAPHS = {14: 1, 15: 1, 16: 2, 17: 1, 18: 2, 19: 1, 20: 2, 21: 2, 22: 4, 23: 1, 24: 1, 25: 1, 26: 1, 27: 3, 28: 1}
# Their numbered items (项), by article and paragraph.
NUMBERED = {(22, 1): 4, (28, 1): 3}
CHECKS = {"Blocking", "Routing", "Warnings"}  # fifteen numbered checks stand under them
SECTIONS = (3, 4, 5, 6, 7, 8, 12, 14, 15, 16)
NAME = re.compile(r"`([\w./-]+\.(?:py|csv|md|svg))(?:::(\w+(?:\.\w+|::\w+)?))?`")


@dataclass(frozen=True)
class Row:
    clause: str
    says: str
    code: str
    held_by: str

    @property
    def is_outside(self) -> bool:
        return self.held_by.startswith("Outside:")


@cache
def rows() -> tuple[Row, ...]:
    found = []
    for line in LAW.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith(("| art. ", "| §")):
            assert len(cells) == 4, line
            found.append(Row(*cells))
    return tuple(found)


@cache
def names_in(path: Path) -> frozenset[str]:
    """Functions, classes and what modules and classes assign; members as Class.member."""

    def of(body: list[ast.stmt], before: str = "") -> set[str]:
        found = set()
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(before + node.name)
            if isinstance(node, ast.ClassDef):
                found |= of(node.body, f"{node.name}.")
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            found |= {before + target.id for target in targets if isinstance(target, ast.Name)}
        return found

    return frozenset(of(tree(path).body))


def missing(cell: str) -> list[str]:
    """Files and names in the cell that aren't there."""
    gone = []
    for file, name in NAME.findall(cell):
        path = BASE / file
        if not path.is_file() or (name and name.replace("::", ".") not in names_in(path)):
            gone.append(f"{file}::{name}")
    return gone


def named_tests(row: Row) -> list[tuple[str, str]]:
    return [(file, name) for file, name in NAME.findall(row.held_by) if file.startswith("tests/")]


def test_every_named_test_and_line_of_code_is_there() -> None:
    assert {row.clause: gone for row in rows() if (gone := missing(row.code) + missing(row.held_by))} == {}


def test_a_name_that_is_gone_would_be_seen() -> None:
    here = "tests/house/test_law.py"
    assert missing(f"`{here}::test_a_name_that_is_gone_would_be_seen`, `{here}::Row.is_outside`, `{here}`") == []
    assert missing(f"`{here}::test_that_never_was`, `tests/none.py::test_it`") == [
        f"{here}::test_that_never_was",
        "tests/none.py::test_it",
    ]


def test_every_clause_has_a_test_or_a_reason() -> None:
    """What is named as a test must be one; a reason is a sentence."""
    for row in rows():
        if row.is_outside:
            assert len(row.held_by) > 40, row.clause
            continue
        assert named_tests(row), row.clause
        assert all(name.rpartition("::")[2].startswith("test_") for _, name in named_tests(row)), row.clause
        assert NAME.search(row.code), row.clause


def test_every_cell_says_something() -> None:
    assert not [row.clause for row in rows() if not row.says or (not row.code and not row.is_outside)]
    # Whatever looks like a name must have been understood as one.
    for row in rows():
        quoted = re.findall(r"`[^`]*(?:::|\.py)[^`]*`", row.code + row.held_by)
        assert all(NAME.fullmatch(name) for name in quoted), row.clause


def test_every_paragraph_of_articles_14_to_28_is_mapped() -> None:
    mapped = [match[1] for row in rows() if (match := re.match(r"art\. (\d+\(\d\)(?:\.\d)?)", row.clause))]
    wanted = {f"{article}({number})" for article, last in PARAGRAPHS.items() for number in range(1, last + 1)}
    wanted |= {f"{art}({par}).{number}" for (art, par), last in NUMBERED.items() for number in range(1, last + 1)}
    assert set(mapped) - {f"{art}({par})" for art, par in NUMBERED} == wanted - {
        f"{art}({par})" for art, par in NUMBERED
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_every_clause_of_the_rules_is_mapped(section: int) -> None:
    """Each table row of the section by its first word, each bullet or numbered check by its number."""
    text = RULES.read_text(encoding="utf-8").split(f"\n## {section}. ")[1].split("\n## ")[0]
    wanted = {f"§{section} {name}" for name in table_names(text)}
    wanted |= {f"§{section}.{number}" for number in range(1, len(points(text, section)) + 1)}
    wanted |= {
        f"§{section} {strong}" for strong in re.findall(r"(?m)\n\n\*\*(?:The )?(\w+)", text) if strong not in CHECKS
    }
    wanted |= {f"§{section} check {number}" for number in range(1, 16) if section == 6}
    mapped = {re.sub(r"(?<=\.\d)[a-z]$", "", row.clause) for row in rows() if re.match(rf"§{section}\b", row.clause)}
    assert wanted <= mapped, wanted - mapped
    assert len(wanted) >= 2


def points(text: str, section: int) -> list[str]:
    """Bullets, or the paragraphs of the one section that has only those."""
    return re.findall(r"(?m)^- ", text) if section != 5 else text.strip().split("\n\n")[1:]


def table_names(text: str) -> list[str]:
    """First cells of the section's tables, without their heads; a row of examples by its whole first cell."""
    names = []
    for block in re.findall(r"(?m)(?:^\|.*\n)+", text):
        lines = block.splitlines()[2:]
        for line in lines:
            first = line.split("|")[1].strip().strip("`")
            names += [first] if "2026" in first or "2021" in first else re.split(r", ", first)
    return names


def test_no_clause_twice() -> None:
    clauses = [row.clause for row in rows()]
    assert len(clauses) == len(set(clauses))


def test_the_drawn_picture_is_that_of_the_machine() -> None:
    call_command("draw_states", "--check")


def test_docstrings_point_into_the_project() -> None:
    """Pages that newcomers are sent to must be there."""
    pages = re.compile(r"(?:docs/)?[\w-]+\.md\b")
    found = [
        f"{path.relative_to(BASE)}: {page}"
        for folder in ("apps", "tests", "wastetransfer")
        for path in (BASE / folder).rglob("*.py")
        for page in pages.findall(path.read_text(encoding="utf-8"))
        if not (BASE / page).is_file() and path != Path(__file__)
    ]
    assert found == []
