"""What the stock operations are asked for: lines of goods, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from omni.core.errors import Invalid

Key = tuple[UUID, UUID]  # variant, location

# Far above any real count, far below the column's end, so that sums stay inside a bigint.
MAX_QUANTITY = 1_000_000_000


class QuantityNotValid(Invalid):
    code = "quantity_not_valid"
    message = _("This is no quantity of goods. Send a whole number from 1 to 1,000,000,000.")


@dataclass(frozen=True, slots=True)
class StockRequest:
    """Units wanted of one variant at one location.

    ``reference`` is the order line that wants them (needed to commit). ``buffer`` is what the
    channel keeps back at this location; the larger one counts where two lines want the same goods.
    """

    variant_id: UUID
    location_id: UUID
    quantity: int
    reference: UUID | None = None
    buffer: int = 0

    @property
    def key(self) -> Key:
        return (self.variant_id, self.location_id)


@dataclass(frozen=True, slots=True)
class StockArrival:
    """Units that come in, sellable or into a bucket. ``reference``: their order line, if any."""

    variant_id: UUID
    location_id: UUID
    quantity: int
    bucket: str = ""
    reference: UUID | None = None

    @property
    def key(self) -> Key:
        return (self.variant_id, self.location_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger to be posted: signed change of on_hand and of a bucket."""

    variant_id: UUID
    location_id: UUID
    quantity: int
    kind: str
    reference: str
    bucket: str = ""
    bucket_quantity: int = 0
    order_line_id: UUID | None = None
    reason: str = ""
    note: str = ""
    occurred_at: datetime | None = None

    @property
    def key(self) -> Key:
        return (self.variant_id, self.location_id)


@dataclass(slots=True)
class Demand:
    """What is wanted, summed per level: two lines for the same goods are one demand."""

    needs: dict[Key, int] = field(default_factory=dict)
    buffers: dict[Key, int] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: Iterable[StockRequest]) -> Demand:
        demand = cls()
        for line in lines:
            check_quantity(line.quantity)
            demand.needs[line.key] = demand.needs.get(line.key, 0) + line.quantity
            demand.buffers[line.key] = max(demand.buffers.get(line.key, 0), line.buffer)
        return demand

    def without(self, keys: set[Key]) -> Demand:
        return Demand(
            needs={key: need for key, need in self.needs.items() if key not in keys},
            buffers={key: kept for key, kept in self.buffers.items() if key not in keys},
        )


def check_quantity(quantity: int) -> None:
    """Raises: QuantityNotValid, unless it is 1 to MAX_QUANTITY."""
    if isinstance(quantity, bool) or not isinstance(quantity, int):
        raise QuantityNotValid(quantity=str(quantity))
    if not 1 <= quantity <= MAX_QUANTITY:
        raise QuantityNotValid(quantity=quantity)


def summed(quantities: Sequence[tuple[UUID, int]]) -> dict[UUID, int]:
    """Quantities per order line, lines named twice added up. Raises: QuantityNotValid."""
    total: dict[UUID, int] = {}
    for line_id, quantity in quantities:
        check_quantity(quantity)
        total[line_id] = total.get(line_id, 0) + quantity
    return total
