"""Business code knows nothing of HTTP: also the files that stand behind operations and queries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.house import ROOT

APPS = ("inventory", "customers", "orders", "journeys")
WIRE = ("rest_framework", "django.http")
# What speaks to the outside: endpoints, what they take and give, and pages of the back office.
DOORS = re.compile(
    r"(\w+_)?(api|pages)|(console|office)(_\w+)?|admin|inputs?|outputs?|sections|fields|back_office"
    r"|urls"
)


def business_files() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not DOORS.fullmatch(path.stem) and "migrations" not in path.parts:
                yield path


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_business_code_imports_nothing_of_http() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in business_files()
        for name in imports_of(path)
        if name.startswith(WIRE)
    ]

    assert not wrong


def test_imports_of_http_are_found(tmp_path: Path) -> None:
    spoiled = tmp_path / "placing.py"
    spoiled.write_text("def place():\n    from django.http import HttpRequest\n")

    assert [name for name in imports_of(spoiled) if name.startswith(WIRE)] == ["django.http"]
