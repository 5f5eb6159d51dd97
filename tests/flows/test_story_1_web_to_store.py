"""Story 1: seen in the app, put into the cart, paid at the laptop, collected in a store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from omni.access.models import AccessLog
from omni.core import clock
from omni.events import operations as events
from tests.flows.cast import LYON, Body, Desk, Storefront
from tests.flows.conftest import Provider

pytestmark = [pytest.mark.usefixtures("merchant"), pytest.mark.xdist_group("flows")]
EMAIL = "eve.story@example.com"
# What must be told, in this order; other touchpoints may stand between them.
STEPS = (
    "page.viewed",
    "account.created",
    "order.placed",
    "order.confirmed",
    "fulfilment.accepted",
    "pickup.ready",
    "pickup.handed_over",
    "order.completed",
)


@dataclass
class Tale:
    """What the story needs again."""

    app: Storefront
    web: Storefront
    customer_id: UUID
    order: Body
    pickup: str

    @property
    def code(self) -> str:
        """The code that the customer sees once the pickup is ready."""
        order = self.web.get(f"orders/{self.order['id']}")
        return str(order["fulfilment_orders"][0]["pickup"]["code"])


def orders_across_channels(provider: Provider) -> Tale:
    """From the first page viewed in the app to an order paid at the laptop."""
    app = Storefront("app")
    app.sees("/products/wool-scarf", "Wool scarf")
    near = app.get("products/wool-scarf/availability", LYON)["stores"]
    assert [store["code"] for store in near] == ["lyon", "nice"]
    customer_id = app.signs_up("Eve Martin", EMAIL)
    cart = app.adds(app.opens_cart(), "SCARF-GREY", "lyon")

    web = Storefront("web")
    web.signs_in(EMAIL)
    same = web.opens_cart()
    assert same["id"] == cart["id"]
    assert [line["sku"] for line in same["lines"]] == ["SCARF-GREY"]
    full = web.adds(same, "CANDLE-SMALL", "lyon")

    done = web.checks_out(full, "online", {"name": "Eve Martin", "email": EMAIL})
    assert done["order"]["status"] == "placed"
    assert done["pickups"] == []
    _pays(web, done, provider)
    order = web.get(f"orders/{done['order']['id']}")
    return Tale(app, web, customer_id, order, order["fulfilment_orders"][0]["id"])


def _pays(web: Storefront, done: Body, provider: Provider) -> None:
    address = done["next_action"]["url"].removeprefix("/api/v1/")
    payment = web.post(address, {"return_url": "https://web.atelier-nord.example/back"})
    assert payment["next_action"]["type"] == "redirect"
    provider.shopper_approves(payment["next_action"]["url"])
    provider.delivers(1)


def collects(tale: Tale) -> None:
    """Ben prepares the pickup; two hours later Eve comes with her code."""
    ben = Desk("Ben")
    assert [row["id"] for row in ben.get("pickups", {"status": "new"})["results"]] == [tale.pickup]
    ready = ben.prepares(tale.pickup, "A-07")
    assert (ready["status"], ready["pickup"]["shelf"]) == ("ready", "A-07")
    wrong = ben.post(f"pickups/{tale.pickup}/hand-over", {"code": "WRONG123"}, status=409)
    assert wrong["code"] == "wrong_pickup_code"
    assert ben.get(f"pickups/{tale.pickup}")["status"] == "ready"
    with clock.moved(by=timedelta(hours=2)):
        given = ben.post(f"pickups/{tale.pickup}/hand-over", {"code": tale.code})
        assert given["status"] == "handed_over"


def test_story_1_from_the_app_over_the_laptop_into_the_store(provider: Provider) -> None:
    shelves = Storefront("web")
    before = shelves.units("wool-scarf", "SCARF-GREY", "lyon")

    tale = orders_across_channels(provider)

    assert tale.order["status"] == "confirmed"
    assert tale.order["payment_status"] in ("authorised", "paid")
    assert tale.order["total"] == {"amount": 6700, "currency": "EUR"}
    assert shelves.units("wool-scarf", "SCARF-GREY", "lyon") == before - 1

    collects(tale)

    order = tale.web.get(f"orders/{tale.order['id']}")
    assert (order["status"], order["payment_status"], order["fulfilment_status"]) == (
        "completed",
        "paid",
        "fulfilled",
    )
    assert shelves.units("wool-scarf", "SCARF-GREY", "lyon") == before - 1
    assert Desk("Cleo").get(f"pickups/{tale.pickup}", status=404)["code"] == "not_found"


def test_story_1_is_on_the_timeline_for_the_customer_and_for_staff(provider: Provider) -> None:
    tale = orders_across_channels(provider)
    collects(tale)
    events.drain()

    mine = tale.web.timeline()

    steps = [(row["kind"], row["channel"]["name"] if row["channel"] else None) for row in mine]
    kinds = [kind for kind, _channel in steps]
    for told in STEPS:
        assert told in kinds, kinds
    assert [kind for kind in kinds if kind in STEPS] == list(STEPS)
    assert steps[0] == ("page.viewed", "App")
    assert "payment.captured" in kinds
    dora = Desk("Dora")
    address = f"customers/{tale.customer_id}/timeline"
    theirs = dora.get(address, {"limit": 100, "reason": "phone call"})["results"]
    assert list(reversed(theirs)) == mine
    looked = AccessLog.objects.filter(kind="customer.timeline", subject_id=str(tale.customer_id))
    assert [row.reason for row in looked] == ["phone call"]
    ben = Desk("Ben")
    assert ben.get(address, status=403)["code"] == "history_without_reason"
    assert ben.get(address, {"reason": f"order:{tale.order['id']}"})["results"]
