"""The sale in progress as the till's page shows it: lines, ways, sums, what is paid and open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory.channels.models import TaxDisplay
from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.core.money import exponent, line_amount
from orders.checkout.operations import CartRef, CartState, Till
from orders.checkout.reading import Line, read_cart
from orders.pos.goods import Counter, Goods, goods_of
from orders.pos.models import TakenTender
from orders.pos.stack import Waiting
from orders.pos.taking import taken_for
from orders.pricing.quote import Amount

ICONS = {
    Method.CARRY_OUT.value: "shopping-bag",
    Method.SHIP.value: "truck",
    Method.PICKUP.value: "map-pin",
    Method.LOCAL_DELIVERY.value: "send",
}
MOST_QUICK = 6


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the basket. Amounts are in the channel's display."""

    line: Line
    goods: Goods | None
    shown_minor: int
    was_minor: int | None
    way: str
    icon: str
    trouble: str

    @property
    def name(self) -> str:
        return self.goods.name if self.goods else self.line.name or self.line.sku or ""


@dataclass(frozen=True, slots=True)
class Basket:
    """The sale that is open here, with what was paid of it."""

    state: CartState
    began_at: datetime
    rows: list[Row]
    taken: list[TakenTender]

    @property
    def cart_id(self) -> UUID:
        return self.state.header.id

    @property
    def version(self) -> int:
        return self.state.header.version

    @property
    def items(self) -> int:
        return sum(row.line.quantity for row in self.rows)

    @property
    def total_minor(self) -> int:
        return self.state.quote.total_minor

    @property
    def taken_minor(self) -> int:
        return sum(each.amount_minor for each in self.taken)

    @property
    def open_minor(self) -> int:
        return self.total_minor - self.taken_minor

    @property
    def saved_minor(self) -> int:
        """What it costs less than before, in the channel's display."""
        return sum(row.was_minor - row.shown_minor for row in self.rows if row.was_minor)

    @property
    def is_net(self) -> bool:
        return self.state.header.tax_display == TaxDisplay.NET

    @property
    def shipping_minor(self) -> int | None:
        charge = self.state.quote.shipping
        if charge is None:
            return None
        return charge.net_minor if self.is_net else charge.total_minor

    @property
    def needs_address(self) -> bool:
        return self.state.is_sent and self.state.header.address_id is None

    @property
    def is_reachable(self) -> bool:
        header = self.state.header
        return bool(header.customer_id or header.email or header.phone)

    @property
    def is_collected(self) -> bool:
        return any(row.line.method == Method.PICKUP for row in self.rows)

    @property
    def has_trouble(self) -> bool:
        return any(row.trouble for row in self.rows)


def basket_of(waiting: Waiting, till: Till, at: Counter, actor: Actor) -> Basket:
    """The sale as it stands now. Two statements, two more where something is sent, one where a
    part is paid."""
    state = read_cart(CartRef(waiting.cart_id, till=till), actor=actor)
    goods = goods_of(at, {line.variant_id for line in state.lines})
    rows = rows_of(state, goods, till.location_id)
    taken = taken_for(waiting.cart_id) if waiting.taken_minor else []
    return Basket(state, waiting.began_at, rows, taken)


def rows_of(state: CartState, goods: Mapping[UUID, Goods], here: UUID) -> list[Row]:
    """The lines in their order. Pure."""
    amounts: Sequence[Amount] = state.quote.lines
    is_net = state.header.tax_display == TaxDisplay.NET
    rows = []
    for line, amount in zip(state.lines, amounts, strict=True):
        thing = goods.get(line.variant_id)
        shown = amount.net_minor if is_net else amount.total_minor
        rows.append(
            Row(
                line=line,
                goods=thing,
                shown_minor=shown,
                was_minor=_was(line, thing, shown),
                way=way_in_words(line.method, line.location_name or "", line.location_id == here),
                icon=ICONS.get(line.method, "truck"),
                trouble=_trouble(line),
            )
        )
    return rows


def way_in_words(method: str, place: str, is_here: bool) -> str:
    """How a line reaches its customer."""
    if method == Method.CARRY_OUT:
        return _("Take now")
    if method == Method.PICKUP:
        if is_here:
            return _("Collect here later")
        return _("Collect at %(place)s") % {"place": place}
    return _("Ship") if method == Method.SHIP else _("Deliver nearby")


def quick_amounts(due_minor: int, currency: str) -> list[int]:
    """Sums of cash that people put down for so much: exact, and the next round ones. Pure."""
    unit = 10 ** exponent(currency)
    steps = [unit * each for each in (1, 5, 10, 20, 50, 100, 200)]
    rounded = {-(-due_minor // step) * step for step in steps}
    return sorted({due_minor, *rounded})[:MOST_QUICK] if due_minor > 0 else []


def _was(line: Line, goods: Goods | None, shown_minor: int) -> int | None:
    if goods is None or goods.compare_at_minor is None:
        return None
    before = line_amount(goods.compare_at_minor, line.price_quantity or 1, line.quantity)
    return before if before > shown_minor else None


def _trouble(line: Line) -> str:
    """Why this line cannot be sold as it is, in words; empty if it can."""
    if line.problem is None:
        return ""
    if line.problem == "variant_not_offered":
        return _("Not sold at this till")
    if line.problem == "method_not_offered":
        return _("Not offered in this way")
    left = line.available or 0
    if not left:
        return _("None left")
    return ngettext("Only %(n)d left", "Only %(n)d left", left) % {"n": left}
