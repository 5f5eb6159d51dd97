"""Short stories: a guest who pays at the counter, cash between two tills, a change of mind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni.core import clock
from tests.flows.cast import Body, Desk, Storefront, euro
from tests.flows.conftest import Provider

pytestmark = [pytest.mark.usefixtures("merchant"), pytest.mark.xdist_group("flows")]
ROSE = {"name": "Rose Blanc", "email": "rose@example.com"}


def test_a_guest_pays_at_collection_and_looks_the_order_up(provider: Provider) -> None:
    web = Storefront("web")
    before = web.units("enamel-mug", "MUG-BLUE", "lyon")
    done = web.checks_out(
        web.adds(web.opens_cart(), "MUG-BLUE", "lyon", 2), "pay_at_collection", ROSE
    )
    number, pickup = done["order"]["number"], done["pickups"][0]["id"]
    ben = Desk("Ben")
    ben.prepares(pickup, "B-01")
    code = web.get(f"orders/{done['order']['id']}")["fulfilment_orders"][0]["pickup"]["code"]

    unpaid = ben.post(f"pickups/{pickup}/hand-over", {"code": code}, status=409)
    paid = {
        "shift_id": ben.opens_shift("lyon-1"),
        "pickup_id": pickup,
        "code": code,
        "tenders": [{"tender": "cash", "amount": euro(2800), "given": euro(5000)}],
    }
    collected = ben.post("sales/collections", paid)

    assert unpaid["code"] == "not_paid"
    assert collected["change"] == euro(2200)
    assert collected["fulfilment_order"]["status"] == "handed_over"
    assert web.units("enamel-mug", "MUG-BLUE", "lyon") == before - 2
    stranger = Storefront("app")
    wanted = {"number": number, "email": ROSE["email"]}
    found = stranger.post("orders/look-up", wanted, status=200)
    assert (found["status"], found["payment_status"]) == ("completed", "paid")
    assert not {"contact", "shipping_address", "fulfilment_orders"} & found.keys()
    wrong = {"number": number, "email": "somebody@example.com"}
    assert stranger.post("orders/look-up", wanted | wrong, status=404)["code"] == "not_found"


def test_cash_of_one_till_is_given_back_at_the_till_of_another_store() -> None:
    shelves = Storefront("web")
    ben, cleo = Desk("Ben"), Desk("Cleo")
    in_lyon, in_nice = ben.opens_shift("lyon-1"), cleo.opens_shift("nice-1")
    before = shelves.units("knit-beanie", "BEANIE", "nice")
    sale = ben.post("sales", _beanie(in_lyon, shelves), status=201)
    with clock.moved(by=timedelta(hours=1)):
        case = cleo.post("sales/returns", _brought(in_nice, sale["order"]), status=201)

    assert (case["status"], case["money_status"], case["refunded"]) == (
        "closed",
        "settled",
        euro(2900),
    )
    assert shelves.units("knit-beanie", "BEANIE", "nice") == before + 1
    assert _counted(ben, in_lyon, 22_900)["expected"] == euro(22_900)
    assert _counted(cleo, in_nice, 17_100)["expected"] == euro(17_100)


def test_an_order_is_cancelled_before_it_is_picked_and_paid_back(provider: Provider) -> None:
    web = Storefront("web")
    before = web.units("reading-lamp", "LAMP", "lyon")
    done = web.checks_out(web.adds(web.opens_cart(), "LAMP", "lyon"), "online", ROSE)
    order = done["order"]["id"]
    started = web.post(
        done["next_action"]["url"].removeprefix("/api/v1/"),
        {"return_url": "https://web.atelier-nord.example/back"},
    )
    provider.shopper_approves(started["next_action"]["url"])
    provider.delivers(1)
    pickup = web.get(f"orders/{order}")["fulfilment_orders"][0]["id"]

    cancelled = web.post(f"orders/{order}/cancel", {"reason": "changed my mind"}, status=200)

    assert cancelled["status"] == "cancelled"
    provider.gives_back(12_900)
    assert web.get(f"orders/{order}")["payment_status"] == "refunded"
    assert web.units("reading-lamp", "LAMP", "lyon") == before
    ben = Desk("Ben")
    assert ben.get(f"pickups/{pickup}")["status"] == "cancelled"
    refused = ben.post(f"pickups/{pickup}/accept", status=409)
    assert (refused["code"], refused["details"]) == (
        "order_not_confirmed",
        {"order_status": "cancelled"},
    )


def test_an_order_that_is_being_picked_is_not_cancelled_by_its_customer() -> None:
    web = Storefront("web")
    done = web.checks_out(web.adds(web.opens_cart(), "LAMP", "lyon"), "pay_at_collection", ROSE)
    order, pickup = done["order"]["id"], done["pickups"][0]["id"]
    ben = Desk("Ben")
    ben.post(f"pickups/{pickup}/accept")
    ben.post(f"pickups/{pickup}/start-picking")

    refused = web.post(f"orders/{order}/cancel", status=409)

    assert refused["code"] == "cancel_too_late"
    assert web.get(f"orders/{order}")["status"] == "confirmed"
    assert ben.get(f"pickups/{pickup}")["status"] == "picking"


def _beanie(shift: str, shelves: Storefront) -> Body:
    return {
        "shift_id": shift,
        "lines": [{"variant_id": shelves.variant("BEANIE"), "quantity": 1}],
        "tenders": [{"tender": "cash", "amount": euro(2900)}],
    }


def _brought(shift: str, order: Body) -> Body:
    return {
        "shift_id": shift,
        "order_number": order["number"],
        "lines": [{"order_line_id": order["lines"][0]["id"], "quantity": 1}],
    }


def _counted(desk: Desk, shift: str, amount: int) -> Body:
    """The drawer is counted and the shift closed: what the books expected."""
    counted: Body = desk.post(f"shifts/{shift}/count", {"counted": euro(amount)})
    assert desk.post(f"shifts/{shift}/close")["status"] == "closed"
    return counted
