"""Story 2: one of two items comes back in another store, the money on the original tender."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni.core import clock
from omni.events import operations as events
from tests.flows.cast import Desk, Storefront
from tests.flows.conftest import Provider
from tests.flows.test_story_1_web_to_store import Tale, collects, orders_across_channels

pytestmark = [pytest.mark.usefixtures("merchant"), pytest.mark.xdist_group("flows")]
SCARF = ("wool-scarf", "SCARF-GREY", "nice")


def test_story_2_bought_in_the_app_returned_in_another_store(provider: Provider) -> None:
    tale = orders_across_channels(provider)
    collects(tale)
    shelves = Storefront("web")

    with clock.moved(by=timedelta(days=2)):
        cleo_takes_it_back(tale, shelves, provider)

    events.drain()
    kinds = [row["kind"] for row in tale.web.timeline()]
    told = ("order.placed", "pickup.handed_over", "return.received", "refund.succeeded")
    assert [kind for kind in kinds if kind in told] == list(told)
    place = {row["kind"]: row["location"] for row in tale.web.timeline()}
    assert place["return.received"]["name"] != place["pickup.handed_over"]["name"]


def cleo_takes_it_back(tale: Tale, shelves: Storefront, provider: Provider) -> None:
    """One operation at the counter in Nice: received, sellable, paid back, once."""
    before = shelves.units(*SCARF)
    order = tale.web.get(f"orders/{tale.order['id']}")
    scarf = next(line for line in order["lines"] if line["sku"] == "SCARF-GREY")
    cleo = Desk("Cleo")
    brought = {
        "location_id": shelves.store("nice"),
        "order_number": order["number"],
        "lines": [{"order_line_id": scarf["id"], "quantity": 1, "reason": "too_small"}],
    }
    case = cleo.post("returns", brought, status=201)

    assert case["refund"] == scarf["total"]
    assert shelves.units(*SCARF) == before + 1
    provider.settles()
    after = tale.web.get(f"orders/{tale.order['id']}")
    assert (after["payment_status"], after["return_status"]) == (
        "partly_refunded",
        "partly_returned",
    )
    assert provider.gave_back() == scarf["total"]["amount"]
    again = cleo.post("returns", brought, status=409)
    assert again["code"] in ("return_beyond_bought", "nothing_to_return")
