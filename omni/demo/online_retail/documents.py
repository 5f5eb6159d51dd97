"""From rows to documents: which rows belong together, and what each document is.

Source of the rules: the data's own description. Numbers that begin with C are credit notes, with A
corrections of bad debt; a single row without customer and price and with a negative quantity is a
correction of stock; everything else is a sale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from omni.core.money import round_half_up
from omni.demo.online_retail.source import BadRow, SourceLine

# Codes that stand for services, fees and vouchers: they have no stock.
NO_GOODS = frozenset({"POST", "DOT", "M", "D", "S", "C2", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"})
GIFT_VOUCHER = "GIFT_"


class Kind(StrEnum):
    SALE = "sale"
    CREDIT = "credit"
    STOCK = "stock"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Document:
    """One source document. ``digest`` is the hash of its rows, in the order of the file."""

    number: str
    kind: Kind
    at: datetime
    customer: str
    country: str
    lines: Sequence[SourceLine]
    digest: str


def sku(code: str) -> str:
    """The SKU of a stock code: the same code in two cases is one product."""
    return code.upper()


def is_stocked(code: str) -> bool:
    """Whether units of this code lie anywhere."""
    name = sku(code)
    return name not in NO_GOODS and not name.startswith(GIFT_VOUCHER)


def amount_minor(line: SourceLine) -> int:
    """The line's amount in pence, rounded half-up; negative on a credit note."""
    return pence(line.price_mills, line.quantity)


def pence(price_mills: int, quantity: int) -> int:
    """A price in thousandths of a pound, times a quantity, in pence."""
    return round_half_up(Decimal(price_mills * quantity) / 10)


def documents(rows: Iterable[SourceLine | BadRow]) -> tuple[list[Document], list[BadRow]]:
    """The documents in order of time and number, and the rows that could not be used."""
    lines: dict[str, list[SourceLine]] = {}
    bad: list[BadRow] = []
    spoilt: set[str] = set()
    for row in rows:
        if isinstance(row, BadRow):
            bad.append(row)
            spoilt.add(row.invoice)
        else:
            lines.setdefault(row.invoice, []).append(row)
    found = []
    for number, group in lines.items():
        if number in spoilt:
            bad += _left_out(group, _("another row of this document cannot be used"))
            continue
        document = _document(number, group)
        if isinstance(document, str):
            bad += _left_out(group, document)
        else:
            found.append(document)
    found.sort(key=lambda document: (document.at, document.number))
    return found, sorted(bad, key=lambda row: row.row)


def _left_out(group: Sequence[SourceLine], reason: str) -> list[BadRow]:
    return [BadRow(line.row, line.invoice, reason) for line in group]


def _document(number: str, group: Sequence[SourceLine]) -> Document | str:
    """The document, or the reason why it is none."""
    kind = _kind(number, group)
    fault = _fault(kind, group)
    if fault:
        return fault
    return Document(
        number=number,
        kind=kind,
        at=min(line.at for line in group),
        customer=group[0].customer,
        country=group[0].country,
        lines=group,
        digest=_digest(group),
    )


def _kind(number: str, group: Sequence[SourceLine]) -> Kind:
    if number[0] in "Cc":
        return Kind.CREDIT
    if number[0] in "Aa":
        return Kind.ADJUSTMENT
    line = group[0]
    alone = len(group) == 1 and not line.customer and not line.price_mills
    return Kind.STOCK if alone and line.quantity < 0 else Kind.SALE


def _fault(kind: Kind, group: Sequence[SourceLine]) -> str:
    if len({line.customer for line in group}) > 1:
        return _("the document names several customers")
    if kind is Kind.ADJUSTMENT:
        return ""
    if any(line.price_mills < 0 for line in group):
        return _("the price is negative")
    if kind is Kind.SALE and any(line.quantity < 0 for line in group):
        return _("a sale has a negative quantity")
    if kind is Kind.CREDIT and any(line.quantity > 0 for line in group):
        return _("a credit note has a positive quantity")
    return ""


def _digest(group: Sequence[SourceLine]) -> str:
    """Hash of what the rows say; where they stand in the file does not matter to it."""
    hasher = hashlib.sha256()
    for line in group:
        fields = (
            line.code,
            line.description,
            line.quantity,
            line.at.isoformat(),
            line.price_mills,
            line.customer,
            line.country,
        )
        hasher.update("\x1f".join(map(str, fields)).encode() + b"\x1e")
    return hasher.hexdigest()
