"""The store's day, parked sales, price checks and kept pieces over the API."""

from __future__ import annotations

import pytest

from omni.access.permissions import Permission
from orders.pos import operations as pos
from tests.factories.customers import make_customer
from tests.orders.pos.test_parked import park_one
from tests.orders.pos.test_store_api import cash, clerk_of, euros, told
from tests.orders.pos.test_till import make_counter

pytestmark = pytest.mark.django_db

RIGHTS = (Permission.POS_SELL, Permission.POS_SHIFT, Permission.POS_CLOSE_DAY)
RIGHTS += (Permission.STOCK_VIEW,)


def test_day_from_first_shift_to_its_end() -> None:
    till = make_counter()
    ada, cleo = clerk_of(till.shop.lyon, *RIGHTS), clerk_of(till.shop.nice, *RIGHTS)
    till.sells()
    [listed] = told(ada.get("staff/store-days", status="open"))["results"]
    path = f"staff/store-days/{listed['id']}"
    assert told(ada.post(f"{path}/reconcile"), 409)["code"] == "shifts_still_open"
    coins = {"counted": euros(11_000), "denominations": {"10000": 1, "1000": 1}}
    told(ada.post(f"staff/shifts/{till.shift.pk}/count", coins))
    told(ada.post(f"staff/shifts/{till.shift.pk}/close", {}))

    told(ada.post(f"{path}/reconcile"))
    batch = {"register_id": str(till.register.pk), "total": euros(0)}
    told(ada.post(f"{path}/terminal-batches", batch))
    wrong = told(ada.post(f"{path}/safe-count", {"denominations": {"3": 1}}), 400)
    told(ada.post(f"{path}/safe-count", {"denominations": {"1000": 1}}))
    slips = [
        told(ada.post(f"{path}/deposits", {"denominations": {"1000": 1}}, "one-key-for-both"), 201)
        for _ in range(2)
    ]
    closed = told(ada.post(f"{path}/close"))

    assert wrong["code"] == "denominations_not_valid"
    assert slips[0] == slips[1]
    assert (slips[0]["amount"], closed["status"]) == (euros(1000), "closed")
    figures = told(ada.get(path))
    assert figures["report"]["total"] == figures["report"]["gross"] == euros(1000)
    assert figures["report"]["by_rate"][0]["gross"] == euros(1000)
    assert (figures["safe"], len(figures["deposits"])) == (euros(0), 1)
    assert cleo.get(path).status_code == 404
    assert told(cleo.get("staff/store-days"))["results"] == []


def test_parked_recalled_and_priced() -> None:
    till = make_counter()
    ben, cleo = clerk_of(till.shop.lyon, *RIGHTS), clerk_of(till.shop.nice, *RIGHTS)
    cart = park_one(till)
    query = {"location_id": str(till.shop.lyon.pk)}
    [parked] = told(ben.get("staff/sales/parked", **query))["results"]
    assert (parked["cart_id"], parked["total"]) == (str(cart.cart_id), euros(2000))

    body = {"shift_id": str(till.shift.pk)}
    recalled = told(ben.post(f"staff/sales/carts/{cart.cart_id}/recall", body))
    found = told(
        ben.get("staff/price-check", register_id=str(till.register.pk), text=till.shop.variant.sku)
    )

    assert recalled["id"] == parked["cart_id"]
    [checked] = found["results"]
    assert (checked["price"], checked["here"]) == (euros(1000), 10)
    assert checked["elsewhere"][0]["name"] == "Nice"
    assert cleo.get("staff/sales/parked", **query).status_code == 404
    assert cleo.post(f"staff/sales/carts/{cart.cart_id}/recall", body).status_code == 404


def test_piece_kept_sold_to_its_customer_or_let_go() -> None:
    till = make_counter(units=1)
    ben, cleo = clerk_of(till.shop.lyon, *RIGHTS), clerk_of(till.shop.nice, *RIGHTS)
    eve = make_customer()
    thing = {"variant_id": str(till.shop.variant.pk), "location_id": str(till.shop.lyon.pk)}
    kept = told(ben.post(f"staff/customers/{eve.pk}/kept-pieces", thing), 201)
    sale = {
        "shift_id": str(till.shift.pk),
        "lines": [{"variant_id": thing["variant_id"], "quantity": 1}],
        "tenders": [cash(1000)],
    }

    assert told(ben.post(f"staff/customers/{eve.pk}/kept-pieces", thing), 409)
    assert told(ben.post("staff/sales", sale), 409)["code"] == "out_of_stock"
    [listed] = told(ben.get("staff/kept-pieces", customer_id=str(eve.pk)))["results"]
    assert (listed["id"], listed["customer_name"]) == (kept["id"], "Eve Adams")
    assert cleo.post(f"staff/kept-pieces/{kept['id']}/release").status_code == 404
    told(ben.post("staff/sales", {**sale, "customer_id": str(eve.pk)}), 201)

    assert told(ben.get("staff/kept-pieces"))["results"] == []
    gone = told(ben.post(f"staff/kept-pieces/{kept['id']}/release"), 409)
    assert gone["code"] == "nothing_kept"
    assert till.shop.level().on_hand == 0
    pos.count_shift(shift_id=till.shift.pk, counted_minor=11_000, actor=till.ben)
