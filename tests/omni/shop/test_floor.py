"""The shop is a program outside: it imports nothing of the house but template tags and words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HOUSE = ("omni", "inventory", "customers", "orders", "journeys")
ALLOWED = ("omni.shop", "omni.screens.tags", "omni.screens.words", "omni.screens.amounts")


def strangers(path: Path) -> Iterator[str]:
    """Modules of the house that a file imports beyond those."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{each.name}" for each in node.names]
        for name in names:
            if name.split(".")[0] in HOUSE and not name.startswith(ALLOWED):
                yield name


def test_shop_imports_nothing_else() -> None:
    files = sorted((ROOT / "omni" / "shop").glob("*.py"))

    assert len(files) > 10
    assert [f"{path.name}: {name}" for path in files for name in strangers(path)] == []


def test_other_imports_are_found(tmp_path: Path) -> None:
    spoiled = tmp_path / "cart.py"
    spoiled.write_text("def read():\n    from orders.checkout import operations\n")

    assert list(strangers(spoiled)) == ["orders.checkout.operations"]
