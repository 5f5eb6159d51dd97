"""Tables of figures, and the charts that are drawn from them.

A chart has no data of its own: the script of the back office reads the cells of the table beside
it. So a table says which of its columns are drawn; each cell holds the figure and its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language

from omni.core.money import Money

TEXT, NUMBER, MONEY, PERCENT, MINUTES = "text", "number", "money", "percent", "minutes"


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")


def number(value: float) -> str:
    """1,204, in the locale of the person."""
    return str(format_decimal(value, locale=_locale()))


def percent(share: float, *, sign: bool = False) -> str:
    """8.4 %, with a sign that is as wide as the plus if asked."""
    shown = format_decimal(abs(share) * 100, format="#,##0.0", locale=_locale())
    before = "" if not sign and share >= 0 else "\u2212" if share < 0 else "+"
    return f"{before}{shown}\u00a0%"


def whole(minor: int, currency: str) -> str:
    """An amount without its cents: for what is read at a glance, never for what must add up."""
    amount = Money(minor, currency).to_decimal().quantize(Decimal(1), ROUND_HALF_UP)
    pattern = Locale.parse(_locale()).currency_formats["standard"].pattern.replace(".00", "")
    return str(format_currency(amount, currency, pattern, locale=_locale(), currency_digits=False))


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure with its words; ``raw`` is what a chart draws and a file holds, ``short`` what
    stands below a bar where the words are too long for that."""

    text: str
    raw: Any = ""
    tone: str = ""
    url: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """``draw``: "bar" stacks, "prev" is the period before beside it. ``tone`` names a colour of
    its own for it ("bad")."""

    label: str
    kind: str = TEXT
    draw: str = ""
    tone: str = ""


@dataclass(slots=True)
class Table:
    """Rows under columns, in one currency; ``total`` is the foot."""

    label: str
    columns: Sequence[Column]
    currency: str = ""
    rows: list[list[Cell]] = field(default_factory=list)
    total: list[Cell] | None = None
    exact: bool = True

    def add(self, *values: Any, url: str = "") -> None:
        """One row; the first cell leads to the address."""
        self.rows.append(self._cells(values, url))

    def foot(self, *values: Any) -> None:
        self.total = self._cells(values, "")

    def _cells(self, values: Iterable[Any], url: str) -> list[Cell]:
        cells = [
            self._cell(column, value) for column, value in zip(self.columns, values, strict=True)
        ]
        if url:
            cells[0] = replace(cells[0], url=url)
        return cells

    def _cell(self, column: Column, value: Any) -> Cell:
        if isinstance(value, Cell):
            return value
        if value is None:
            return Cell("–")
        if column.kind == MONEY:
            amount = Money(int(value), self.currency)
            shown = str(amount) if self.exact else whole(int(value), self.currency)
            return Cell(shown, amount.to_decimal())
        if column.kind == PERCENT:
            return Cell(percent(value), round(value * 100, 2))
        if column.kind in (NUMBER, MINUTES):
            return Cell(number(value), value)
        if isinstance(value, date):
            return Cell(str(value), value.isoformat())
        return Cell(str(value), str(value))


def change(now: float, before: float | None) -> Cell:
    """How much more or less: +8.4 %, green or red; "new" figures have nothing to be held to."""
    if before is None:
        return Cell("")
    if not before:
        return Cell("–")
    share = (now - before) / abs(before)
    tone = "good" if share > 0 else "bad" if share < 0 else ""
    return Cell(percent(share, sign=True), round(share * 100, 2), tone)
