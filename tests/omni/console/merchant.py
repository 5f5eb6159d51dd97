"""A merchant of two stores in two countries, what happens there, and how its figures are read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from inventory.channels.models import Channel, ChannelKind
from inventory.locations.models import Location, Method
from omni.access.actor import SYSTEM
from omni.access.models import User
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.ids import uuid7
from orders.aftersales import operations as aftersales
from orders.aftersales.operations import CounterReturn, LooseReturn, LooseUnits, ReturnUnits
from orders.checkout import operations as checkout
from orders.fulfilment import operations as fulfilment
from orders.sales.models import Order
from tests.factories.customers import make_customer
from tests.factories.inventory import (
    make_category,
    make_channel,
    make_listing,
    make_location,
    make_product,
    make_variant,
    stock_up,
)
from tests.factories.omni import make_staff
from tests.factories.orders import make_tax_rate
from tests.factories.orders_work import Shop, Sold, lines_of, make_order

WEEK = {"period": "days", "from": "2026-10-19", "to": "2026-10-25"}
RIGHTS = (
    Permission.ORDERS_VIEW,
    Permission.RETURNS_VIEW,
    Permission.FULFILMENT_VIEW,
    Permission.STOCK_VIEW,
)
UNIT = 1200


def at(text: str) -> datetime:
    """25 10:00:00, in October and UTC."""
    return datetime.strptime(f"2026-10-{text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


class Merchant:
    """Lyon sells in euros and takes web orders; London sells in pounds."""

    lyon: Location
    london: Location
    web: Channel
    tills: Channel
    britain: Channel

    def __init__(self) -> None:
        make_tax_rate()
        self.lyon = make_location(name="Lyon")
        self.london = make_location(
            name="London", country="GB", city="London", time_zone="Europe/London"
        )
        self.web = make_channel(name="Web", locations=[self.lyon])
        self.tills = make_channel(name="Tills", kind=ChannelKind.STORE, locations=[self.lyon])
        self.britain = make_channel(
            name="Britain", currency="GBP", country="GB", locations=[self.london]
        )
        product = make_product(name="Scarf", category=make_category(name="Wool"))
        self.scarf = make_variant(product=product)
        for channel, price in ((self.web, UNIT), (self.tills, UNIT), (self.britain, 1500)):
            make_listing(self.scarf, channel, price_minor=price)
        stock_up(self.scarf, self.lyon, 100)
        stock_up(self.scarf, self.london, 100)

    def sells(
        self,
        channel: Channel,
        moment: str,
        units: int = 1,
        *,
        till: Location | None = None,
        method: str = Method.SHIP,
        **over: Any,
    ) -> Order:
        """So many scarves, paid; carried out of the store whose till it is."""
        place = till or (self.london if channel == self.britain else self.lyon)
        line = Sold(units, Method.CARRY_OUT if till else method, place, self.scarf, UNIT)
        shop = Shop(channel, self.lyon, self.london, self.scarf)
        values = {"location_id": till.pk if till else None, "placed_at": at(moment)} | over
        return make_order(shop, line, **values)


def of_one_store(location: Location) -> User:
    return make_staff(*RIGHTS, location_id=location.pk)


def promised(merchant: Merchant, moment: str, place: Location | None = None) -> Order:
    """A pickup promised for two hours later."""
    channel = merchant.britain if place == merchant.london else merchant.web
    with clock.moved(to=at(moment)):
        return merchant.sells(channel, moment, method=Method.PICKUP)


def give_back(order: Order, moment: str, place: Location, units: int = 1) -> None:
    """Brought back, sellable, because it was too small."""
    with clock.moved(to=at(moment)):
        aftersales.return_at_counter(
            wanted=CounterReturn(
                location_id=place.pk,
                order_number=order.number,
                units=[ReturnUnits(lines_of(order)[0].pk, units, "sellable", "too_small")],
            ),
            actor=SYSTEM,
        )


def exchange(merchant: Merchant, order: Order, moment: str) -> None:
    """One unit for another of the same, at Lyon's till."""
    with clock.moved(to=at(moment)):
        made = aftersales.exchange_at_till(
            returned=CounterReturn(
                location_id=merchant.lyon.pk,
                order_number=order.number,
                units=[ReturnUnits(lines_of(order)[0].pk, 1, "sellable", "too_large")],
                kind="exchange",
            ),
            wishes=[checkout.Wish(merchant.scarf.pk, 1, Method.CARRY_OUT, merchant.lyon.pk)],
            till=checkout.Till(uuid7(), merchant.lyon.pk, merchant.tills.pk),
            actor=SYSTEM,
        )
        fulfilment.confirm_if_paid(order_id=made.order.pk)


def bring_without_receipt(merchant: Merchant, moment: str) -> None:
    with clock.moved(to=at(moment)):
        aftersales.return_without_receipt(
            wanted=LooseReturn(
                location_id=merchant.lyon.pk,
                channel_id=merchant.tills.pk,
                customer_id=make_customer().pk,
                units=[LooseUnits(merchant.scarf.pk, 1, "damaged", None, "faulty")],
                evidence="a bank statement",
            ),
            actor=SYSTEM,
        )


# --- reading pages --------------------------------------------------------------------------------


def page(client: Client, path: str = "", **asked: str) -> Any:
    answer = client.get(f"/office/{path}", WEEK | asked)
    assert answer.status_code == 200
    return answer


def tiles(answer: Any) -> dict[str, str]:
    return {tile.label: tile.figure for tile in answer.context["tiles"]}


def card(answer: Any, title: str) -> Any:
    return next((each for each in answer.context["cards"] if each.title == title), None)


def bars(card: Any) -> dict[str, tuple[str, float | None]]:
    """Name -> (figure, mark)."""
    return {bar.label: (bar.figure, bar.mark) for bar in card.bars}


def rows(answer: Any, section: int = 0) -> dict[str, dict[str, str]]:
    """A table of a report: name of the row -> heading -> what stands there."""
    table = answer.context["report"].sections[section].table
    names = [column.label for column in table.columns]
    lines = [*table.rows, *([table.total] if table.total else [])]
    return {
        line[0].text: {name: cell.text for name, cell in zip(names[1:], line[1:], strict=True)}
        for line in lines
    }


def drawn(answer: Any, plot: str) -> list[tuple[list[str], list[str]]]:
    """Of the table from which a chart is drawn: the figures and the words of each row."""
    text = answer.content.decode()
    table = next(
        part for part in re.findall(r"<table.*?</table>", text, re.S) if f'"#{plot}"' in part
    )
    body = table.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        (re.findall(r'data-v="([^"]*)"', row), re.findall(r'data-v="[^"]*">([^<]*)<', row))
        for row in re.findall(r"<tr>.*?</tr>", body, re.S)
    ]
