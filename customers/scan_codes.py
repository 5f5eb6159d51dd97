"""What the one field makes of a customer: names in any script, phones, e-mails and cards."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.identity.queries import masked
from customers.profiles import search
from customers.profiles.models import Customer
from customers.profiles.queries import find_customers
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.text import search_key
from omni.screens import codes
from omni.screens.codes import Hit
from omni.screens.place import Place

MOST = 5


def understand(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """The likeliest customers. A whole e-mail, phone or card opens its customer."""
    if not actor.may(Permission.CUSTOMERS_VIEW) or not search.query(text):
        return []
    found = find_customers(actor=actor, text=text, limit=MOST).customers
    contacts = masked([each.id for each in found])
    page = "console:customer" if place else "office:customer"
    return [
        Hit(
            kind=_("Customer"),
            label=each.name or str(_("No name yet")),
            url=reverse(page, args=[each.id]),
            icon="user-round",
            detail=" · ".join(contacts.get(each.id, [])),
            exact=_is_whole(text, each),
        )
        for each in found
    ]


def _is_whole(text: str, customer: Customer) -> bool:
    """Whether the text is one of their identifiers, not just a part."""
    keys = set(customer.identifier_keys)
    digits = search.phone_fragment(text)
    if digits:
        return search.DIGITS + digits in keys
    word = search_key(text)
    return search.EMAIL + word in keys or search.NUMBER + "".join(word.split()) in keys


codes.register("customers", understand, order=40)
