"""The address book: all writes to a customer's addresses. Orders keep their own copies."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.events import CustomerChanged
from customers.profiles.models import Address, Customer
from customers.profiles.operations import locked_customer
from customers.profiles.postal import AddressChanges, AddressDraft, PostalWarning, cleaned, warnings
from omni.access.actor import Actor
from omni.access.authorship import signed_by
from omni.core import clock
from omni.core.errors import Conflict, NotFound
from omni.events import operations as events

MAX_ADDRESSES = 50


class AddressBookFull(Conflict):
    code = "address_book_full"
    message = _("The address book is full. Remove an address first.")


@dataclass(frozen=True, slots=True)
class SavedAddress:
    """The stored address and what looks wrong about it."""

    address: Address
    warnings: list[PostalWarning]


@transaction.atomic
def add_address(
    *, customer_id: UUID, draft: AddressDraft, is_default: bool = False, actor: Actor
) -> SavedAddress:
    """The book has one address more; the first one is the default. Doubts warn, never refuse.

    Raises: NotFound, CustomerErased, InvalidAddress, AddressBookFull. Locks: the customer.
    Emits: customer.changed.
    """
    customer = locked_customer(customer_id)
    draft = cleaned(draft)
    existing = customer.addresses.count()
    if existing >= MAX_ADDRESSES:
        raise AddressBookFull(limit=MAX_ADDRESSES)
    is_default = is_default or not existing
    if is_default:
        with signed_by(actor):
            _clear_default(customer)
    address = Address.objects.create(
        customer=customer, is_default=is_default, created_at=clock.now(), **asdict(draft)
    )
    _record(customer, actor)
    return SavedAddress(address, warnings(address))


@transaction.atomic
def change_address(
    *,
    customer_id: UUID,
    address_id: UUID,
    changes: AddressChanges,
    is_default: bool | None = None,
    actor: Actor,
) -> SavedAddress:
    """The address says something else from now on; the old text stays in its history.

    The default stays the default until another one takes its place.
    Raises: NotFound, CustomerErased, InvalidAddress. Locks: the customer.
    Emits: customer.changed.
    """
    customer = locked_customer(customer_id)
    address = _own_address(customer, address_id)
    before = {field.name: getattr(address, field.name) for field in fields(AddressDraft)}
    draft = cleaned(AddressDraft(**before | changes.given()))
    for name, value in asdict(draft).items():
        setattr(address, name, value)
    with signed_by(actor):
        if is_default and not address.is_default:
            _clear_default(customer)
            address.is_default = True
        address.save()
    _record(customer, actor)
    return SavedAddress(address, warnings(address))


@transaction.atomic
def remove_address(*, customer_id: UUID, address_id: UUID, actor: Actor) -> None:
    """The address leaves the book; the oldest of the others becomes the default.

    Raises: NotFound (also on repeat), CustomerErased. Locks: the customer.
    Emits: customer.changed.
    """
    customer = locked_customer(customer_id)
    address = _own_address(customer, address_id)
    was_default = address.is_default
    with signed_by(actor):
        address.delete()
        heir = customer.addresses.order_by("created_at", "id").first() if was_default else None
        if heir:
            heir.is_default = True
            heir.save(update_fields=["is_default"])
    _record(customer, actor)


def _own_address(customer: Customer, address_id: UUID) -> Address:
    address: Address | None = customer.addresses.filter(id=address_id).first()
    if address is None:
        raise NotFound
    return address


def _clear_default(customer: Customer) -> None:
    customer.addresses.filter(is_default=True).update(is_default=False)


def _record(customer: Customer, actor: Actor) -> None:
    events.record(CustomerChanged(customer.id, ("addresses",)), actor=actor)
