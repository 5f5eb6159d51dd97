"""Who orders, and how they are reached.

Whoever is signed in orders for themselves: what the order lacks of a contact comes from what they
proved to be theirs. A guest is whom the contact names. With a blocked customer nobody deals, in
whatever way they are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import IdentifierKind
from customers.identity.queries import reach_of
from customers.profiles.models import CustomerStatus
from omni.access.actor import Actor
from omni.core.errors import NotAllowed
from orders.checkout.carts import Contact, canonical_contact
from orders.checkout.errors import ContactMissing
from orders.checkout.reading import CartRef, CartState


class CustomerBlocked(NotAllowed):
    code = "customer_blocked"
    message = _("Orders of this customer are not taken. Please ask customer service.")


@dataclass(frozen=True, slots=True)
class Buyer:
    """The contact of an order, and its customer as far as known without the contact."""

    contact: Contact
    customer_id: UUID | None = None


def buyer_of(state: CartState, cart: CartRef, given: Contact | None, actor: Actor) -> Buyer:
    """Who orders; nothing is written. At a till nobody needs to be reached.

    Raises: InvalidIdentifier, ContactMissing, CustomerBlocked.
    """
    header = state.header
    contact = Contact(header.contact_name, header.email, header.phone)
    if given is not None:
        contact = canonical_contact(given, region=header.channel_country)
    customer_id = header.customer_id or (None if cart.till else actor.customer_id)
    if customer_id is not None:
        contact = _known(customer_id, contact, cart)
    if not (contact.email or contact.phone or cart.till):
        raise ContactMissing
    return Buyer(contact, customer_id)


def customer_of(buyer: Buyer, state: CartState, actor: Actor) -> UUID | None:
    """Whose order it is: a guest becomes the customer whom the contact names.

    Raises: CustomerBlocked. Locks, Emits: as ``identity.resolve``.
    """
    if buyer.customer_id is not None:
        return buyer.customer_id
    contact = buyer.contact
    named = ((IdentifierKind.EMAIL, contact.email), (IdentifierKind.PHONE, contact.phone))
    given = [Given(kind, value) for kind, value in named if value]
    if not given:
        return None
    customer = identity.resolve(
        identifiers=given,
        name=contact.name,
        channel_id=state.header.channel_id,
        region=state.header.channel_country,
        actor=actor,
    ).customer
    if customer.status == CustomerStatus.BLOCKED:
        raise CustomerBlocked
    return customer.id


def _known(customer_id: UUID, contact: Contact, cart: CartRef) -> Contact:
    reach = reach_of(customer_id)
    if reach is None:
        return contact
    if reach.status == CustomerStatus.BLOCKED:
        raise CustomerBlocked
    if contact.email or contact.phone or cart.till:
        return contact
    return Contact(contact.name or reach.name, reach.email, reach.phone)
