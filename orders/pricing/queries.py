"""Reads of tax and shipping rates.

``tax_rate_sql`` and ``shipping_rate_sql`` are the rules as SQL, for statements that need the rate
beside something else in one round trip; ``tax_rates`` and ``shipping_price`` ask them alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import TaxClass
from inventory.channels.models import Channel, ChannelStatus
from inventory.locations.models import Location, LocationStatus
from omni.core.errors import Conflict
from omni.core.statements import hot_cursor
from orders.pricing.models import TaxRate
from orders.pricing.quote import NO_TAX, ShippingPrice


class NotShippedThere(Conflict):
    code = "not_shipped_there"
    message = _(
        "This channel does not ship to that country. Choose another address, or collect it."
    )


def tax_rate_sql(*, country: str, region: str, tax_class: str, on: str) -> str:
    """A scalar subquery: the rate of a tax class at a place on a day; NULL where none is entered.

    The arguments are SQL expressions. A rate of the region goes before that of the country; a
    reduced rate that a country lacks is its standard rate. Where no rate is entered the merchant
    is not registered for tax: exports and exempt goods.
    """
    return f"""(
        SELECT t.rate FROM orders_taxrate t
        WHERE t.country = {country} AND t.region IN ('', {region})
          AND (t.tax_class = {tax_class}
               OR ({tax_class} = 'reduced' AND t.tax_class = 'standard'))
          AND t.valid_from <= {on} AND (t.valid_until IS NULL OR t.valid_until > {on})
        ORDER BY t.tax_class = {tax_class} DESC, t.region DESC, t.valid_from DESC
        LIMIT 1)"""  # noqa: S608  parts are constants of this house


def shipping_rate_sql(*, channel: str, country: str) -> str:
    """A FROM item with ``price_minor`` and ``free_from_minor``; no row where it does not ship.

    The rate of the country goes before that of every other country.
    """
    return f"""(
        SELECT r.price_minor, r.free_from_minor FROM orders_shippingrate r
        WHERE r.channel_id = {channel} AND r.country IN ('', {country})
        ORDER BY r.country DESC
        LIMIT 1)"""  # noqa: S608  parts are constants of this house


_RATES = f"""
SELECT w.country, w.region, w.tax_class,
       {tax_rate_sql(country="w.country", region="w.region", tax_class="w.tax_class", on="%s")}
FROM unnest(%s::text[], %s::text[], %s::text[]) AS w (country, region, tax_class)
"""  # noqa: S608  parts are constants of this house

Place = tuple[str, str, str]  # country, region, tax class


def tax_rates(*, places: Iterable[Place], on: date) -> dict[Place, Decimal]:
    """The rate of each (country, region, tax class) on a day, zero where none is entered.

    One statement, however many.
    """
    wanted = sorted(set(places))
    if not wanted:
        return {}
    columns = [list(column) for column in zip(*wanted, strict=True)]
    with hot_cursor() as cursor:
        cursor.execute(_RATES, [on, on, *columns])
        return {(c, r, k): rate or NO_TAX for c, r, k, rate in cursor.fetchall()}


def countries_without_tax(*, on: date) -> list[str]:
    """Countries of open channels and locations for which no standard rate is entered on a day.

    Sales there bear no tax, as exports do; a rate of zero says that it is meant.
    """
    open_now = (LocationStatus.OPEN, LocationStatus.CLOSING)
    ours = {
        *Channel.objects.filter(status=ChannelStatus.OPEN).values_list("country", flat=True),
        *Location.objects.filter(status__in=open_now).values_list("country", flat=True),
    }
    taxed = TaxRate.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on),
        country__in=ours,
        tax_class=TaxClass.STANDARD,
        valid_from__lte=on,
    )
    return sorted(ours - set(taxed.values_list("country", flat=True)))


_STANDARD_RATE = tax_rate_sql(
    country="%(country)s", region="%(region)s", tax_class="'standard'", on="%(on)s"
)
_SHIPPING = f"""
SELECT s.price_minor, s.free_from_minor, {_STANDARD_RATE}
FROM {shipping_rate_sql(channel="%(channel)s", country="%(country)s")} s
"""  # noqa: S608  parts are constants of this house


def shipping_price(*, channel_id: UUID, country: str, region: str = "", on: date) -> ShippingPrice:
    """What shipping to a country costs in a channel, with its tax there. Raises: NotShippedThere.

    Shipping bears the standard rate of the destination.
    """
    values = {"channel": channel_id, "country": country, "region": region, "on": on}
    with hot_cursor() as cursor:
        cursor.execute(_SHIPPING, values)
        row = cursor.fetchone()
    if row is None:
        raise NotShippedThere(country=country)
    return ShippingPrice(row[0], row[1], row[2] or NO_TAX)
