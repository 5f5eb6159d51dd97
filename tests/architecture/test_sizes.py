"""Sizes that a reader can hold: files, functions, parameters."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.house import ROOT, sources

MAX_FILE = 450
MAX_FUNCTION = 60
MAX_PARAMETERS = 8
# The actor is part of every operation, and self of every method.
NOT_COUNTED = {"self", "cls", "actor"}
# An app's whole contract stands in one file, however many events it has.
ANY_LENGTH = {"events.py"}
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "managers", "service", "services", "info"}


def test_files_are_short() -> None:
    long = {
        _name(path): lines
        for path in sources()
        if (lines := _lines(path)) > MAX_FILE and path.name not in ANY_LENGTH
    }

    assert long == {}


def test_functions_are_short() -> None:
    long = {
        f"{_name(path)}:{node.name}": length
        for path in sources()
        for node in _functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION
    }

    assert long == {}


def test_functions_take_few_parameters() -> None:
    many = {
        f"{_name(path)}:{node.name}": count
        for path in sources()
        for node in _functions(path)
        if (count := _parameters(node)) > MAX_PARAMETERS
    }

    assert many == {}


def test_files_say_what_they_hold() -> None:
    vague = [_name(path) for path in sources() if path.stem in FORBIDDEN_NAMES]

    assert vague == []


def test_modules_and_models_have_docstrings() -> None:
    bare = [
        _name(path)
        for path in sources()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert bare == []


def test_saving_stays_saving() -> None:
    """No signals, no save() of ours, no Meta.ordering."""
    found = []
    for path in sources():
        text = path.read_text()
        if "@receiver" in text or "def save(self" in text:
            found.append(_name(path))
        if "models.py" in path.name and "ordering =" in text:
            found.append(_name(path))
    assert found == []


def _functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _parameters(node: ast.FunctionDef) -> int:
    named = [*node.args.args, *node.args.kwonlyargs]
    return len([each for each in named if each.arg not in NOT_COUNTED])


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))
