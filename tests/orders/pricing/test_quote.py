"""Prices: what is shown is exact, the rest follows, and everything adds up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omni.core.ids import uuid7
from orders.pricing.quote import PricedLine, ShippingPrice, place_of_supply, quote, with_tax

ID = uuid7()


def line(price, quantity=1, per=1, rate="0.20", *, is_sent=False):
    return PricedLine(ID, quantity, price, per, Decimal(rate), is_sent)


@pytest.mark.parametrize(
    ("display", "one", "net", "tax", "total"),
    [
        ("gross", line(1999), 1666, 333, 1999),  # 333.17 rounds down
        ("gross", line(1999, 3), 4997, 1000, 5997),  # 999.5 rounds up, once a line
        ("gross", line(1999, rate="0"), 1999, 0, 1999),
        ("gross", line(1), 1, 0, 1),
        ("gross", line(105, rate="0.05"), 100, 5, 105),
        ("net", line(1999), 1999, 400, 2399),
        ("net", line(5, rate="0.10"), 5, 1, 6),  # a half rounds up
        ("net", line(4, rate="0.10"), 4, 0, 4),
        ("gross", line(1980, rate="0.10"), 1800, 180, 1980),  # yen: no minor unit
        ("net", line(12345, rate="0.05"), 12345, 617, 12962),  # dinar: three digits, 617.25
        ("gross", line(1299, 350, 1000), 379, 76, 455),  # 350 g at 12.99 the kilogram: 454.65
        ("gross", line(33, 1, 1000), 0, 0, 0),  # a sub-penny price
        ("gross", line(33, 1000, 1000), 27, 6, 33),  # 5.5 rounds up
        ("gross", line(0, 3), 0, 0, 0),
    ],
)
def test_quote_prices_a_line(display, one, net, tax, total):
    found = quote(tax_display=display, lines=[one])

    amount = found.lines[0]
    assert (amount.net_minor, amount.tax_minor, amount.total_minor) == (net, tax, total)
    assert (found.net_minor, found.tax_minor, found.total_minor) == (net, tax, total)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (4999, 490),
        (5000, 0),  # free from exactly there
        (9000, 0),
    ],
)
def test_quote_ships_free_from_a_value_of_sent_goods(sent, expected):
    price = ShippingPrice(490, free_from_minor=5000, tax_rate=Decimal("0.20"))

    found = quote(
        tax_display="gross", lines=[line(sent, is_sent=True), line(10_000)], shipping=price
    )

    assert found.shipping.total_minor == expected
    assert found.goods_minor == sent + 10_000
    assert found.total_minor == sent + 10_000 + expected


def test_quote_taxes_shipping_at_its_destination():
    price = ShippingPrice(600, tax_rate=Decimal("0.20"))

    gross = quote(tax_display="gross", lines=[line(1000, is_sent=True)], shipping=price)
    net = quote(tax_display="net", lines=[line(1000, is_sent=True)], shipping=price)

    assert (gross.shipping.net_minor, gross.shipping.tax_minor) == (500, 100)
    assert (net.shipping.net_minor, net.shipping.tax_minor) == (600, 120)


def test_quote_charges_no_shipping_where_nothing_is_sent():
    found = quote(tax_display="gross", lines=[line(1000)], shipping=ShippingPrice(490))

    assert found.shipping is None
    assert found.total_minor == 1000


@pytest.mark.parametrize(
    ("method", "destination", "expected"),
    [
        ("ship", "DE", "DE"),
        ("local_delivery", "DE", "DE"),
        ("ship", "", "FR"),
        ("pickup", "DE", "ES"),
        ("carry_out", "DE", "ES"),
    ],
)
def test_place_of_supply_follows_the_goods(method, destination, expected):
    found = place_of_supply(
        method=method,
        location_country="ES",
        destination_country=destination,
        channel_country="FR",
    )

    assert found == expected


AMOUNTS = st.integers(min_value=0, max_value=10**9)
RATES = st.decimals(min_value=0, max_value="0.99999", places=5)
LINES = st.builds(
    PricedLine,
    id=st.just(ID),
    quantity=st.integers(min_value=1, max_value=9_999),
    price_minor=AMOUNTS,
    price_quantity=st.sampled_from([1, 1000]),
    tax_rate=RATES,
    is_sent=st.booleans(),
)


@given(st.lists(LINES, max_size=20), st.sampled_from(["gross", "net"]), AMOUNTS, RATES)
def test_every_quote_adds_up(lines, display, shipping, rate):
    found = quote(tax_display=display, lines=lines, shipping=ShippingPrice(shipping, None, rate))

    parts = [*found.lines, *([found.shipping] if found.shipping else [])]
    for part in parts:
        assert part.net_minor + part.tax_minor == part.total_minor
        assert 0 <= part.tax_minor <= part.total_minor
    assert sum(part.total_minor for part in parts) == found.total_minor
    assert sum(part.tax_minor for part in parts) == found.tax_minor
    assert found.net_minor + found.tax_minor == found.total_minor


@given(AMOUNTS, RATES)
def test_gross_and_net_agree_within_a_minor_unit(net, rate):
    gross = with_tax(net, rate, is_gross=False).total_minor

    back = with_tax(gross, rate, is_gross=True)

    assert abs(back.net_minor - net) <= 1
