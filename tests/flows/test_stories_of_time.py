"""What happens when nobody comes: holds, payments and pickups whose time is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from inventory import tasks as inventory
from omni.core import clock
from orders import tasks as orders
from tests.flows.cast import Body, Desk, Storefront, euro
from tests.flows.conftest import Provider

pytestmark = [pytest.mark.usefixtures("merchant"), pytest.mark.xdist_group("flows")]
ROSE = {"name": "Rose Blanc", "email": "rose@example.com"}
PAUL = {"name": "Paul Noir", "email": "paul@example.com"}
LAMP = ("reading-lamp", "LAMP", "nice")


@contextmanager
def later(**span: int) -> Iterator[None]:
    """So much later, when the house has swept by itself."""
    with clock.moved(by=timedelta(**span)):
        inventory.expire_holds()
        orders.expire_holds()
        orders.fail_unpaid_orders()
        orders.mark_no_shows()
        yield


def test_a_hold_ends_and_the_goods_are_anybodys() -> None:
    rose, paul = Storefront("web"), Storefront("web")
    all_of_them = rose.units(*LAMP)
    wanted = paul.adds(paul.opens_cart(), "LAMP", "nice")
    cart = rose.adds(rose.opens_cart(), "LAMP", "nice", all_of_them)
    held = rose.post(f"carts/{cart['id']}/hold", {"version": cart["version"]}, status=200)

    assert paul.units(*LAMP) == 0
    refused = _checks_out_in_vain(paul, wanted, PAUL)
    with later(minutes=16):
        assert paul.units(*LAMP) == all_of_them
        wanted = paul.get(f"carts/{wanted['id']}")
        done = paul.checks_out(wanted, "pay_at_collection", PAUL)
        too_late = _checks_out_in_vain(rose, rose.get(f"carts/{held['id']}"), ROSE)

    assert refused["code"] == "out_of_stock"
    assert done["order"]["status"] == "confirmed"
    assert too_late["code"] == "out_of_stock"
    assert paul.units(*LAMP) == all_of_them - 1


def test_a_hold_keeps_the_goods_until_its_shopper_orders() -> None:
    rose = Storefront("web")
    all_of_them = rose.units(*LAMP)
    cart = rose.adds(rose.opens_cart(), "LAMP", "nice", all_of_them)
    held = rose.post(f"carts/{cart['id']}/hold", {"version": cart["version"]}, status=200)

    with later(minutes=14):
        done = rose.checks_out(held, "pay_at_collection", ROSE)

    assert done["order"]["status"] == "confirmed"
    assert rose.units(*LAMP) == 0


def test_an_order_that_nobody_pays_fails_and_frees_its_goods() -> None:
    web = Storefront("web")
    before = web.units(*LAMP)
    done = web.checks_out(web.adds(web.opens_cart(), "LAMP", "nice"), "online", ROSE)
    order = done["order"]["id"]
    promised = web.units(*LAMP)

    with later(minutes=61):
        failed = web.get(f"orders/{order}")
        too_late = web.post(
            f"orders/{order}/payments",
            {"return_url": "https://web.atelier-nord.example/back"},
            status=409,
        )

    assert (done["order"]["status"], promised) == ("placed", before - 1)
    assert (failed["status"], failed["payment_status"]) == ("failed", "pending")
    assert too_late["code"] == "order_not_payable"
    assert web.units(*LAMP) == before


def test_a_no_show_is_put_back_and_its_money_returned(provider: Provider) -> None:
    web = Storefront("web")
    before = web.units(*LAMP)
    order, pickup = _orders_and_pays(web, provider)
    Desk("Cleo").prepares(pickup, "N-07")

    with later(days=8):
        cleo = Desk("Cleo")
        missed = cleo.get(f"pickups/{pickup}")
        on_the_shelf = web.units(*LAMP)
        Desk("Dora").post(f"orders/{order}/cancel", {"reason": "not collected"})
        provider.gives_back(12_900)
        still_there = web.units(*LAMP)
        back = cleo.post(f"pickups/{pickup}/put-back")

    assert (missed["status"], back["status"]) == ("no_show", "closed")
    assert (on_the_shelf, still_there) == (before - 1, before - 1)
    assert web.units(*LAMP) == before
    told = web.get(f"orders/{order}")
    assert (told["status"], told["payment_status"]) == ("cancelled", "refunded")


def test_a_customer_who_comes_late_still_gets_what_waits(provider: Provider) -> None:
    web = Storefront("web")
    order, pickup = _orders_and_pays(web, provider)
    Desk("Noor").prepares(pickup, "N-08")

    with later(days=8):
        noor = Desk("Noor")
        code = {"code": _code(web, order)}
        missed = noor.post(f"pickups/{pickup}/hand-over", code, status=409)
        noor.post(f"pickups/{pickup}/reinstate")
        handed = noor.post(f"pickups/{pickup}/hand-over", {"code": _code(web, order)})

    assert missed["code"] == "invalid_transition"
    assert handed["status"] == "handed_over"
    assert web.get(f"orders/{order}")["status"] == "completed"


def _checks_out_in_vain(shopper: Storefront, cart: Body, contact: Body) -> Body:
    wish = {
        "version": cart["version"],
        "total": cart["total"],
        "payment": "pay_at_collection",
        "contact": contact,
    }
    refused: Body = shopper.post(f"carts/{cart['id']}/checkout", wish, status=409)
    return refused


def _orders_and_pays(web: Storefront, provider: Provider) -> tuple[str, str]:
    """A lamp for the store in Nice, paid online: the order and its pickup."""
    done = web.checks_out(web.adds(web.opens_cart(), "LAMP", "nice"), "online", ROSE)
    order = str(done["order"]["id"])
    started = web.post(
        f"orders/{order}/payments", {"return_url": "https://web.atelier-nord.example/back"}
    )
    provider.shopper_approves(started["next_action"]["url"])
    provider.delivers(1)
    paid = web.get(f"orders/{order}")
    assert paid["payments"][0]["amount"] == euro(12_900)
    return order, str(paid["fulfilment_orders"][0]["id"])


def _code(web: Storefront, order: str) -> str:
    return str(web.get(f"orders/{order}")["fulfilment_orders"][0]["pickup"]["code"])
