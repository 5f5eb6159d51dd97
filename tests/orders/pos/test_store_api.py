"""The endpoints of stores: work, pickups, returns, tills; and those of the customers' pickups."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from omni.access.permissions import Permission
from orders.fulfilment.models import Pickup
from orders.payments.models import Tender
from orders.pos.models import Register
from orders.sales.models import Order, PaymentPolicy
from tests.factories.customers import make_customer
from tests.factories.omni import (
    make_channel_key,
    make_session_token,
    make_staff,
    shop_headers,
    staff_client,
)
from tests.factories.orders_work import (
    Shop,
    Sold,
    code_of,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    work_of,
)

pytestmark = pytest.mark.django_db

CLERK = (
    Permission.FULFILMENT_VIEW,
    Permission.FULFILMENT_WORK,
    Permission.PICKUP_HAND_OVER,
    Permission.RETURNS_VIEW,
    Permission.RETURNS_CREATE,
    Permission.RETURNS_INSPECT,
    Permission.PAYMENTS_REFUND,
    Permission.ORDERS_VIEW,
    Permission.ORDERS_CANCEL,
    Permission.POS_SELL,
    Permission.POS_SHIFT,
)


@dataclass
class Caller:
    """Somebody with a client, who sends JSON and a fresh key with every POST."""

    client: Client
    headers: dict[str, str]

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None, key: str | None = None) -> HttpResponse:
        return self.client.post(
            f"/api/v1/{path}",
            json.dumps(body if body is not None else {}),
            content_type="application/json",
            headers={**self.headers, "Idempotency-Key": key or str(uuid4())},
        )


def clerk_of(location: Any, *permissions: str) -> Caller:
    user = make_staff(*(permissions or CLERK), location_id=location.pk)
    return Caller(staff_client(user), {})


def customer_of(order: Order) -> Caller:
    customer = make_customer()
    Order.objects.filter(pk=order.pk).update(customer=customer)
    key = make_channel_key(order.channel_id)
    session = make_session_token(channel_id=order.channel_id, customer_id=customer.pk)
    return Caller(Client(), shop_headers(key, session))


def euros(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def cash(amount: int) -> dict[str, Any]:
    return {"tender": "cash", "amount": euros(amount)}


def told(answer: HttpResponse, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def test_pickup_from_worklist_to_hand_over() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2))
    eve = customer_of(order)
    ben = clerk_of(shop.lyon)
    row = told(ben.get("staff/pickups", status="new"))["results"][0]
    path, line = f"staff/pickups/{row['id']}", row["lines"][0]["id"]
    assert told(eve.get(f"orders/{order.pk}"))["fulfilment_orders"][0]["pickup"]["code"] is None

    told(ben.post(f"{path}/accept"))
    told(ben.post(f"{path}/start-picking"))
    told(ben.post(f"{path}/pick", {"line_id": line, "picked": 2}))
    ready = told(ben.post(f"{path}/ready", {"shelf": "A1"}))
    seen = told(eve.get(f"orders/{order.pk}"))["fulfilment_orders"][0]["pickup"]
    wrong = told(ben.post(f"{path}/hand-over", {"code": "WRONG"}), 409)
    key = str(uuid4())
    given = told(ben.post(f"{path}/hand-over", {"code": seen["code"].lower()}, key))
    again = ben.post(f"{path}/hand-over", {"code": seen["code"].lower()}, key)

    assert ready["pickup"]["shelf"] == "A1"
    assert "code" not in ready["pickup"]
    assert (wrong["code"], wrong["details"]) == ("wrong_pickup_code", {"attempts_left": 4})
    assert given["status"] == "handed_over"
    assert again.headers["Idempotency-Replayed"] == "true"
    twice = told(ben.post(f"{path}/hand-over", {"code": seen["code"]}), 409)
    assert twice["code"] == "already_handed_over"
    after = told(eve.get(f"orders/{order.pk}"))
    assert (after["status"], after["fulfilment_orders"][0]["pickup"]["code"]) == ("completed", None)


def test_staff_never_read_the_code() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)
    ben = clerk_of(shop.lyon)
    code = code_of(row)

    pages = [
        ben.get("staff/pickups"),
        ben.get(f"staff/pickups/{row.pk}"),
        ben.get(f"staff/orders/{order.pk}"),
    ]

    assert all(page.status_code == 200 for page in pages)
    assert not any(code in page.content.decode() for page in pages)


def test_worklist_is_scoped_filtered_paged_and_costs_the_same() -> None:
    shop = make_shop(units=30)
    for _n in range(3):
        make_order(shop)
    make_order(shop, Sold(location=shop.nice))
    ben = clerk_of(shop.lyon)
    ben.get("staff/fulfilment-orders")

    with CaptureQueriesContext(
        connection,
    ) as one:
        first = told(ben.get("staff/fulfilment-orders", limit=1))
    with CaptureQueriesContext(connection) as three:
        page = told(ben.get("staff/fulfilment-orders", limit=3))

    assert len(one) == len(three)
    assert len(page["results"]) == 3
    assert {row["location_id"] for row in page["results"]} == {str(shop.lyon.pk)}
    rest = told(ben.get("staff/fulfilment-orders", cursor=first["next"]))
    assert len(rest["results"]) == 2
    assert told(ben.get("staff/fulfilment-orders", status="ready"))["results"] == []
    assert ben.get("staff/fulfilment-orders", colour="red").status_code == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("staff/pickups/{id}/accept", None),
        ("staff/pickups/{id}/reject", {"reason": "damaged"}),
        ("staff/pickups/{id}/hand-over", {"code": "X"}),
        ("staff/fulfilment-orders/{id}/put-back", None),
        ("staff/fulfilment-orders/{id}/dispatch", None),
        ("staff/orders/{order}/cancel", {}),
    ],
)
def test_foreign_work_looks_like_none(path: str, body: Any) -> None:
    shop = make_shop()
    order = make_order(shop)
    row = work_of(order)
    cleo = clerk_of(shop.nice)

    foreign = told(cleo.post(path.format(id=row.pk, order=order.pk), body), 404)
    unknown = told(cleo.post(path.format(id=uuid4(), order=uuid4()), body), 404)

    assert foreign["code"] == unknown["code"] == "not_found"
    row.refresh_from_db()
    assert row.status == "new"


def test_bad_input_is_a_clear_problem() -> None:
    shop = make_shop()
    row = work_of(make_order(shop))
    ben = clerk_of(shop.lyon)
    path = f"staff/pickups/{row.pk}"

    problems = [
        told(ben.post(f"{path}/pick", {"line_id": 1, "picked": 1}), 400),
        told(ben.post(f"{path}/pick", {"line_id": 1, "picked": -1}), 400),
        told(ben.post(f"{path}/reject", {"reason": "bored"}), 400),
        told(ben.post(f"{path}/accept", {"why": "?"}), 400),
        told(ben.post(f"{path}/ready", {"shelf": "A"}), 409),
    ]
    missing = ben.client.post(f"/api/v1/{path}/accept", "{}", content_type="application/json")

    assert [problem["code"] for problem in problems] == [
        "line_not_in_fulfilment_order",
        "invalid",
        "invalid",
        "invalid",
        "not_all_picked",
    ]
    assert told(missing, 400)["code"] == "idempotency_key_missing"


def test_customer_extends_delegates_and_arrives() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)
    eve, stranger = customer_of(order), customer_of(make_order(shop))

    first = told(eve.post(f"pickups/{row.pk}/extend"))
    twice = told(eve.post(f"pickups/{row.pk}/extend"), 409)
    named = told(eve.post(f"pickups/{row.pk}/delegate", {"name": "Bob"}))
    told(eve.post(f"pickups/{row.pk}/arrival", {"note": "bay 1"}))

    assert first["is_extended"] is True
    assert twice["code"] == "already_extended"
    assert named["delegate_name"] == "Bob"
    assert Pickup.objects.get(pk=row.pk).arrival_note == "bay 1"
    assert told(stranger.post(f"pickups/{row.pk}/extend"), 404)["code"] == "not_found"


def test_customer_cancels_before_picking() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    eve = customer_of(order)
    line = lines_of(order)[0]

    part = told(
        eve.post(
            f"orders/{order.pk}/cancel",
            {"lines": [{"order_line_id": str(line.pk), "quantity": 1}]},
        )
    )
    whole = told(eve.post(f"orders/{order.pk}/cancel", {"reason": "late"}))

    assert part["lines"][0]["quantity_cancelled"] == 1
    assert whole["status"] == "cancelled"


def test_customer_asks_and_store_takes_back() -> None:
    shop = make_shop()
    order = make_order(shop, pay=Tender.CASH)
    collect(order)
    eve, cleo = customer_of(order), clerk_of(shop.nice)
    line = lines_of(order)[0]
    body = {"lines": [{"order_line_id": str(line.pk), "quantity": 1}], "reason": "size"}

    asked = told(eve.post(f"orders/{order.pk}/returns", body), 201)
    again = told(eve.post(f"orders/{order.pk}/returns", body), 409)
    ben = clerk_of(shop.lyon)
    told(ben.post(f"staff/returns/{asked['id']}/authorise"))
    found = told(cleo.get("staff/returns", number=asked["number"]))["results"]
    path = f"staff/returns/{asked['id']}"
    unseen = told(cleo.post(f"{path}/receive", {"location_id": str(shop.nice.pk)}), 404)
    arrived = told(
        cleo.post(
            f"{path}/receive",
            {"location_id": str(shop.nice.pk), "number": asked["number"]},
        )
    )
    done = told(cleo.post(f"{path}/inspect"))

    assert again["code"] == "return_beyond_bought"
    assert [row["id"] for row in found] == [asked["id"]]
    assert unseen["code"] == "not_found"
    assert (arrived["status"], done["status"], done["money_status"]) == (
        "received",
        "inspected",
        "due",
    )
    assert done["refund"] == euros(1000)
    seen = told(eve.get(f"orders/{order.pk}/returns"))["results"]
    assert [row["status"] for row in seen] == ["inspected"]
    assert told(eve.get(f"orders/{order.pk}"))["returns"][0]["id"] == asked["id"]


def test_counter_takes_back_by_the_receipts_number() -> None:
    shop = make_shop()
    order = make_order(shop, pay=Tender.CASH)
    collect(order)
    cleo = clerk_of(shop.nice)
    receipt = told(cleo.get("staff/returns/order", number=order.number))
    units = [{"order_line_id": receipt["lines"][0]["order_line_id"], "quantity": 1}]
    body = {"location_id": str(shop.nice.pk), "order_number": order.number, "lines": units}

    hidden = told(
        cleo.post(
            "staff/returns",
            {"location_id": str(shop.nice.pk), "order_id": str(order.pk), "lines": units},
        ),
        404,
    )
    elsewhere = told(cleo.post("staff/returns", {**body, "location_id": str(shop.lyon.pk)}), 404)
    case = told(cleo.post("staff/returns", body), 201)

    assert receipt["lines"][0]["returnable"] == 1
    assert set(receipt) == {"order_id", "number", "return_until", "lines"}
    assert hidden["code"] == elsewhere["code"] == "not_found"
    assert case["location_id"] == str(shop.nice.pk)
    assert told(cleo.get(f"staff/orders/{order.pk}"))["number"] == order.number


def till_of(shop: Shop) -> Register:
    return Register.objects.create(
        location=shop.lyon, channel=shop.channel, code=f"t{uuid4().hex[:8]}", name="Till"
    )


def test_till_from_opening_to_close() -> None:
    shop = make_shop()
    register, ben = till_of(shop), clerk_of(shop.lyon)
    listed = told(ben.get("staff/registers"))["results"]
    shift = told(
        ben.post(
            "staff/shifts",
            {"register_id": str(register.pk), "opening_float": euros(5000)},
        ),
        201,
    )
    sale = {
        "shift_id": shift["id"],
        "lines": [{"variant_id": str(shop.variant.pk), "quantity": 1}],
        "total": euros(1000),
        "tenders": [{**cash(1000), "given": euros(2000)}],
    }
    key = str(uuid4())
    sold = told(ben.post("staff/sales", sale, key), 201)
    same = told(ben.post("staff/sales", sale, key), 201)
    foreign_money = told(
        ben.post(
            "staff/sales",
            {**sale, "tenders": [{"tender": "cash", "amount": {"amount": 1, "currency": "USD"}}]},
        ),
        400,
    )
    line = sold["order"]["lines"][0]["id"]
    back = told(
        ben.post(
            "staff/sales/returns",
            {
                "shift_id": shift["id"],
                "order_id": sold["order"]["id"],
                "lines": [{"order_line_id": line, "quantity": 1}],
            },
        ),
        201,
    )
    running = told(ben.get(f"staff/shifts/{shift['id']}/figures"))
    told(ben.post(f"staff/shifts/{shift['id']}/count", {"counted": euros(5000)}))
    closed = told(ben.post(f"staff/shifts/{shift['id']}/close"))
    final = told(ben.get(f"staff/shifts/{shift['id']}/figures"))

    assert [row["id"] for row in listed] == [str(register.pk)]
    assert shift["expected"] is None
    assert (sold["number"], sold["change"]) == (1, euros(1000))
    assert same["order"]["id"] == sold["order"]["id"]
    assert Order.objects.count() == 1
    assert foreign_money["code"] == "currency_mismatch"
    assert (back["status"], back["money_status"]) == ("closed", "settled")
    assert (running["kind"], running["expected"], running["cash"]) == ("X", None, [])
    assert (closed["status"], final["kind"], final["expected"]) == ("closed", "Z", euros(5000))


def test_till_collects_exchanges_and_voids() -> None:
    shop = make_shop()
    register, ben = till_of(shop), clerk_of(shop.lyon)
    shift = told(
        ben.post("staff/shifts", {"register_id": str(register.pk), "opening_float": euros(5000)}),
        201,
    )["id"]
    order = make_order(shop, pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION)
    row = make_ready(order)
    unpaid = told(ben.post(f"staff/pickups/{row.pk}/hand-over", {"code": code_of(row)}), 409)
    collected = told(
        ben.post(
            "staff/sales/collections",
            {
                "shift_id": shift,
                "pickup_id": str(row.pk),
                "code": code_of(row),
                "tenders": [cash(1000)],
            },
        )
    )
    swapped = told(
        ben.post(
            "staff/sales/exchanges",
            {
                "shift_id": shift,
                "order_number": order.number,
                "lines": [{"order_line_id": str(lines_of(order)[0].pk), "quantity": 1}],
                "new_lines": [{"variant_id": str(shop.variant.pk), "quantity": 1}],
            },
        ),
        201,
    )
    sold = told(
        ben.post(
            "staff/sales",
            {
                "shift_id": shift,
                "lines": [{"variant_id": str(shop.variant.pk), "quantity": 1}],
                "tenders": [cash(1000)],
            },
        ),
        201,
    )
    path = f"staff/sales/{sold['order']['id']}/void"
    body = {"shift_id": shift, "reason": "wrong"}
    refused = told(ben.post(path, body), 403)
    voided = told(clerk_of(shop.lyon, Permission.POS_VOID).post(path, body))

    assert (unpaid["code"], unpaid["details"]["due_minor"]) == ("not_paid", 1000)
    assert collected["fulfilment_order"]["status"] == "handed_over"
    assert (swapped["difference"], swapped["case"]["replacement_status"]) == (
        euros(0),
        "fulfilled",
    )
    assert refused["code"] == "not_allowed"
    assert voided["status"] == "cancelled"


def test_till_opens_a_customers_cart_by_its_code() -> None:
    shop = make_shop()
    register, ben = till_of(shop), clerk_of(shop.lyon)
    shift = told(
        ben.post("staff/shifts", {"register_id": str(register.pk), "opening_float": euros(0)}),
        201,
    )["id"]
    guest = Caller(Client(), {"X-Channel-Key": make_channel_key(shop.channel.pk).secret})
    opened = told(guest.post("carts", {}), 201)
    guest.headers["X-Cart-Token"] = opened["token"]
    cart = opened["cart"]["id"]
    told(
        guest.post(
            f"carts/{cart}/lines",
            {
                "version": opened["cart"]["version"],
                "variant_id": str(shop.variant.pk),
                "quantity": 1,
                "method": "carry_out",
                "location_id": str(shop.lyon.pk),
            },
        ),
        201,
    )
    code = told(guest.post(f"carts/{cart}/handoff-code"), 201)["code"]

    wrong = told(ben.post("staff/sales/open-cart", {"shift_id": shift, "code": "XXXXXXXX"}), 409)
    shown = told(ben.post("staff/sales/open-cart", {"shift_id": shift, "code": code}))
    sold = told(
        ben.post("staff/sales", {"shift_id": shift, "cart_id": cart, "tenders": [cash(1000)]}),
        201,
    )

    assert wrong["code"] == "handoff_code_not_valid"
    assert shown["id"] == cart
    assert sold["order"]["status"] == "completed"
