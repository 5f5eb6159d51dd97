"""Reading a file of the ledger: its form is checked whole before anything is written.

A file that is not what it claims to be (a column missing, another encoding, cut short) is refused.
A row that cannot be used is reported with its reason, and its document is left out whole: half an
invoice would be worse than none.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

# Our name -> the names that editions of the data set use.
COLUMNS: dict[str, tuple[str, ...]] = {
    "invoice": ("Invoice", "InvoiceNo"),
    "code": ("StockCode",),
    "description": ("Description",),
    "quantity": ("Quantity",),
    "at": ("InvoiceDate",),
    "price": ("Price", "UnitPrice"),
    "customer": ("Customer ID", "CustomerID"),
    "country": ("Country",),
}
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%y %H:%M")
MAX_QUANTITY = 1_000_000
MAX_MILLS = 10**9
MAX_INVOICE = 16  # a credit note of many cases adds a number to it, and 20 fit
GZIP_MAGIC = b"\x1f\x8b"


class LedgerFileError(Exception):
    """The file cannot be used at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A row of the file. ``price_mills`` is the unit price in thousandths of a pound."""

    row: int
    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price_mills: int
    customer: str
    country: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be used. ``row`` counts from 1, the header being 1."""

    row: int
    invoice: str
    reason: str


def read(path: Path) -> Iterator[SourceLine | BadRow]:
    """All rows of the file, plain or gzipped CSV in UTF-8. Raises: LedgerFileError."""
    try:
        with _opened(path) as text:
            yield from _rows(text, path)
    except UnicodeDecodeError as error:
        raise LedgerFileError(
            _("%(file)s is not UTF-8 (byte %(byte)d). Save it as UTF-8 and try again.")
            % {"file": path.name, "byte": error.start}
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LedgerFileError(
            _("%(file)s is cut short or damaged. Fetch it again.") % {"file": path.name}
        ) from error
    except OSError as error:
        raise LedgerFileError(
            _("%(file)s cannot be read: %(reason)s.")
            % {"file": path, "reason": error.strerror or error}
        ) from error
    except csv.Error as error:
        raise LedgerFileError(
            _("%(file)s is not a CSV file: %(reason)s.") % {"file": path.name, "reason": error}
        ) from error


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes. Raises: LedgerFileError."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LedgerFileError(
            _("%(file)s cannot be read: %(reason)s.")
            % {"file": path, "reason": error.strerror or error}
        ) from error


def _opened(path: Path) -> IO[str]:
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP_MAGIC
    raw: Any = gzip.open(path) if is_gzip else path.open("rb")  # noqa: SIM115  closed by the text
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def _rows(text: IO[str], path: Path) -> Iterator[SourceLine | BadRow]:
    reader = csv.reader(text)
    places = _places(next(reader, []), path)
    width = max(places.values()) + 1
    known: dict[str, str] = {}  # one copy of each repeated text
    for number, row in enumerate(reader, start=2):
        if not row:
            continue
        if len(row) < width:
            yield BadRow(number, row[places["invoice"]] if row else "", _("columns are missing"))
            continue
        yield _line(number, {name: row[place].strip() for name, place in places.items()}, known)


def _places(header: list[str], path: Path) -> dict[str, int]:
    names = [name.strip() for name in header]
    places = {}
    missing = []
    for ours, theirs in COLUMNS.items():
        found = next((names.index(name) for name in theirs if name in names), None)
        if found is None:
            missing.append(theirs[0])
        else:
            places[ours] = found
    if missing:
        raise LedgerFileError(
            _("%(file)s lacks the column %(columns)s. Its first line must name all of: %(all)s.")
            % {
                "file": path.name,
                "columns": ", ".join(missing),
                "all": ", ".join(theirs[0] for theirs in COLUMNS.values()),
            }
        )
    return places


def _line(number: int, row: dict[str, str], known: dict[str, str]) -> SourceLine | BadRow:
    def one(text: str) -> str:
        return known.setdefault(text, text)

    invoice = one(row["invoice"])
    try:
        line = SourceLine(
            row=number,
            invoice=invoice,
            code=one(row["code"]),
            description=one(row["description"]),
            quantity=int(row["quantity"]),
            at=_moment(row["at"]),
            price_mills=_mills(row["price"]),
            customer=one(row["customer"].removesuffix(".0")),
            country=one(row["country"]),
        )
    except _UnusableError as error:
        return BadRow(number, invoice, str(error))
    except ValueError:
        return BadRow(number, invoice, _("the quantity is not a whole number"))
    reason = _fault(line)
    return BadRow(number, invoice, reason) if reason else line


class _UnusableError(Exception):
    """A field of a row that cannot be read; the text is the reason."""


def _moment(text: str) -> datetime:
    for form in MOMENTS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise _UnusableError(_("the date is not readable"))


def _mills(text: str) -> int:
    try:
        mills = Decimal(text) * 1000
    except ArithmeticError:  # no number, or one beyond all bounds
        raise _UnusableError(_("the price is not a number")) from None
    if not mills.is_finite() or mills != mills.to_integral_value() or abs(mills) > MAX_MILLS:
        raise _UnusableError(_("the price has more than three decimals or is out of range"))
    return int(mills)


def _fault(line: SourceLine) -> str:
    if not line.invoice:
        return _("the invoice number is missing")
    if not line.code:
        return _("the stock code is missing")
    if "\x00" in line.invoice + line.code + line.description + line.customer + line.country:
        return _("the row holds a NUL character")
    if not (line.invoice.isascii() and line.invoice.isalnum()):
        return _("the invoice number holds more than letters and digits")
    if not line.customer.isprintable():
        return _("the customer number is not printable")
    if line.quantity == 0 or abs(line.quantity) > MAX_QUANTITY:
        return _("the quantity is zero or out of range")
    if len(line.code) > 40 or len(line.invoice) > MAX_INVOICE or len(line.customer) > 40:
        return _("a code or number is too long")
    return ""
