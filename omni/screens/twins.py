"""Pages that are there twice: at the store's console and in the back office.

What a search, an incident or a movement of stock leads to is said once, as a page of the console;
asked from the back office it is the page there that shows the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, Resolver404, resolve, reverse

# Of the console, in the office. Both take the same arguments.
_TWINS: Mapping[str, str] = {
    "console:order": "office:order",
    "console:customer": "office:customer",
    "console:stock-variant": "office:stock-variant",
    "console:incident": "office:incident",
}
# Lists of reference data whose rows have a page of their own.
_PAGES: Mapping[str, str] = {
    "orders.order": "office:order",
    "customers.customer": "office:customer",
    "inventory.variant": "office:stock-variant",
    "omni.incident": "office:incident",
    "omni.message": "office:message",
}


def page_of(label: str, pk: Any) -> str:
    """The page of our own that shows this row of a list; "" if there is none."""
    return reverse(_PAGES[label], args=[pk]) if label in _PAGES else ""


def in_office(url: str) -> str:
    """The address in the back office; the console's own where there is none."""
    path = url.partition("?")[0]
    try:
        match = resolve(path)
        twin = _TWINS.get(match.view_name)
        return reverse(twin, args=match.args, kwargs=match.kwargs) if twin else url
    except (Resolver404, NoReverseMatch):
        return url
