"""The list of stock levels over all places: its filters as a sentence, and its rows. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.catalog.models import Category, Product
from inventory.catalog.search import matching
from inventory.locations.models import Location
from inventory.stock.models import StockLevel
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.screens import sentences
from omni.screens.sentences import Part, is_id, typed

LOW = 2
KEYS = ("variant__product__name", "variant__position", "id")
_LEFT = F("unavailable") + F("committed") + F("held") + F("safety")
SHOWN: Mapping[str, tuple[Promise, Q]] = {
    "short": (gettext_lazy("what is promised and lacking"), Q(shortfall__gt=0)),
    "low": (
        gettext_lazy("what is nearly sold out"),
        Q(on_hand__gt=_LEFT, on_hand__lte=_LEFT + LOW),
    ),
    "out": (gettext_lazy("what cannot be sold"), Q(on_hand__lte=_LEFT)),
    "promised": (gettext_lazy("what is promised"), Q(committed__gt=0) | Q(held__gt=0)),
    "aside": (gettext_lazy("what is not for sale"), Q(unavailable__gt=0)),
}
NAMES = ("show", "store", "category", "q")


@dataclass(frozen=True, slots=True)
class Filters(sentences.Filters):
    """What was asked, checked."""

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        """Unknown values are left out."""
        found = {name: typed(given, name) for name in NAMES}
        if found["show"] not in SHOWN:
            found["show"] = ""
        for name in ("store", "category"):
            if not is_id(found[name]):
                found[name] = ""
        return cls({name: text for name, text in found.items() if text})

    def apply(self, rows: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
        """The levels that fit."""
        values = self.values
        if "show" in values:
            rows = rows.filter(SHOWN[values["show"]][1])
        if "store" in values:
            rows = rows.filter(location_id=values["store"])
        if "category" in values:
            rows = rows.filter(
                Q(variant__product__category_id=values["category"])
                | Q(variant__product__category__parent_id=values["category"])
            )
        text = values.get("q", "")
        if text:
            named = matching(Product.objects.all(), text).values("pk")
            rows = rows.filter(Q(variant__product__in=named) | Q(variant__sku__iexact=text))
        return rows

    def parts(self, places: Sequence[Location], categories: Sequence[Category]) -> list[Part]:
        """The sentence: Show all stock in all places of all categories."""
        shown = [(name, str(label)) for name, (label, _rule) in SHOWN.items()]
        return [
            self.part("show", _("Show"), _("all stock"), shown),
            self.part("store", _("in"), _("all places"), [(str(p.pk), p.name) for p in places]),
            self.part(
                "category", _("of"), _("all categories"), [(str(c.pk), c.name) for c in categories]
            ),
        ]


def levels_visible_to(actor: Actor) -> QuerySet[StockLevel]:
    """The levels of places whose stock the actor may see, with what names them."""
    rows = StockLevel.objects.select_related("variant__product", "location")
    granted = actor.location_ids(Permission.STOCK_VIEW)
    return rows if granted is None else rows.filter(location_id__in=granted)
