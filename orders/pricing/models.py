"""Reference data of prices: tax rates and shipping rates. Listing prices lie in the catalog."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import TaxClass
from inventory.channels.models import Channel
from omni.core.states import status_check


class TaxRate(models.Model):
    """The rate of a tax class at a place of supply, from a date until (not including) another.

    ``rate`` is a fraction: 0.20000 is 20 %. An empty region is the whole country.
    """

    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(_("region"), max_length=20, blank=True)
    tax_class = models.CharField(_("tax class"), max_length=16, choices=TaxClass.choices)
    rate = models.DecimalField(_("rate"), max_digits=7, decimal_places=5)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            models.UniqueConstraint(
                fields=["country", "region", "tax_class", "valid_from"], name="tax_rate_once"
            ),
            status_check("tax_class", TaxClass, "tax_rate_class_known"),
            models.CheckConstraint(
                condition=models.Q(rate__gte=0, rate__lt=1), name="tax_rate_fraction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.tax_class} {self.rate}"


class ShippingRate(models.Model):
    """What shipping costs in a channel, in its currency and tax display.

    An empty country is every other country. Free from ``free_from_minor`` of goods, if set.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="shipping_rates")
    country = models.CharField(_("country"), max_length=2, blank=True)
    price_minor = models.BigIntegerField(_("price in minor units"))
    free_from_minor = models.BigIntegerField(_("free from"), null=True, blank=True)

    class Meta:
        verbose_name = _("shipping rate")
        verbose_name_plural = _("shipping rates")
        constraints = [
            models.UniqueConstraint(fields=["channel", "country"], name="shipping_rate_once"),
            models.CheckConstraint(
                condition=models.Q(price_minor__gte=0), name="shipping_rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.country or '*'}"
