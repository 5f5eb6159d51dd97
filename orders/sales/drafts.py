"""What ``create_order`` is given: an order as it is to be written, priced and placed already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omni.core.ids import uuid7
from orders.sales.models import OrderLine


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDraft:
    """Which store and which associate a line counts for."""

    location_id: UUID
    user_id: UUID | None = None
    share_bps: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """One line as sold. Its amounts are for the whole quantity, minor units.

    ``location_id`` may be missing only for what needs no place (a service). ``fulfilled`` is for
    imports of what left the house long ago.
    """

    variant_id: UUID
    sku: str
    name: str
    quantity: int
    method: str
    location_id: UUID | None
    price_minor: int
    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: Decimal
    price_quantity: int = 1
    fulfilled: int = 0
    credits: Sequence[CreditDraft] = ()
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentDraft:
    """A charge or discount on the whole order; ``kind`` is an ``AdjustmentKind``.

    A credit names the order whose goods were given back for it.
    """

    kind: str
    net_minor: int
    tax_minor: int
    total_minor: int
    tax_rate: Decimal
    label: str = ""
    credit_of_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressDraft:
    """Where it is shipped."""

    name: str
    street: str
    city: str
    country: str
    postal_code: str = ""
    region: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """An order to be. Its total is the sum of its parts.

    Without a ``number`` it gets the next one. ``is_confirmed``: its payment policy is satisfied as
    it is placed. ``placed_at`` is for imports and tills that were offline; by default it is now.
    """

    channel_id: UUID
    currency: str
    tax_display: str
    payment_policy: str
    lines: Sequence[LineDraft]
    adjustments: Sequence[AdjustmentDraft] = ()
    address: AddressDraft | None = None
    customer_id: UUID | None = None
    location_id: UUID | None = None
    cart_id: UUID | None = None
    number: str = ""
    token_digest: str = ""
    contact_name: str = ""
    email: str = ""
    phone: str = ""
    placed_at: datetime | None = None
    pay_by_at: datetime | None = None
    is_confirmed: bool = False
    id: UUID = field(default_factory=uuid7)

    @property
    def total_minor(self) -> int:
        return sum(line.total_minor for line in self.lines) + sum(
            adjustment.total_minor for adjustment in self.adjustments
        )

    @property
    def tax_minor(self) -> int:
        return sum(line.tax_minor for line in self.lines) + sum(
            adjustment.tax_minor for adjustment in self.adjustments
        )


def lines_of(draft: OrderDraft) -> list[OrderLine]:
    """The rows that ``create_order`` wrote for a draft, without reading them again."""
    return [
        OrderLine(
            id=line.id,
            order_id=draft.id,
            position=position,
            variant_id=line.variant_id,
            location_id=line.location_id,
            method=line.method,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            price_minor=line.price_minor,
            price_quantity=line.price_quantity,
            tax_rate=line.tax_rate,
            net_minor=line.net_minor,
            tax_minor=line.tax_minor,
            total_minor=line.total_minor,
            quantity_fulfilled=line.fulfilled,
        )
        for position, line in enumerate(draft.lines, start=1)
    ]
