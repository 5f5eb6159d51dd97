"""Amounts as people type them: 12,50 and 12.50 and 1 234,50 are understood wherever they live."""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid
from omni.core.money import exponent

_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_GROUPED = re.compile(r"^\d{1,3}(?P<sign>[.,])\d{3}((?P=sign)\d{3})*$")


class AmountNotUnderstood(Invalid):
    code = "amount_not_understood"
    message = _("This is no amount. Type it in figures, as 12.50.")


def typed_amount(text: str, currency: str) -> int:
    """Minor units of what was typed; no sign, and no more digits than the currency has.

    A last point or comma parts the minor units; before it they part thousands. What could mean two
    amounts (1.234) is thousands where the currency has no such minor unit.
    Raises: AmountNotUnderstood.
    """
    bare = _SPACES.sub("", text.strip()[:40])
    digits = exponent(currency)
    whole, parts = bare, ""
    last = max(bare.rfind("."), bare.rfind(","))
    if last >= 0 and len(bare) - last - 1 <= digits and bare[last + 1 :].isdigit():
        whole, parts = bare[:last], bare[last + 1 :]
    elif not (bare.isdigit() or _GROUPED.match(bare)):
        raise AmountNotUnderstood
    if not (whole.isdigit() or _GROUPED.match(whole)) or not bare.isascii():
        raise AmountNotUnderstood
    units = Decimal(whole.replace(".", "").replace(",", ""))
    if units >= 10**12:
        raise AmountNotUnderstood
    return int(units * 10**digits) + int((parts or "0").ljust(digits, "0") or 0)
