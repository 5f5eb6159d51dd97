"""Where a variant is published, from when, at which base price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import LISTING_MOVES, Listing, ListingStatus, Variant
from inventory.channels.models import Channel
from inventory.events import ListingChanged
from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Invalid
from omni.core.states import move
from omni.events import operations as events

MAX_PRICE = 10**13


class ListingNotValid(Invalid):
    code = "listing_not_valid"
    message = _("The variant cannot be listed like this. Correct what is named.")


@transaction.atomic
def list_variant(
    *,
    variant: Variant,
    channel: Channel,
    price_minor: int,
    price_quantity: int = 1,
    compare_at_minor: int | None = None,
    starts_at: datetime | None = None,
    actor: Actor,
) -> Listing:
    """Publish a variant in a channel at a base price, at once or from ``starts_at``; or reprice it.

    A listing is sold from its moment on, whether or not the sweep has been. Repeating it changes
    nothing. Raises: ListingNotValid. Locks: listing. Emits: listing.changed.
    """
    if not 0 <= price_minor <= MAX_PRICE or price_quantity < 1:
        raise ListingNotValid(field="price")
    if compare_at_minor is not None and compare_at_minor <= price_minor:
        raise ListingNotValid(field="compare_at")
    later = starts_at is not None and starts_at > clock.now()
    wanted: dict[str, Any] = {
        "status": ListingStatus.SCHEDULED if later else ListingStatus.LIVE,
        "starts_at": starts_at,
        "price_minor": price_minor,
        "price_quantity": price_quantity,
        "compare_at_minor": compare_at_minor,
    }
    listing, made = Listing.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        variant=variant, channel=channel, defaults=wanted
    )
    if not made:
        if all(getattr(listing, name) == value for name, value in wanted.items()):
            return listing
        _change(listing, wanted)
    _tell(listing, actor)
    return listing


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """A variant to be published in a channel, at once."""

    variant_id: UUID
    channel_id: UUID
    price_minor: int
    compare_at_minor: int | None = None


@transaction.atomic
def list_variants(*, drafts: Sequence[ListingDraft], actor: Actor) -> list[Listing]:
    """Publish many variants that are not listed yet: the set-based form of ``list_variant``.

    Equal input gives equal rows. Raises: ListingNotValid (nothing is listed). Emits:
    listing.changed for each.
    """
    for draft in drafts:
        was = draft.compare_at_minor
        if not 0 <= draft.price_minor <= MAX_PRICE:
            raise ListingNotValid(field="price")
        if was is not None and was <= draft.price_minor:
            raise ListingNotValid(field="compare_at")
    listings = Listing.objects.bulk_create(
        Listing(
            variant_id=draft.variant_id,
            channel_id=draft.channel_id,
            price_minor=draft.price_minor,
            compare_at_minor=draft.compare_at_minor,
        )
        for draft in drafts
    )
    events.record_all(
        [
            ListingChanged(row.variant_id, row.channel_id, row.status, row.price_minor)
            for row in listings
        ],
        actor=actor,
    )
    return listings


@transaction.atomic
def end_listing(*, listing: Listing, actor: Actor) -> Listing:
    """Take a live listing away, or a scheduled one back to draft.

    Raises: InvalidTransition. Locks: listing. Emits: listing.changed.
    """
    row = Listing.objects.select_for_update(of=("self",), no_key=True).get(pk=listing.pk)
    planned = row.status == ListingStatus.SCHEDULED
    move(row, ListingStatus.DRAFT if planned else ListingStatus.ENDED, moves=LISTING_MOVES)
    _tell(row, actor)
    return row


@transaction.atomic
def start_scheduled_listings(*, actor: Actor, batch: int = 500) -> int:
    """Move listings whose moment has come to live. Returns how many. Emits: listing.changed."""
    due = (
        Listing.objects.filter(status=ListingStatus.SCHEDULED, starts_at__lte=clock.now())
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)[:batch]
    )
    started = list(due)
    for listing in started:
        move(listing, ListingStatus.LIVE, moves=LISTING_MOVES)
        _tell(listing, actor)
    return len(started)


def _change(listing: Listing, wanted: dict[str, Any]) -> None:
    status = str(wanted.pop("status"))
    if listing.status == ListingStatus.LIVE and status == ListingStatus.SCHEDULED:
        raise ListingNotValid(field="starts_at")  # it is on sale: end it first
    for name, value in wanted.items():
        setattr(listing, name, value)
    listing.save(update_fields=list(wanted))
    if listing.status != status:
        move(listing, status, moves=LISTING_MOVES)


def _tell(listing: Listing, actor: Actor) -> None:
    changed = ListingChanged(
        listing.variant_id, listing.channel_id, listing.status, listing.price_minor
    )
    events.record(changed, actor=actor)
