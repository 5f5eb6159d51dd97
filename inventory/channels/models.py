"""Where the merchant meets its customers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.history import kept_history
from omni.core.models import Aggregate
from omni.core.states import Moves, status_check


class ChannelKind(models.TextChoices):
    WEB = "web", _("Web shop")
    APP = "app", _("App")
    STORE = "store", _("Stores")
    SOCIAL = "social", _("Social network")
    MARKETPLACE = "marketplace", _("Marketplace")
    PHONE = "phone", _("Phone")
    AGENT = "agent", _("Shopping agent")


class ChannelStatus(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


CHANNEL_MOVES: Moves = {
    ChannelStatus.OPEN: frozenset({ChannelStatus.CLOSED}),
    ChannelStatus.CLOSED: frozenset({ChannelStatus.OPEN}),
}


class TaxDisplay(models.TextChoices):
    GROSS = "gross", _("Prices include tax")
    NET = "net", _("Tax is added to prices")


@kept_history()
class Channel(Aggregate):
    """One way to deal with the merchant: its currency, language, tax display, brand and policies.

    Written by the back office. Prices of its listings are in its currency and tax display. Times
    are spans: a hold lasts ``hold_minutes``, an unpaid order ``payment_window_minutes``. Who paid
    online is sent back to addresses at ``storefront_url`` only, if there is one.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=16, choices=ChannelKind.choices)
    status = models.CharField(
        _("status"), max_length=16, choices=ChannelStatus.choices, default=ChannelStatus.OPEN
    )
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("default language"), max_length=10, default="en")
    country = models.CharField(
        _("country"), max_length=2, help_text=_("Place of supply where no address tells another.")
    )
    tax_display = models.CharField(
        _("tax display"), max_length=8, choices=TaxDisplay.choices, default=TaxDisplay.GROSS
    )
    brand_name = models.CharField(_("brand"), max_length=120)
    sender_email = models.EmailField(_("sender of messages"), blank=True)
    storefront_url = models.URLField(_("address of the storefront"), blank=True)
    hold_minutes = models.PositiveIntegerField(_("minutes a cart holds stock"), default=15)
    payment_window_minutes = models.PositiveIntegerField(_("minutes to pay an order"), default=60)
    return_window_days = models.PositiveIntegerField(_("days to return"), default=30)
    allows_pay_at_collection = models.BooleanField(_("pay at collection"), default=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            status_check("status", ChannelStatus, "channel_status_known"),
            status_check("kind", ChannelKind, "channel_kind_known"),
            status_check("tax_display", TaxDisplay, "channel_tax_display_known"),
        ]

    def __str__(self) -> str:
        return self.name
