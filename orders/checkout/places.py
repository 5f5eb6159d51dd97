"""From where each line of a cart comes: named by the customer, or found by routing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from inventory.stock.models import Reservation, ReservationStatus
from inventory.stock.operations import StockRequest
from orders.checkout.reading import CartState, Line
from orders.routing import queries as routing
from orders.routing.sourcing import Demand


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """So many units of a cart line from a location, which keeps ``buffer`` back."""

    line: Line
    quantity: int
    location_id: UUID | None
    buffer: int

    def request(self, reference: UUID | None = None) -> StockRequest | None:
        """What stock is asked for; nothing where nothing is counted."""
        if not self.line.is_stocked or self.location_id is None:
            return None
        return StockRequest(
            self.line.variant_id, self.location_id, self.quantity, reference, self.buffer
        )


def place_lines(state: CartState) -> list[PlacedLine]:
    """The lines with their locations; a shipped line may come in parts. Raises: OutOfStock."""
    placed: dict[UUID | None, list[PlacedLine]] = {}
    homeless: dict[str, list[Line]] = {}
    for line in state.lines:
        if line.location_id is None:
            homeless.setdefault(line.method, []).append(line)
        else:
            placed[line.id] = [PlacedLine(line, line.quantity, line.location_id, line.buffer)]
    for method, lines in homeless.items():
        placed |= _routed(state, method, lines)
    return [part for line in state.lines for part in placed[line.id]]


def _routed(
    state: CartState, method: str, lines: Sequence[Line]
) -> dict[UUID | None, list[PlacedLine]]:
    by_id = {line.id: line for line in lines}
    parts, buffers = routing.route(
        channel_id=state.header.channel_id,
        method=method,
        demands=[
            Demand(line.id, line.variant_id, line.quantity, line.is_stocked)
            for line in lines
            if line.id
        ],
        own=_own_holds(state) if state.is_held else None,
    )
    placed: dict[UUID | None, list[PlacedLine]] = {line.id: [] for line in lines}
    for part in parts:
        placed[part.key].append(
            PlacedLine(by_id[part.key], part.quantity, part.location_id, buffers[part.location_id])
        )
    return placed


def _own_holds(state: CartState) -> dict[tuple[UUID, UUID], int]:
    held = Reservation.objects.filter(owner_id=state.header.id, status=ReservationStatus.HELD)
    rows = held.values_list("level__variant_id", "level__location_id", "quantity")
    return {(variant, location): quantity for variant, location, quantity in rows}
