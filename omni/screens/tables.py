"""Rows as a file that a spreadsheet opens without running anything of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse

# A formula begins with one of these, also in their wide forms, perhaps after unseen signs.
_FORMULA = re.compile(
    r"[\s\x00-\x1f\"'\u200b-\u200f\u2060\ufeff]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]"
)
# Where a spreadsheet divides cells by other signs than ours, as most of Europe does.
_DIVIDERS = re.compile(r"([;\t\r\n]+)")


def safe_cell(value: Any) -> str:
    """A text that a spreadsheet takes as text: what could be a formula is quoted with a sign."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return text
    parts = _DIVIDERS.split(text)
    return "".join(f"'{part}" if _FORMULA.match(part) else part for part in parts)


class _Echo:
    """Hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_file(
    name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """A CSV file with a head, sent as it is read."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff" + writer.writerow([safe_cell(each) for each in head])
        for row in rows:
            yield writer.writerow([safe_cell(each) for each in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
