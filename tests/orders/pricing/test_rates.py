"""Tax and shipping rates: the one that applies there and then."""

from datetime import date
from decimal import Decimal

import pytest

from omni.access.actor import SYSTEM
from orders.pricing import operations as pricing
from orders.pricing.models import ShippingRate, TaxRate
from orders.pricing.queries import NotShippedThere, shipping_price, tax_rates
from tests.factories.inventory import make_channel
from tests.factories.orders import make_shipping_rate, make_tax_rate

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (("FR", "", "standard"), "0.20"),
        (("FR", "", "reduced"), "0.055"),
        (("DE", "", "reduced"), "0.19"),  # a reduced rate that lacks is the standard one
        (("FR", "", "zero"), "0"),
        (("FR", "Corsica", "standard"), "0.10"),
        (("FR", "Brittany", "standard"), "0.20"),
        (("US", "", "standard"), "0"),  # not registered there
        (("GB", "", "standard"), "0.175"),  # the old rate was in force until that day
    ],
)
def test_tax_rates_finds_the_rate_in_force(place, expected):
    make_tax_rate("FR", "0.20")
    make_tax_rate("FR", "0.055", tax_class="reduced")
    make_tax_rate("FR", "0.10", region="Corsica")
    make_tax_rate("DE", "0.19")
    make_tax_rate("GB", "0.15", valid_until=date(2026, 3, 1))
    make_tax_rate("GB", "0.175", valid_from=date(2026, 3, 1))
    make_tax_rate("GB", "0.20", valid_from=date(2026, 3, 2))

    assert tax_rates(places=[place], on=DAY)[place] == Decimal(expected)


def test_tax_rates_reads_all_places_at_once(django_assert_num_queries):
    make_tax_rate("FR", "0.20")
    make_tax_rate("DE", "0.19")
    places = [("FR", "", "standard"), ("DE", "", "standard"), ("FR", "", "zero")]

    with django_assert_num_queries(1):
        found = tax_rates(places=places, on=DAY)

    assert [found[place] for place in places] == [Decimal("0.20"), Decimal("0.19"), 0]


def test_shipping_price_prefers_the_country():
    make_tax_rate("FR", "0.20")
    channel = make_channel()
    make_shipping_rate(channel, 1290)
    make_shipping_rate(channel, 490, country="FR", free_from_minor=5000)

    home = shipping_price(channel_id=channel.pk, country="FR", on=DAY)
    abroad = shipping_price(channel_id=channel.pk, country="DE", on=DAY)

    assert (home.price_minor, home.free_from_minor, home.tax_rate) == (490, 5000, Decimal("0.20"))
    assert (abroad.price_minor, abroad.free_from_minor, abroad.tax_rate) == (1290, None, 0)


def test_shipping_price_refuses_countries_without_a_rate():
    channel = make_channel()
    make_shipping_rate(channel, 490, country="FR")

    with pytest.raises(NotShippedThere) as caught:
        shipping_price(channel_id=channel.pk, country="DE", on=DAY)

    assert caught.value.details == {"country": "DE"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "fr"},
        {"rate": Decimal("1.2")},
        {"valid_until": date(1999, 1, 1)},
    ],
)
def test_save_tax_rate_refuses_nonsense(wrong):
    values = {
        "country": "FR",
        "tax_class": "standard",
        "rate": Decimal("0.2"),
        "valid_from": DAY,
    } | wrong

    with pytest.raises(pricing.RateNotValid):
        pricing.save_tax_rate(rate=TaxRate(**values), actor=SYSTEM)

    assert not TaxRate.objects.exists()


def test_save_shipping_rate_keeps_it():
    channel = make_channel()

    pricing.save_shipping_rate(rate=ShippingRate(channel=channel, price_minor=5), actor=SYSTEM)

    assert ShippingRate.objects.get().price_minor == 5


@pytest.mark.parametrize("wrong", [{"country": "x"}, {"price_minor": -1}, {"free_from_minor": -1}])
def test_save_shipping_rate_refuses_nonsense(wrong):
    rate = ShippingRate(**{"channel": make_channel(), "price_minor": 5} | wrong)

    with pytest.raises(pricing.RateNotValid):
        pricing.save_shipping_rate(rate=rate, actor=SYSTEM)

    assert not ShippingRate.objects.exists()
