"""What the stock page shows, part by part: rows told in words, and what can be promised and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from inventory.catalog.models import Barcode, Listing, Variant
from inventory.catalog.pictures import Picture, pictures_of
from inventory.locations.models import LocationKind
from inventory.locations.opening import Opening
from inventory.stock.looking import FoundVariant, LedgerLine, StockAt
from inventory.stock.models import Bucket, StockBucket
from inventory.stock.owners import owners_of
from omni.access.names import names_of
from omni.core.errors import NotFound
from omni.screens import words

ICONS = {
    "opening": "archive",
    "received": "package-open",
    "sold": "scan-barcode",
    "shipped": "truck",
    "handed_over": "hand-helping",
    "returned": "undo-2",
    "transfer_out": "arrow-left-right",
    "transfer_in": "arrow-left-right",
    "counted": "clipboard-check",
    "damaged": "triangle-alert",
    "put_back": "archive-restore",
    "corrected": "clipboard-check",
    "undone": "undo-2",
}


def pictured(found: Sequence[FoundVariant]) -> list[dict[str, Any]]:
    """Rows with their pictures."""
    pictures = pictures_of([each.id for each in found])
    none = Picture("", "")
    return [{"row": each, "picture": pictures.get(each.id, none)} for each in found]


def variant_sold_in(variant_id: UUID, channel_id: UUID | None) -> Any:
    """The variant with its ``codes``, and its ``price_minor`` in the channel of this till.

    Raises: NotFound.
    """
    listing = Listing.objects.filter(variant=OuterRef("pk"), channel=channel_id)
    codes = Barcode.objects.filter(variant=OuterRef("pk")).order_by("code").values("code")
    row = (
        Variant.objects.select_related("product", "product__category")
        .annotate(
            codes=ArraySubquery(codes),
            price_minor=Subquery(listing.values("price_minor")[:1]),
            compare_at_minor=Subquery(listing.values("compare_at_minor")[:1]),
        )
        .filter(pk=variant_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def buckets_of(at: StockAt | None) -> list[StockBucket]:
    """Why units on hand are not for sale; not asked where all are."""
    if at is None or not at.unavailable:
        return []
    return list(StockBucket.objects.filter(level_id=at.level_id, quantity__gt=0).order_by("bucket"))


def parts_of(at: StockAt | None) -> list[dict[str, Any]]:
    """What the units on hand are, as parts of one bar: x and width of 400."""
    if at is None:
        return []
    known = [
        ("a", _("Available"), at.available),
        ("b", _("Committed"), at.committed),
        ("c", _("Held in carts"), at.held_now),
        ("d", _("Not for sale"), at.unavailable),
        ("e", _("Safety"), min(at.safety, at.at_till)),
    ]
    whole = sum(units for _tone, _label, units in known) or 1
    made, x = [], 0.0
    for tone, label, units in known:
        width = units / whole * 400
        made.append(
            {"tone": tone, "label": label, "units": units, "x": round(x, 1), "w": round(width, 1)}
        )
        x += width
    return made


def told(lines: Sequence[LedgerLine]) -> list[dict[str, Any]]:
    """Movements in words: what, by whom, for which order."""
    rows = [line.row for line in lines]
    names = names_of(row.principal for row in rows)
    owners = owners_of({row.order_line_id for row in rows if row.order_line_id})
    return [
        {
            "row": line.row,
            "on_hand": line.on_hand,
            "icon": ICONS.get(line.row.kind, "circle-dot"),
            "what": line.row.get_kind_display(),
            "bucket": Bucket(line.row.bucket).label if line.row.bucket else "",
            "by": names.get(line.row.principal, ""),
            "owner": owners.get(line.row.order_line_id) if line.row.order_line_id else None,
        }
        for line in lines
    ]


def cursor(text: str) -> tuple[int | None, int]:
    """Where a further page of the history begins: the movement and the balance before it."""
    head, _dot, tail = text.partition(".")
    if not (head.isascii() and head.isdigit() and tail.lstrip("-").isdigit()):
        return None, 0
    return int(head[:18]), int(tail[:12])


def take_now(at: StockAt | None, store: str) -> dict[str, Any]:
    """Whether the counter can sell it now."""
    units = at.at_till if at else 0
    if units:
        told = _("%(units)d can be sold over this counter") % {"units": units}
        return {"tone": "good", "what": _("Take now"), "where": store, "why": told}
    why = _("None of it is here") if not at or at.on_hand <= 0 else _("All of it is promised")
    return {"tone": "bad", "what": _("Not to take now"), "where": store, "why": why}


def collect(at: StockAt, opening: Opening | None, zone: tzinfo, now: datetime) -> dict[str, Any]:
    """Whether it can be collected there, from when, or why not."""
    if at.for_channel:
        told = _("%(units)d can be promised") % {"units": at.for_channel}
        if at.buffer:
            told += ", " + _("%(units)d are kept back for its counter") % {"units": at.buffer}
        if opening and not opening.is_open and opening.changes_at:
            at_hour = words.within(words.when(opening.changes_at, zone, now))
            told += ", " + _("opens %(at)s") % {"at": at_hour}
        return {"tone": "good", "what": _("Collect"), "where": at.name, "why": told}
    if at.available:
        why = _("%(units)d there, all kept back for its own counter: ask first") % {
            "units": at.available
        }
    elif at.on_hand > 0:
        why = _("%(units)d there, all promised or not for sale") % {"units": at.on_hand}
    else:
        why = _("None of it is there")
    return {"tone": "bad", "what": _("Not to collect"), "where": at.name, "why": why}


def ship(places: Sequence[StockAt]) -> dict[str, Any]:
    """From where it can be sent home."""
    able = sorted((each for each in places if each.for_channel), key=_ships_gladly)
    if not able:
        return {
            "tone": "bad",
            "what": _("Not to ship"),
            "where": "",
            "why": _("No place that ships has one"),
        }
    first = able[0]
    told = _("%(units)d can be sent from there") % {"units": first.for_channel}
    return {"tone": "good", "what": _("Ship home"), "where": first.name, "why": told}


def _ships_gladly(at: StockAt) -> tuple[bool, int]:
    return (at.kind != LocationKind.WAREHOUSE, -at.for_channel)
