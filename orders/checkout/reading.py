"""A cart with everything that decides on it, read (and locked) by one statement.

The statement brings the cart, the channel that looks at it, the address, and for each line what it
is, what it costs there, at which tax, and how much of it can be had; only what is sent needs two
more, for who sends it and what shipping costs. A line that is only wished for
is read as if it were in the cart already, so that adding needs no second look.

A statement that had to wait for the lock sees the cart's row as it is now, but lines as they were
when it began; ``seen`` tells such a reading by its version, and it is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.secrets import digest, matches
from omni.core.statements import hot_cursor
from orders.checkout.statement import LOCK, LOCK_WITH_WISH, READ, SENT_BY, SET_QUANTITY
from orders.pricing.queries import NotShippedThere, shipping_price
from orders.pricing.quote import SENT, PricedLine, Quote, ShippingPrice, quote


@dataclass(frozen=True, slots=True)
class Till:
    """A register at which staff have a cart open. The caller has settled that they may."""

    register_id: UUID
    location_id: UUID
    channel_id: UUID


@dataclass(frozen=True, slots=True)
class CartRef:
    """Which cart, and what proves it: the token of a guest, or the till at which it is open."""

    cart_id: UUID
    token: str = ""
    till: Till | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A line to be: how many of a variant, in which way, from where."""

    variant_id: UUID
    quantity: int
    method: str
    location_id: UUID | None = None


class Header(NamedTuple):
    """The cart's own columns, its address, and the channel that looks at it."""

    id: UUID
    version: int
    seen: int
    status: str
    customer_id: UUID | None
    currency: str
    token_digest: str
    device_id: str
    contact_name: str
    email: str
    phone: str
    register_id: UUID | None
    held_until: datetime | None
    order_id: UUID | None
    merged_into_id: UUID | None
    updated_at: datetime
    channel_id: UUID
    channel_code: str
    channel_status: str
    channel_currency: str
    channel_country: str
    tax_display: str
    hold_minutes: int
    payment_window_minutes: int
    allows_pay_at_collection: bool
    address_id: int | None
    recipient: str
    street: str
    postal_code: str
    city: str
    region: str
    country: str
    address_phone: str
    now: datetime


class Line(NamedTuple):
    """One line with all that is known of it. ``available`` None: it is never counted.

    ``kept`` of the available units are kept at the place for the cart's customer.
    """

    id: UUID | None
    variant_id: UUID
    quantity: int
    method: str
    location_id: UUID | None
    sku: str | None
    name: str | None
    is_stocked: bool
    price_minor: int | None
    price_quantity: int | None
    location_name: str | None
    is_method_offered: bool
    buffer: int
    tax_rate: Decimal
    available: int | None
    kept: int = 0

    @property
    def is_sent(self) -> bool:
        return self.method in SENT

    @property
    def problem(self) -> str | None:
        """The code of what keeps this line from being ordered, if anything does."""
        if self.price_minor is None:
            return "variant_not_offered"
        if not self.is_method_offered:
            return "method_not_offered"
        if self.available is not None and self.available < self.quantity:
            return "out_of_stock"
        return None


_HEADER_COLUMNS = len(Header._fields)


@dataclass(frozen=True)
class CartState:
    """A cart as it stands for one channel: header, lines in order, and what it all costs.

    ``shipping`` is the rate for what is sent; None while nothing is, or nobody knows where to, or
    the channel does not ship there.
    """

    header: Header
    lines: tuple[Line, ...]
    shipping: ShippingPrice | None = None

    @cached_property
    def quote(self) -> Quote:
        """The price of the lines; what is not sold here counts nothing and has a ``problem``."""
        return quote(
            tax_display=self.header.tax_display,
            lines=[
                PricedLine(
                    id=line.variant_id,
                    quantity=line.quantity,
                    price_minor=line.price_minor or 0,
                    price_quantity=line.price_quantity or 1,
                    tax_rate=line.tax_rate,
                    is_sent=line.is_sent,
                )
                for line in self.lines
            ],
            shipping=self.shipping,
        )

    @property
    def now(self) -> datetime:
        """The moment of the reading, or of the transaction in which it was made."""
        return clock.reading(self.header.now)

    @property
    def is_sent(self) -> bool:
        return any(line.is_sent for line in self.lines)

    @property
    def is_held(self) -> bool:
        """Whether a hold was made and has not run out."""
        held_until = self.header.held_until
        return held_until is not None and held_until > self.now

    def check_shipping(self) -> None:
        """Raises: NotShippedThere."""
        header = self.header
        if self.is_sent and header.address_id is not None and self.shipping is None:
            raise NotShippedThere(country=header.country)

    def with_lines(self, lines: Sequence[Line], **header: Any) -> CartState:
        """The state after a change, without reading it again."""
        return CartState(self.header._replace(**header), tuple(lines), self.shipping)


def read_cart(ref: CartRef, *, actor: Actor) -> CartState:
    """The cart, for showing. Raises: NotFound, also where the cart is not the actor's."""
    return _read(READ, ref, actor, {})


def lock_cart(ref: CartRef, *, actor: Actor, wish: Wish | None = None) -> CartState:
    """The cart, locked; the wish comes last among the lines, without an id. Raises: NotFound."""
    if wish is None:
        statement, values = LOCK, {}
    else:
        statement = LOCK_WITH_WISH
        values = {
            "variant": wish.variant_id,
            "quantity": wish.quantity,
            "method": wish.method,
            "location": wish.location_id,
        }
    state = _read(statement, ref, actor, values)
    if state.header.seen != state.header.version:
        state = _read(statement, ref, actor, values)
    return state


def read_setting_quantity(
    ref: CartRef, *, line_id: UUID, quantity: int, version: int, actor: Actor
) -> tuple[CartState, bool]:
    """The cart as it was, and whether the line now has that quantity and the cart a new version.

    For storefronts and carts without a hold; it did not where anything forbids it or stands in
    doubt. Raises: NotFound.
    """
    values = _values(ref, actor) | {
        "line": line_id,
        "quantity": quantity,
        "version": version,
        "customer": actor.customer_id,
        "proof": digest(ref.token) if ref.token else None,
    }
    rows = _rows(SET_QUANTITY, values)
    is_set = bool(rows) and rows[0][-1]
    return _state([row[:-1] for row in rows], ref, actor, values), is_set


def channel_of(ref: CartRef, actor: Actor) -> UUID | None:
    """The channel that looks at the cart: that of the till, or of the storefront."""
    return ref.till.channel_id if ref.till else actor.channel_id


def _read(statement: str, ref: CartRef, actor: Actor, values: dict[str, Any]) -> CartState:
    values = _values(ref, actor) | values
    return _state(_rows(statement, values), ref, actor, values)


def _values(ref: CartRef, actor: Actor) -> dict[str, Any]:
    return {
        "cart": ref.cart_id,
        "channel": channel_of(ref, actor),
        "register": ref.till.register_id if ref.till else None,
        "offset": clock.offset(),
    }


def _state(
    rows: Sequence[tuple[Any, ...]], ref: CartRef, actor: Actor, values: dict[str, Any]
) -> CartState:
    if not rows:
        raise NotFound
    header = Header._make(rows[0][:_HEADER_COLUMNS])
    header = header._replace(now=clock.prime(header.now))
    if not _may_open(header, ref, actor):
        raise NotFound
    lines = tuple(
        Line._make(row[_HEADER_COLUMNS:]) for row in rows if row[_HEADER_COLUMNS + 1] is not None
    )
    if not any(line.is_sent for line in lines):
        return CartState(header, lines)
    return CartState(header, _with_senders(lines, values), _shipping(header))


def _with_senders(lines: Sequence[Line], values: dict[str, Any]) -> tuple[Line, ...]:
    """Lines that name no location, with what all that send have together."""
    homeless = [line for line in lines if line.location_id is None]
    wanted = {
        "variants": [line.variant_id for line in homeless],
        "methods": [line.method for line in homeless],
    }
    found = {(row[0], row[1]): row[2:] for row in _rows(SENT_BY, values | wanted)}
    return tuple(
        line if line.location_id else _with_sender(line, *found[line.variant_id, line.method])
        for line in lines
    )


def _with_sender(line: Line, is_offered: bool, units: int) -> Line:
    available = units if line.is_stocked else None
    return line._replace(is_method_offered=is_offered, buffer=0, available=available)


def _shipping(header: Header) -> ShippingPrice | None:
    if header.address_id is None:
        return None
    today = clock.reading(header.now).date()
    try:
        return shipping_price(
            channel_id=header.channel_id, country=header.country, region=header.region, on=today
        )
    except NotShippedThere:
        return None


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with hot_cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _may_open(header: Header, ref: CartRef, actor: Actor) -> bool:
    """Its customer, whoever holds its token, and the till at which it is open."""
    if ref.till is not None:
        return header.register_id == ref.till.register_id
    if actor.channel_id is None:
        return False
    if actor.customer_id is not None and header.customer_id is not None:
        return header.customer_id == actor.customer_id
    return matches(ref.token, header.token_digest)
