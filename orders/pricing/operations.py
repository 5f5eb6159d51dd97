"""Keeping tax and shipping rates. A rate that was in force is ended, not rewritten, by people."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.core.errors import Invalid
from orders.pricing.models import ShippingRate, TaxRate

_COUNTRY = re.compile(r"[A-Z]{2}")


class RateNotValid(Invalid):
    code = "rate_not_valid"
    message = _("The rate cannot be kept like this. Correct what is named.")


@transaction.atomic
def save_tax_rate(*, rate: TaxRate, actor: Actor) -> TaxRate:
    """Keep a new or changed tax rate. It applies to orders placed from now on; sold lines keep
    theirs. Raises: RateNotValid."""
    if not _COUNTRY.fullmatch(rate.country):
        raise RateNotValid(field="country")
    if not 0 <= rate.rate < 1:
        raise RateNotValid(field="rate")
    if rate.valid_until is not None and rate.valid_until <= rate.valid_from:
        raise RateNotValid(field="valid_until")
    rate.save()
    return rate


@transaction.atomic
def save_shipping_rate(*, rate: ShippingRate, actor: Actor) -> ShippingRate:
    """Keep a new or changed shipping rate, for orders placed from now on. Raises: RateNotValid."""
    if rate.country and not _COUNTRY.fullmatch(rate.country):
        raise RateNotValid(field="country")
    if rate.price_minor < 0:
        raise RateNotValid(field="price_minor")
    if rate.free_from_minor is not None and rate.free_from_minor < 0:
        raise RateNotValid(field="free_from_minor")
    rate.save()
    return rate
