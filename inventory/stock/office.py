"""Stock in the back office: a list over all places, and one variant wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from inventory.catalog.models import Category, Listing, Variant
from inventory.catalog.pictures import Picture, pictures_of
from inventory.locations.queries import channels_visible_to, locations_visible_to
from inventory.stock import console_parts as parts
from inventory.stock import looking
from inventory.stock.looking import StockAt, named
from inventory.stock.models import StockLevel
from inventory.stock.office_levels import KEYS, Filters, levels_visible_to
from omni.access.permissions import Permission
from omni.rest.pagination import page
from omni.screens import moment
from omni.screens.tables import csv_file
from omni.screens.views import Screen

ROWS = 50
EXPORTED = 100_000


class StockList(Screen):
    """The levels of all places that one may see."""

    permission = Permission.STOCK_VIEW
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        filters = Filters.read(request.GET)
        rows = filters.apply(levels_visible_to(self.actor))
        found = page(rows, keys=KEYS, cursor=request.GET.get("after"), limit=ROWS)
        pictures = pictures_of({row.variant_id for row in found.rows})
        places = locations_visible_to(self.actor, Permission.STOCK_VIEW).order_by("name", "pk")
        categories = Category.objects.order_by("position", "name", "pk")
        query = filters.query()
        context = {
            "filters": filters,
            "parts": filters.parts(list(places), list(categories)),
            "rows": [_told(row, pictures) for row in found.rows],
            "query": query,
            "text": filters.values.get("q", ""),
            "after": f"?{query}&{urlencode({'after': found.next})}" if found.next else "",
            "before": f"?{query}" if request.GET.get("after") else "",
        }
        return self.show("office/stock/list.html", context)


def _told(row: StockLevel, pictures: dict[UUID, Picture]) -> dict[str, Any]:
    variant = row.variant
    return {
        "row": row,
        "label": named(variant.product.name, variant.name, variant.options),
        "picture": pictures.get(row.variant_id, Picture("", "")),
        "to_sell": max(0, row.available),
        "promised": row.committed + row.held,
    }


class StockExport(Screen):
    """The levels that fit the filters, as a file for spreadsheets."""

    permission = Permission.STOCK_VIEW
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponseBase:
        rows = Filters.read(request.GET).apply(levels_visible_to(self.actor)).order_by(*KEYS)
        return csv_file("stock.csv", _head(), _rows(rows[:EXPORTED]))


def _head() -> list[str]:
    return [
        _("SKU"),
        _("Product"),
        _("Place"),
        _("On hand"),
        _("To sell"),
        _("Committed"),
        _("Held"),
        _("Not for sale"),
        _("Safety"),
        _("Incoming"),
        _("Lacking"),
    ]


def _rows(levels: Any) -> Iterator[Sequence[Any]]:
    for row in levels.iterator(chunk_size=1000):
        variant = row.variant
        yield [
            variant.sku,
            named(variant.product.name, variant.name, variant.options),
            row.location.name,
            row.on_hand,
            max(0, row.available),
            row.committed,
            row.held,
            row.unavailable,
            row.safety,
            row.incoming,
            row.shortfall,
        ]


class VariantStock(Screen):
    """One variant: all places, the history of one of them, prices and codes."""

    permission = Permission.STOCK_VIEW
    needs_place = False

    def get(self, request: HttpRequest, variant_id: UUID) -> HttpResponse:
        variant = parts.variant_sold_in(variant_id, None)
        everywhere = self._everywhere(variant_id)
        asked = request.GET.get("at", "")
        at = next((each for each in everywhere if str(each.location_id) == asked), None)
        at = at or (everywhere[0] if everywhere else None)
        listings = Listing.objects.filter(
            variant_id=variant_id,
            channel__in=channels_visible_to(self.actor, Permission.STOCK_VIEW),
        ).select_related("channel")
        context = {
            "variant": variant,
            "label": named(variant.product.name, variant.name, variant.options),
            "picture": pictures_of([variant_id]).get(variant_id, Picture("", "")),
            "siblings": _siblings(variant),
            "everywhere": [{"row": each, "said": _said(each)} for each in everywhere],
            "sums": _sums(everywhere),
            "at": at,
            "buckets": parts.buckets_of(at),
            "parts": parts.parts_of(at),
            "listings": list(listings.order_by("channel__name")),
            "may_edit": self.actor.may_everywhere(Permission.CATALOG_VIEW),
            **_history(request, at),
        }
        return self.show("office/stock/variant.html", context)

    def _everywhere(self, variant_id: UUID) -> list[StockAt]:
        """Where it lies, most first, as far as one may see."""
        granted = self.actor.location_ids(Permission.STOCK_VIEW)
        levels = StockLevel.objects.filter(variant_id=variant_id)
        if granted is not None:
            levels = levels.filter(location_id__in=granted)
        first = levels.order_by("-on_hand", "pk").values_list("location_id", flat=True).first()
        if first is None:
            return []
        found = looking.stock_everywhere(
            variant_id=variant_id, location_id=first, currency="", now=moment.now()
        )
        seen = [each for each in found if granted is None or each.location_id in granted]
        return sorted(seen, key=lambda each: (-each.on_hand, each.name))


def _siblings(variant: Variant) -> list[dict[str, Any]]:
    rows = Variant.objects.filter(product=variant.product, is_active=True)
    return [
        {"row": each, "label": ", ".join(map(str, each.options.values())) or each.sku}
        for each in rows.order_by("position", "pk")
    ]


def _said(at: StockAt) -> list[str]:
    """What of it cannot be sold, in words."""
    parts = (
        (_("%(n)d committed"), at.committed),
        (_("%(n)d held"), at.held_now),
        (_("%(n)d not for sale"), at.unavailable),
        (_("%(n)d kept back"), at.safety),
    )
    return [words % {"n": units} for words, units in parts if units]


def _sums(everywhere: Sequence[StockAt]) -> dict[str, int]:
    names = ("on_hand", "available", "committed", "held_now", "unavailable", "shortfall")
    return {name: sum(getattr(each, name) for each in everywhere) for name in names}


def _history(request: HttpRequest, at: StockAt | None) -> dict[str, Any]:
    if at is None:
        return {"ledger": [], "next": ""}
    before, balance = parts.cursor(request.GET.get("before", ""))
    found = looking.ledger_of(
        level_id=at.level_id,
        on_hand=at.on_hand if before is None else balance,
        before_id=before,
    )
    return {
        "ledger": parts.told(found.lines),
        "next": f"{found.next_id}.{found.next_on_hand}" if found.next_id else "",
        "is_first": before is None,
    }
