"""The events of this app in plain words, for the event log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from omni.events.phrases import register

register(
    {
        "stock.received": gettext_lazy("Goods received: %(reference)s"),
        "stock.corrected": gettext_lazy("Stock corrected by %(quantity)s (%(reason)s)"),
        "stock.shortfall_opened": gettext_lazy("%(shortfall)s units are promised but not there"),
        "channel.changed": gettext_lazy("Channel changed: %(status)s"),
        "location.changed": gettext_lazy("Location changed: %(status)s"),
        "product.changed": gettext_lazy("Product changed: %(status)s"),
        "listing.changed": gettext_lazy("Listing changed: %(status)s"),
    }
)
