"""To look around: home, the list with its filters, a product, the stores near the visitor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views import View

from omni.screens.amounts import AmountNotUnderstood, typed_amount
from omni.shop import visitor
from omni.shop.client import Api, Caller, ShopProblem
from omni.shop.forms import PlaceForm
from omni.shop.page import ShopPage
from omni.shop.tags import paint

SORTS = {
    "relevance": _lazy("Best match"),
    "newest": _lazy("Newest"),
    "price": _lazy("Price, lowest first"),
    "-price": _lazy("Price, highest first"),
    "name": _lazy("Name"),
}
NEW_SHOWN = 8
PAGE = 24


class Channels(View):
    """``/shop/``: which shop of the house."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not settings.SHOP_CHANNELS:
            raise Http404
        found = []
        for code, key in settings.SHOP_CHANNELS.items():
            try:
                facts = Api(key=key, caller=Caller.of(request)).get("channel")
            except ShopProblem:
                continue
            found.append({"code": code, **facts})
        return render(request, "shop/channels.html", {"channels": found})


class Home(ShopPage):
    """What is new, and the ways in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = self.kept("newest", "products", {"limit": 60, "language": self.language})["results"]
        return self.show(
            "home",
            {
                "title": _("Home"),
                "new": rows[:NEW_SHOWN],
                "hero": rows[0] if rows else None,
                "doors": self._doors(rows),
            },
        )

    def _doors(self, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The categories at the root, each with a picture of something in it."""
        above = {row["id"]: row["parent_id"] for row in self.categories}
        pictures: dict[str, Any] = {}
        for row in rows:
            root = row["category_id"]
            while above.get(root):
                root = above[root]
            if row["picture"]:
                pictures.setdefault(root, row["picture"])
        return [{**root, "picture": pictures.get(root["id"])} for root in self.roots]


class Products(ShopPage):
    """The list, narrowed by what the address says; the same page while somebody types."""

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
        here = self.store if asked["here"] else None
        wanted = {
            "search": asked["search"][:200],
            "category": asked["category"],
            "brand": asked["brand"],
            "sort": asked["sort"] if asked["sort"] in SORTS else "",
            "store": here["code"] if here else "",
            "price_min": self._minor(asked["min"]),
            "price_max": self._minor(asked["max"]),
            "cursor": asked["cursor"],
            "language": self.language,
            "facets": "true",
            "limit": PAGE,
        }
        try:
            page = self.api.get("products", wanted | self.near)
        except ShopProblem as problem:
            if problem.code not in ("invalid", "invalid_cursor"):
                raise
            # A category, store or cursor of an old link: the rest of the question still counts.
            page = self.api.get("products", wanted | self.near | _FORGOTTEN)
        return self._shown(asked, page, here)

    def _shown(
        self, asked: dict[str, str], page: dict[str, Any], here: dict[str, Any] | None
    ) -> HttpResponse:
        known = {row["slug"]: row for row in self.categories}
        category = known.get(asked["category"])
        title = category["name"] if category else _("All products")
        facts = {}
        if asked["search"]:
            title = _("“%(words)s”") % {"words": asked["search"]}
            facts = {"query": asked["search"], "results": len(page["results"])}
        return self.show(
            "products",
            {
                "title": title,
                "facts": facts,
                "asked": asked,
                "category": category,
                "below": [row for row in self.categories if self._is_below(row, category)],
                "page": page,
                "rows": [self._placed(row, page["stores"]) for row in page["results"]],
                "facets": page.get("facets", {}),
                "here": here,
                "sorts": [
                    (name, label)
                    for name, label in SORTS.items()
                    if name != "relevance" or asked["search"]
                ],
                "is_narrowed": any(asked[name] for name in ("brand", "min", "max", "here")),
            },
        )

    def _placed(self, row: dict[str, Any], stores: list[dict[str, Any]]) -> dict[str, Any]:
        """The product, and the nearest store that has it if we know what is near."""
        names = {each["code"]: each["name"] for each in stores} if self.near else {}
        having = [each["store"] for each in row["availability"] if each["available"]]
        return {**row, "there": next((names[code] for code in having if code in names), "")}

    def _is_below(self, row: dict[str, Any], category: dict[str, Any] | None) -> bool:
        return row["parent_id"] == (category["id"] if category else None)

    def _minor(self, typed: str) -> int | None:
        """An amount of a filter; one that nobody can read filters nothing."""
        try:
            return typed_amount(typed, self.channel["currency"]) if typed else None
        except AmountNotUnderstood:
            return None


FILTERS = ("search", "category", "brand", "min", "max", "sort", "here", "cursor")
_FORGOTTEN = {"category": "", "store": "", "cursor": ""}


class Product(ShopPage):
    """One product: its pictures, what one can choose, and where it is."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        product = self.api.get(f"products/{slug}", {"language": self.language})
        where = self.api.get(f"products/{slug}/availability", {**self.near, "limit": 25})
        variant = _chosen(product["variants"], request.GET.get("v", ""))
        return self.show(
            "product",
            {
                "title": product["name"],
                "facts": {"product_id": product["id"]},
                "product": product,
                "variant": variant,
                "pictures": _pictures(product, variant),
                "options": list(_options(product, variant)),
                "places": self._places(where, variant),
                "is_sent": variant["available"] is None or variant["available"] > 0,
            },
        )

    def _places(self, where: dict[str, Any], variant: dict[str, Any]) -> list[dict[str, Any]]:
        """Stores with what they have of this variant: those that have it first, near ones first."""
        near = {row["code"]: row for row in where["stores"]}
        told = {row["code"]: row for row in self.stores}
        units = next(row["stores"] for row in where["variants"] if row["id"] == variant["id"])
        rows = [
            {**told.get(each["store"], {}), **near[each["store"]], "available": each["available"]}
            for each in units
        ]
        own = self.visitor.store
        return sorted(rows, key=lambda row: (not row["available"], row["code"] != own))


def _chosen(variants: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    """The variant of the address, else the first that can be had."""
    named = [each for each in variants if each["id"] == wanted]
    there = [each for each in variants if each["is_available"]]
    return [*named, *there, *variants][0]


def _pictures(product: dict[str, Any], variant: dict[str, Any]) -> list[dict[str, Any]]:
    """The variant's own, then the product's, but none that shows another variant."""
    media = product["media"]
    own = [each for each in media if each["variant_id"] == variant["id"]]
    others = {each["url"] for each in media if each["variant_id"] not in (None, variant["id"])}
    shared = [each for each in media if each["variant_id"] is None]
    fitting = [each for each in shared if not own or each["url"] not in others]
    return list({each["url"]: each for each in [*own, *fitting]}.values())[:6]


def _options(
    product: dict[str, Any], variant: dict[str, Any]
) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """Per option its values; each leads to the variant with it, and the rest as far as it goes."""
    # Colours first: they change the picture.
    for name in sorted(variant["options"], key=lambda name: not paint(variant["options"][name])):
        values: dict[str, dict[str, Any]] = {}
        for each in product["variants"]:
            value = each["options"].get(name)
            if value is None:
                continue
            alike = sum(
                each["options"].get(other) == own for other, own in variant["options"].items()
            )
            known = values.get(value)
            if known is None or alike > known["alike"]:
                values[value] = {
                    "value": value,
                    "variant": each,
                    "alike": alike,
                    "is_chosen": value == variant["options"][name],
                    "picture": next(
                        (m for m in product["media"] if m["variant_id"] == each["id"]), None
                    ),
                }
        yield name, list(values.values())


class Near(ShopPage):
    """The stores, nearest first once we may know where; one of them is the visitor's own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = {**self.near, "service": "pickup", "limit": 50}
        rows = self.api.get("stores", wanted)["results"]
        back = self.way(request.GET.get("next", ""), "")
        return self.show("near", {"title": _("Our stores"), "rows": rows, "next": back})

    def post(self, request: HttpRequest) -> HttpResponse:
        given = self.form(PlaceForm).cleaned_data
        to = self.way(request.POST.get("next", ""), self.url("near"))
        if given["forget"]:
            self.visitor.store, self.visitor.place = "", []
            return self.lead(to, _("We forgot where you are."))
        if given["lat"] is not None and given["lon"] is not None:
            # To a kilometre: enough to know what is near, too little to know the house.
            self.visitor.place = [round(given["lat"], 2), round(given["lon"], 2)]
            nearest = self.api.get("stores", {**self.near, "service": "pickup", "limit": 1})
            self.visitor.store = next((row["code"] for row in nearest["results"]), "")
            return self.lead(to, self._now_near())
        if given["store"] in {row["code"] for row in self.stores}:
            self.visitor.store = given["store"]
            return self.lead(to, self._now_near())
        return self.lead(to)

    def _now_near(self) -> str:
        store = self.store
        return _("%(store)s is your store now.") % {"store": store["name"]} if store else ""


class StorePage(ShopPage):
    """One store with its hours of the week."""

    def get(self, request: HttpRequest, store: str) -> HttpResponse:
        row = self.api.get(f"stores/{store}", self.near)
        return self.show("store", {"title": row["name"], "row": row})


class Consent(ShopPage):
    """Whether the shop may remember what is looked at."""

    def post(self, request: HttpRequest) -> HttpResponse:
        is_granted = request.POST.get("consent") == visitor.YES
        self.visitor.consent = visitor.YES if is_granted else visitor.NO
        self.visitor.device = (self.visitor.device or str(uuid4())) if is_granted else ""
        # The page that they came from is shown again, and with it the ad that led there is told.
        return self.lead(self.back())
