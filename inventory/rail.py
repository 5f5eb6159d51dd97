"""The app's entries of the console's rail, and what it understands of scans and words."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from inventory.catalog.pictures import pictures_of
from inventory.catalog.unknown_codes import SUBJECT
from inventory.stock import looking
from inventory.stock.looking import FoundVariant
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.screens import codes, moment, navigation, subjects
from omni.screens.codes import Hit
from omni.screens.navigation import CONSOLE, Entry
from omni.screens.place import Place

MOST = 5

navigation.register(
    CONSOLE, Entry("stock", _("Stock"), "boxes", "console:stock", 60, Permission.STOCK_VIEW)
)


def _goods(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """Barcodes and SKUs as a whole; else names, from three letters on."""
    here = place.location_id if place else None
    if not actor.may(Permission.STOCK_VIEW, location_id=here):
        return []
    now = moment.now()
    exact = looking.exact_variants(text, location_id=here, now=now)
    found = exact
    if not exact and len(text) >= 3:
        found = looking.find_variants(text, location_id=here, now=now, limit=MOST)
    pictures = pictures_of([each.id for each in found])
    page = "console:stock-variant" if place else "office:stock-variant"
    return [
        Hit(
            kind=_("Product"),
            label=each.label,
            detail=_detail(each, place),
            url=reverse(page, args=[each.id]),
            icon="boxes",
            picture=pictures[each.id].url if each.id in pictures else "",
            exact=bool(exact),
        )
        for each in found
    ]


def _detail(found: FoundVariant, place: Place | None) -> str:
    if place is None:
        return found.sku
    return str(_("%(sku)s, %(units)d to sell here")) % {
        "sku": found.sku,
        "units": found.available,
    }


codes.register("goods", _goods, order=60)
subjects.register(SUBJECT, lambda about: reverse("console:unknown-code", args=[about.pk]))
