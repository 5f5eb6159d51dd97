"""The raw statements of ``bench/raw/*.sql``, by file and name."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "raw"


def statements(file: str) -> dict[str, str]:
    """The statements of a file in their order, by the name that stands above each."""
    text = (FOLDER / f"{file}.sql").read_text()
    parts = re.split(r"^-- name: (\w+)$", text, flags=re.MULTILINE)[1:]
    return {
        name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)
    }
