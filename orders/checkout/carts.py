"""What customers do with a cart: begin it, put things in, change and remove them, say who they are.

Every change names the version that it was made on; another one answers ``cart_changed``. A change
of lines takes a live hold with it: the same moment of expiry, the new quantities, or it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from customers.identity.canonical import Given, canonical
from customers.identity.models import IdentifierKind
from customers.profiles import postal
from inventory.channels.operations import ChannelClosed
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.core.secrets import digest
from omni.core.statements import hot_cursor
from omni.core.transactions import joined
from omni.events import operations as events
from orders.checkout import holds
from orders.checkout.checking import (
    check_line,
    check_quantity,
    check_wish,
    open_for_change,
)
from orders.checkout.errors import CartFull
from orders.checkout.reading import (
    CartRef,
    CartState,
    Line,
    Wish,
    read_cart,
    read_setting_quantity,
)
from orders.events import CartLineAdded
from orders.sales.drafts import AddressDraft
from orders.sales.tokens import CART, new_token

MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Contact:
    """Who orders: at least an e-mail or a phone, unless it is at a till."""

    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class OpenedCart:
    """A cart and, for a guest, the token that proves it."""

    state: CartState
    token: str = ""
    created: bool = True


_CREATE = """
INSERT INTO orders_cart (id, channel_id, customer_id, status, version, currency, token_digest,
    device_id, contact_name, email, phone, handoff_digest, created_at, updated_at)
SELECT %(id)s, ch.id, %(customer)s, 'active', 1, ch.currency, %(digest)s, %(device)s, '', '', '',
    '', moment, moment
FROM inventory_channel ch, (SELECT clock_timestamp() + %(offset)s AS moment) m
WHERE ch.id = %(channel)s AND ch.status = 'open'
ON CONFLICT (currency, customer_id) WHERE customer_id IS NOT NULL AND status = 'active' DO NOTHING
RETURNING id
"""
_OWN = """
SELECT c.id FROM orders_cart c JOIN inventory_channel ch ON ch.currency = c.currency
WHERE ch.id = %s AND c.customer_id = %s AND c.status IN ('active', 'at_till')
ORDER BY c.status LIMIT 1
"""


@joined
def create_cart(*, device_id: str = "", actor: Actor) -> OpenedCart:
    """Begin a cart in the actor's channel. A customer has one a currency: a repeat returns it.

    Raises: ChannelClosed.
    """
    if actor.customer_id:
        own = _one(_OWN, [actor.channel_id, actor.customer_id])
        if own:
            return OpenedCart(read_cart(CartRef(own[0]), actor=actor), created=False)
    cart_id = uuid7()
    token = "" if actor.customer_id else new_token(CART, cart_id)
    values = {
        "id": cart_id,
        "channel": actor.channel_id,
        "customer": actor.customer_id,
        "digest": digest(token) if token else "",
        "device": device_id or actor.device,
        "offset": clock.offset(),
    }
    if _one(_CREATE, values) is None:
        own = _one(_OWN, [actor.channel_id, actor.customer_id])
        if own is None:
            raise ChannelClosed
        return OpenedCart(read_cart(CartRef(own[0]), actor=actor), created=False)
    return OpenedCart(read_cart(CartRef(cart_id, token), actor=actor), token)


@joined
def add_line(*, cart: CartRef, version: int, wish: Wish, actor: Actor) -> CartState:
    """Put a quantity of a variant into a cart; what is there already in the same way grows.

    Raises: CartChanged and what else forbids a change, QuantityOutOfRange, VariantNotOffered,
    MethodNotOffered, LocationMissing, OutOfStock, CartFull. Locks: cart. Emits: cart.line_added.
    """
    check_wish(wish)
    state = open_for_change(cart, version, actor=actor, wish=wish)
    wished, present = state.lines[-1], state.lines[:-1]
    same = next((line for line in present if _is_same(line, wished)), None)
    if same is None and len(present) >= MAX_LINES:
        raise CartFull(limit=MAX_LINES)
    quantity = wished.quantity + (same.quantity if same else 0)
    line = wished._replace(id=same.id if same else uuid7(), quantity=quantity)
    check_line(line)
    if same:
        _write(state, _UPDATE_LINE, line=line.id, quantity=quantity)
        lines = tuple(line if each is same else each for each in present)
    else:
        _write(
            state,
            _INSERT_LINE,
            line=line.id,
            variant=line.variant_id,
            quantity=quantity,
            method=line.method,
            location=line.location_id,
        )
        lines = (*present, line)
    changed = _after(state, lines)
    holds.follow(changed, actor=actor)
    events.record(_added(state, wish), actor=actor)
    return changed


def change_line(
    *, cart: CartRef, line_id: UUID, version: int, quantity: int, actor: Actor
) -> CartState:
    """Set the quantity of a line.

    The commonest change of all: where nothing speaks against it and no hold follows it, one
    statement reads, compares and sets. All else is left to the locked form, which says why not.

    Raises: CartChanged and what else forbids a change, QuantityOutOfRange, VariantNotOffered,
    MethodNotOffered, OutOfStock; NotFound for a line that is not in this cart. Locks: cart.
    """
    check_quantity(quantity)
    if cart.till is None:
        state, is_set = read_setting_quantity(
            cart, line_id=line_id, quantity=quantity, version=version, actor=actor
        )
        if is_set:
            return _with_quantity(state, line_id, quantity)
    return _change_locked(cart, line_id, version, quantity, actor)


@joined
def _change_locked(
    cart: CartRef, line_id: UUID, version: int, quantity: int, actor: Actor
) -> CartState:
    state = open_for_change(cart, version, actor=actor)
    changed = _with_quantity(state, line_id, quantity)
    check_line(_line(changed, line_id))
    _write(state, _UPDATE_LINE, line=line_id, quantity=quantity)
    holds.follow(changed, actor=actor)
    return changed


def _with_quantity(state: CartState, line_id: UUID, quantity: int) -> CartState:
    line = _line(state, line_id)._replace(quantity=quantity)
    return _after(state, tuple(line if each.id == line_id else each for each in state.lines))


@joined
def remove_line(*, cart: CartRef, line_id: UUID, version: int, actor: Actor) -> CartState:
    """Take a line out of a cart. Raises: as ``change_line``. Locks: cart."""
    state = open_for_change(cart, version, actor=actor)
    _line(state, line_id)
    _write(state, _DELETE_LINE, line=line_id)
    changed = _after(state, tuple(line for line in state.lines if line.id != line_id))
    holds.follow(changed, actor=actor)
    return changed


@joined
def set_contact(
    *,
    cart: CartRef,
    version: int,
    contact: Contact | None = None,
    address: AddressDraft | None = None,
    actor: Actor,
) -> CartState:
    """Say who orders and where it is shipped; what is not given stays.

    E-mail and phone are kept in canonical form. Raises: InvalidIdentifier, InvalidAddress,
    CartChanged and what else forbids a change. Locks: cart.
    """
    state = open_for_change(cart, version, actor=actor)
    values: dict[str, Any] = {"version": version + 1}
    if contact:
        clean = canonical_contact(contact, region=state.header.channel_country)
        values |= {"contact_name": clean.name, "email": clean.email, "phone": clean.phone}
        _write(state, _SET_CONTACT, name=clean.name, email=clean.email, phone=clean.phone)
    else:
        _write(state, _TOUCH)
    if address:
        _write_address(state.header.id, _cleaned(address))
        # Its country decides on tax and shipping, so what it all costs is read again.
        return read_cart(cart, actor=actor)
    return state.with_lines(state.lines, **values)


def canonical_contact(contact: Contact, *, region: str) -> Contact:
    """E-mail and phone as identities compare them. Raises: InvalidIdentifier."""
    email, phone = contact.email.strip(), contact.phone.strip()
    if email:
        email = canonical(Given(IdentifierKind.EMAIL, email), region=region).value
    if phone:
        phone = canonical(Given(IdentifierKind.PHONE, phone), region=region).value
    return replace(contact, name=contact.name.strip(), email=email, phone=phone)


# --- steps ----------------------------------------------------------------------------------------

_CART = """
WITH c AS (
    UPDATE orders_cart SET version = version + 1, updated_at = %(now)s, channel_id = %(channel)s
    WHERE id = %(cart)s RETURNING id)
"""
_INSERT_LINE = (
    _CART
    + """
INSERT INTO orders_cartline (id, cart_id, variant_id, quantity, method, location_id, added_at)
SELECT %(line)s, c.id, %(variant)s, %(quantity)s, %(method)s, %(location)s, %(now)s FROM c
"""
)
_UPDATE_LINE = (
    _CART  # noqa: S608
    + "UPDATE orders_cartline l SET quantity = %(quantity)s FROM c WHERE l.id = %(line)s"
)
_DELETE_LINE = _CART + "DELETE FROM orders_cartline l USING c WHERE l.id = %(line)s"  # noqa: S608
_SET_CONTACT = """
UPDATE orders_cart SET version = version + 1, updated_at = %(now)s, channel_id = %(channel)s,
    contact_name = %(name)s, email = %(email)s, phone = %(phone)s
WHERE id = %(cart)s
"""
_TOUCH = _CART + "SELECT id FROM c"  # noqa: S608
_SET_ADDRESS = """
INSERT INTO orders_cartaddress (cart_id, name, street, postal_code, city, region, country, phone)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (cart_id) DO UPDATE SET
    name = excluded.name, street = excluded.street, postal_code = excluded.postal_code,
    city = excluded.city, region = excluded.region, country = excluded.country,
    phone = excluded.phone
"""


def _write(state: CartState, statement: str, **values: Any) -> None:
    header = state.header
    common = {"cart": header.id, "channel": header.channel_id, "now": state.now}
    with hot_cursor() as cursor:
        cursor.execute(statement, common | values)


def _write_address(cart_id: UUID, address: AddressDraft) -> None:
    values = [
        cart_id,
        address.name,
        address.street,
        address.postal_code,
        address.city,
        address.region,
        address.country,
        address.phone,
    ]
    with hot_cursor() as cursor:
        cursor.execute(_SET_ADDRESS, values)


def _cleaned(address: AddressDraft) -> AddressDraft:
    """Raises: InvalidAddress."""
    clean = postal.cleaned(
        postal.AddressDraft(
            name=address.name,
            street=address.street,
            city=address.city,
            country=address.country,
            postal_code=address.postal_code,
            region=address.region,
            phone=address.phone,
        )
    )
    return AddressDraft(
        name=clean.name,
        street=clean.street,
        city=clean.city,
        country=clean.country,
        postal_code=clean.postal_code,
        region=clean.region,
        phone=clean.phone,
    )


def _after(state: CartState, lines: tuple[Line, ...]) -> CartState:
    header = state.header
    return state.with_lines(lines, version=header.version + 1, updated_at=state.now)


def _line(state: CartState, line_id: UUID) -> Line:
    for line in state.lines:
        if line.id == line_id:
            return line
    raise NotFound


def _is_same(line: Line, wished: Line) -> bool:
    return (line.variant_id, line.method, line.location_id) == (
        wished.variant_id,
        wished.method,
        wished.location_id,
    )


def _added(state: CartState, wish: Wish) -> CartLineAdded:
    header = state.header
    return CartLineAdded(
        cart_id=header.id,
        customer_id=header.customer_id,
        channel_id=header.channel_id,
        variant_id=wish.variant_id,
        quantity=wish.quantity,
        location_id=wish.location_id,
        device=header.device_id,
    )


def _one(statement: str, values: Any) -> tuple[Any, ...] | None:
    with hot_cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
