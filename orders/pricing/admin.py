"""Tax and shipping rates in the back office."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as told
from django.utils.translation import gettext_lazy as _

from omni.access.admin_forms import explain
from omni.access.admin_site import GuardedAdmin, actor_of, notice
from omni.access.permissions import Permission
from omni.core import clock
from orders.pricing import operations as pricing
from orders.pricing.models import ShippingRate, TaxRate
from orders.pricing.queries import countries_without_tax

_FRACTION = _("A rate is a fraction from 0 to below 1: 0.2 is 20 %.")

explain(
    {
        "rate_not_valid.country": _("Give the country by its two letters, such as FR."),
        "rate_not_valid.rate": _FRACTION,
        "rate_not_valid.valid_until": _("It ends after it began."),
        "rate_not_valid.price_minor": _("A price is not below 0."),
        "rate_not_valid.free_from_minor": _("An amount is not below 0."),
        "tax_rate_fraction": _FRACTION,
        "shipping_rate_not_negative": _("A price is not below 0."),
    }
)


@notice(Permission.PRICES_EDIT)
def untaxed() -> Iterator[str]:
    text = told(
        "Sales in %(country)s bear no tax: no standard tax rate is in force there. Enter one "
        "under tax rates, or 0 if that is right."
    )
    for country in countries_without_tax(on=clock.now().date()):
        yield text % {"country": country}


@admin.register(TaxRate)
class TaxRateAdmin(GuardedAdmin):
    """What tax is charged where, from when."""

    view_permission = Permission.CATALOG_VIEW
    edit_permission = Permission.PRICES_EDIT
    may_add = True
    purpose = _("The rate of a country for a kind of goods, from a day on.")
    list_display = ("country", "region", "tax_class", "rate", "valid_from", "valid_until")
    list_filter = ("country", "tax_class")
    ordering = ("country", "region", "tax_class", "-valid_from")

    def save_model(
        self, request: HttpRequest, obj: TaxRate, form: ModelForm[Any], change: bool
    ) -> None:
        pricing.save_tax_rate(rate=obj, actor=actor_of(request))


@admin.register(ShippingRate)
class ShippingRateAdmin(GuardedAdmin):
    """What shipping costs in a channel, by country."""

    view_permission = Permission.CATALOG_VIEW
    edit_permission = Permission.PRICES_EDIT
    may_add = True
    purpose = _("What a delivery costs in a channel, by country.")
    list_display = ("channel", "country", "price_minor", "free_from_minor")
    list_filter = ("channel",)
    list_select_related = ("channel",)
    ordering = ("channel__name", "country")

    def save_model(
        self, request: HttpRequest, obj: ShippingRate, form: ModelForm[Any], change: bool
    ) -> None:
        pricing.save_shipping_rate(rate=obj, actor=actor_of(request))
