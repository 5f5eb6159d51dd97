"""Story 2: bought in the app and online, brought back in another store, one thing exchanged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni.core import clock
from omni.events import operations as events
from tests.flows.cast import Body, Desk, Storefront, euro
from tests.flows.conftest import Provider
from tests.flows.test_story_1_web_to_store import Tale, collects, orders_across_channels

pytestmark = [pytest.mark.usefixtures("merchant"), pytest.mark.xdist_group("flows")]
SCARF = ("wool-scarf", "SCARF-GREY")
SMALL = ("beeswax-candle", "CANDLE-SMALL")
LARGE = ("beeswax-candle", "CANDLE-LARGE")
# What must be told, in this order; other touchpoints may stand between them.
STEPS = ("order.placed", "pickup.handed_over", "return.received", "refund.succeeded")


def test_story_2_one_of_two_items_comes_back_in_another_store(provider: Provider) -> None:
    tale = orders_across_channels(provider)
    collects(tale)
    shelves = Storefront("web")
    at_home = shelves.units(*SCARF, "lyon")
    before = shelves.units(*SCARF, "nice")

    with clock.moved(by=timedelta(days=2)):
        brought, case = brings_back(tale, shelves)

        assert case["refund"] == euro(4900)
        assert shelves.units(*SCARF, "nice") == before + 1
        assert shelves.units(*SCARF, "lyon") == at_home
        provider.gives_back(4900)
        again = Desk("Cleo").post("returns", brought, status=409)
        assert again["code"] == "return_beyond_bought"

    order = tale.web.get(f"orders/{tale.order['id']}")
    assert (order["payment_status"], order["return_status"]) == (
        "partly_refunded",
        "partly_returned",
    )
    assert [each["money_status"] for each in order["returns"]] == ["settled"]


def test_story_2_the_other_item_is_exchanged_for_its_difference(provider: Provider) -> None:
    tale = orders_across_channels(provider)
    collects(tale)
    shelves = Storefront("web")
    small, large = (shelves.units(*goods, "nice") for goods in (SMALL, LARGE))

    with clock.moved(by=timedelta(days=2)):
        brings_back(tale, shelves)
        provider.gives_back(4900)
        made = takes_the_larger_one(tale, shelves)

    assert made["difference"] == euro(1200)
    assert made["change"] == euro(300)
    assert (made["order"]["status"], made["order"]["fulfilment_status"]) == (
        "completed",
        "fulfilled",
    )
    assert made["order"]["customer_id"] == str(tale.customer_id)
    assert shelves.units(*SMALL, "nice") == small + 1
    assert shelves.units(*LARGE, "nice") == large - 1
    assert tale.web.get(f"orders/{tale.order['id']}")["return_status"] == "returned"


def test_story_2_is_on_the_timeline_with_both_stores(provider: Provider) -> None:
    tale = orders_across_channels(provider)
    collects(tale)
    with clock.moved(by=timedelta(days=2)):
        _brought, case = brings_back(tale, Storefront("web"))
        provider.gives_back(4900)
        takes_the_larger_one(tale, Storefront("web"))
    events.drain()

    mine = tale.web.timeline()

    kinds = [row["kind"] for row in mine]
    first = [kinds.index(kind) for kind in STEPS]
    assert first == sorted(first), kinds
    assert kinds.count("order.placed") == 2
    assert kinds.count("return.received") == 2
    moments = [row["occurred_at"] for row in mine]
    assert moments == sorted(moments)
    places = {row["kind"]: row["location"] and row["location"]["name"] for row in mine}
    assert places["pickup.handed_over"] == "Lyon Bellecour"
    assert places["return.received"] == "Nice Masséna"
    seen = Desk("Dora").get(f"customers/{tale.customer_id}/timeline", {"limit": 100})
    assert list(reversed(seen["results"])) == mine
    assert Desk("Cleo").get(f"returns/{case['id']}")["status"] == "closed"
    assert Desk("Ben").get(f"returns/{case['id']}", status=404)["code"] == "not_found"


def brings_back(tale: Tale, shelves: Storefront) -> tuple[Body, Body]:
    """At the counter in Nice: the scarf is received, for sale at once, and paid back."""
    brought = {
        "location_id": shelves.store("nice"),
        "order_number": tale.order["number"],
        "lines": [{"order_line_id": _line(tale, "SCARF-GREY"), "quantity": 1, "reason": "colour"}],
    }
    return brought, Desk("Cleo").post("returns", brought, status=201)


def takes_the_larger_one(tale: Tale, shelves: Storefront) -> Body:
    """At the till in Nice: the small candle for the large one, 12.00 on top."""
    cleo = Desk("Cleo")
    wanted = {
        "shift_id": cleo.opens_shift("nice-1"),
        "order_number": tale.order["number"],
        "lines": [{"order_line_id": _line(tale, "CANDLE-SMALL"), "quantity": 1}],
        "new_lines": [{"variant_id": shelves.variant("CANDLE-LARGE"), "quantity": 1}],
        "tenders": [{"tender": "cash", "amount": euro(1200), "given": euro(1500)}],
    }
    made: Body = cleo.post("sales/exchanges", wanted, status=201)
    return made


def _line(tale: Tale, sku: str) -> str:
    return str(next(line["id"] for line in tale.order["lines"] if line["sku"] == sku))
