"""Barcodes as they are kept and looked for. Pure.

GTIN-8, -12, -13 and -14 are one family: each is kept as 14 digits with leading zeros, so that a
code is found however the scanner gives it. Source: GS1 General Specifications, section 7.9 (check
digit: weights 3 and 1 from the right).
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid

GTIN_LENGTHS = frozenset({8, 12, 13, 14})
MAX_LENGTH = 64


class BarcodeNotValid(Invalid):
    code = "barcode_not_valid"
    message = _(
        "This barcode is not valid: its check digit is wrong, or it is empty or too long. "
        "Scan it again."
    )


def check_digit(body: str) -> int:
    """The last digit of a GTIN whose other digits are ``body``."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body[::-1]))
    return -total % 10


def is_gtin(code: str) -> bool:
    """Whether these are the digits of a GTIN, its check digit right."""
    return (
        len(code) in GTIN_LENGTHS
        and code.isascii()
        and code.isdigit()
        and check_digit(code[:-1]) == int(code[-1])
    )


def canonical(code: str) -> str:
    """How the code is kept: a GTIN as 14 digits, a code of the merchant's own as it is.

    Raises: BarcodeNotValid (digits of a GTIN's length must be a GTIN).
    """
    bare = code.strip()
    if not bare or len(bare) > MAX_LENGTH or not bare.isprintable():
        raise BarcodeNotValid(barcode=bare[:MAX_LENGTH])
    if len(bare) not in GTIN_LENGTHS or not (bare.isascii() and bare.isdigit()):
        return bare
    if not is_gtin(bare):
        raise BarcodeNotValid(barcode=bare)
    return bare.zfill(14)
