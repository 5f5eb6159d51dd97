"""What a return is made of, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from orders.aftersales.models import Disposition, ReturnKind


@dataclass(frozen=True, slots=True)
class ReturnUnits:
    """Units of an order line that come back, and what becomes of them."""

    order_line_id: UUID
    quantity: int
    disposition: str = Disposition.SELLABLE
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LooseUnits:
    """Units without a receipt: a variant, what becomes of it, what is paid for it in all."""

    variant_id: UUID
    quantity: int
    disposition: str = Disposition.SELLABLE
    refund_minor: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDraft:
    """A return as it happened, received, inspected and paid back: for imports.

    ``refunds`` gives the amount per line where the document names it; a missing entry is the units'
    share of their line. Without an order ``loose`` says what came.
    """

    channel_id: UUID
    location_id: UUID
    currency: str
    reference: str
    opened_at: datetime
    kind: str = ReturnKind.RETURN
    order_id: UUID | None = None
    customer_id: UUID | None = None
    units: Sequence[ReturnUnits] = ()
    refunds: Sequence[int | None] = ()
    loose: Sequence[LooseUnits] = ()
    number: str = ""
    evidence: str = ""
    reason: str = ""
