"""What stores and programs may send wrongly: pickups, stock, returns, refunds, the till."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orders.fulfilment.models import FulfilmentOrder, Pickup
from orders.fulfilment.proof import MAX_ATTEMPTS
from orders.sales.models import Order
from tests.api.bad_input.table import Bad, changed_since, check, digest_of_tables, own, send
from tests.api.walk import undone
from tests.api.world import World
from tests.factories.orders_work import code_of, make_ready

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bad-input")]

MANAGER, CLERK, OTHER_KEY = "manager", "clerk", "key of other scope"
FIX = "Correct what `errors` names"
NOTHING_THERE = "Check the ids"

EUR = {"amount": 500, "currency": "EUR"}
DOLLARS = {"amount": 500, "currency": "USD"}
PICKUP = "staff/pickups/{fulfilment_order}"
PICK = {"line_id": own("work_line"), "picked": 1}
STOCK = {"location_id": own("location"), "variant_id": own("variant")}
CORRECT = "POST staff/stock/corrections"
MOVE = {**STOCK, "quantity": 1, "to_bucket": "damaged", "reason": "broken"}
RECEIPT = {"location_id": own("location")}
RETURN = {"location_id": own("location"), "order_id": own("sold_order")}
SOLD = {"variant_id": own("variant"), "quantity": 1}
CASH = {"tender": "cash", "amount": EUR}
SALE = {"shift_id": own("shift"), "lines": [SOLD], "tenders": [CASH]}


def the_goods_are_ready(world: World) -> None:
    make_ready(Order.objects.get(pk=world.ids["eve"]["order"]))


def units(line: str, quantity: int) -> list[dict[str, Any]]:
    """So many units of a line of an order."""
    return [{"order_line_id": own(line), "quantity": quantity}]


# --- the table ------------------------------------------------------------------------------------

PICKUPS = [
    Bad("a pickup of another store", MANAGER,
        "POST staff/pickups/{dan.fulfilment_order}/accept", {}, 404, "not_found", NOTHING_THERE),
    Bad("a pickup of a store beyond the key's scope", OTHER_KEY,
        "POST staff/pickups/{eve.fulfilment_order}/accept", {}, 404, "not_found", NOTHING_THERE),
    Bad("a pickup handed over before it is ready", CLERK, f"POST {PICKUP}/hand-over",
        {"code": "AAAAAAAA"}, 409, "invalid_transition", "Read it again"),
    Bad("a pickup that is ready without a shelf", CLERK, f"POST {PICKUP}/ready", {"shelf": ""},
        400, "invalid", FIX, field="shelf:blank"),
    Bad("a wrong code of a pickup that another store has", MANAGER,
        "POST staff/pickups/{dan.fulfilment_order}/hand-over", {"code": "AAAAAAAA"},
        404, "not_found", NOTHING_THERE),
    Bad("no code, and an ID that a clerk checked", CLERK, f"POST {PICKUP}/hand-over",
        {"id_kind": "passport"}, 403, "id_check_needed", "a key holder must check",
        before=the_goods_are_ready),
    Bad("an ID of a kind that is not known", MANAGER, f"POST {PICKUP}/hand-over",
        {"id_kind": "library_card"}, 400, "invalid", FIX, field="id_kind:invalid_choice"),
    Bad("more handed over than was ordered", MANAGER, f"POST {PICKUP}/hand-over",
        {"id_kind": "passport", "lines": [{"line_id": own("work_line"), "quantity": 9}]},
        400, "quantity_beyond_line", "Name fewer", before=the_goods_are_ready),
    Bad("a line of another's pickup", MANAGER, f"POST {PICKUP}/hand-over",
        {"id_kind": "passport", "lines": [{"line_id": own("dan.work_line"), "quantity": 1}]},
        400, "line_not_in_fulfilment_order", "Name one of its lines", before=the_goods_are_ready),
    Bad("a delegate whom nobody named", MANAGER, f"POST {PICKUP}/hand-over",
        {"id_kind": "passport", "is_delegate": True}, 409, "no_delegate_named", "Ask the customer",
        before=the_goods_are_ready),
    Bad("something picked before it was begun", CLERK, f"POST {PICKUP}/pick", PICK,
        409, "invalid_transition", "Read it again"),
    Bad("a negative number picked", CLERK, f"POST {PICKUP}/pick", {**PICK, "picked": -1},
        400, "invalid", FIX, field="picked:min_value"),
]  # fmt: skip

GOODS = [
    Bad("a receipt of nothing", MANAGER, "POST staff/stock/receipts", {**RECEIPT, "lines": []},
        400, "invalid", FIX, field="lines:min_length"),
    Bad("a receipt of zero units", MANAGER, "POST staff/stock/receipts",
        {**RECEIPT, "lines": [{**SOLD, "quantity": 0}]}, 400, "invalid", FIX),
    Bad("a receipt of less than nothing", MANAGER, "POST staff/stock/receipts",
        {**RECEIPT, "lines": [{**SOLD, "quantity": -5}]}, 400, "invalid", FIX),
    Bad("a receipt of a variant of nobody", MANAGER, "POST staff/stock/receipts",
        {**RECEIPT, "lines": [{**SOLD, "variant_id": own("random")}]},
        404, "no_such_stock", "Check the ids"),
    Bad("a receipt at another store", MANAGER, "POST staff/stock/receipts",
        {"location_id": own("dan.location"), "lines": [SOLD]}, 404, "not_found", NOTHING_THERE),
    Bad("a receipt at no store", MANAGER, "POST staff/stock/receipts",
        {"location_id": own("random"), "lines": [SOLD]}, 404, "not_found", NOTHING_THERE),
    Bad("a correction by nothing", MANAGER, CORRECT, {**STOCK, "change": 0, "reason": "found"},
        400, "stock_change_not_valid", "Say how many units"),
    Bad("a correction by nothing said", MANAGER, CORRECT, {**STOCK, "reason": "found"},
        400, "stock_change_not_valid", "Say how many units"),
    Bad("a count of less than nothing", MANAGER, CORRECT, {**STOCK, "counted": -1, "reason": "x"},
        400, "invalid", FIX, field="counted:min_value"),
    Bad("a correction at another store", MANAGER, CORRECT,
        {**STOCK, "location_id": own("dan.location"), "change": 1, "reason": "found"},
        404, "not_found", NOTHING_THERE),
    Bad("more set aside than lies there", MANAGER, "POST staff/stock/bucket-moves",
        {**MOVE, "quantity": 5_000}, 409, "bucket_too_small", "Move fewer"),
    Bad("something set aside where nothing is kept", MANAGER, "POST staff/stock/bucket-moves",
        {**MOVE, "to_bucket": "attic"}, 400, "invalid", FIX, field="to_bucket:invalid_choice"),
    Bad("a level at another store", MANAGER,
        "GET staff/stock/levels/{variant}/{dan.location}", None, 404, "not_found", NOTHING_THERE),
]  # fmt: skip

MONEY = [
    Bad("a return of more than was bought", MANAGER, "POST staff/returns",
        {**RETURN, "lines": units("sold_line", 9)}, 409, "return_beyond_bought", "Return fewer"),
    Bad("a return of more than was bought, at the till", MANAGER, "POST staff/sales/returns",
        {"shift_id": own("shift"), "order_id": own("sold_order"), "lines": units("sold_line", 9)},
        409, "return_beyond_bought", "Return fewer"),
    Bad("an exchange of more than was bought", MANAGER, "POST staff/sales/exchanges",
        {"shift_id": own("shift"), "order_id": own("sold_order"), "lines": units("sold_line", 9),
         "new_lines": [SOLD], "tenders": []}, 409, "return_beyond_bought", "Return fewer"),
    Bad("a return of a line of another order", MANAGER, "POST staff/returns",
        {**RETURN, "lines": units("dan.sold_line", 1)},
        400, "unknown_return_line", "Name one of its lines"),
    Bad("a return of an order that is not seen", MANAGER, "POST staff/returns",
        {**RETURN, "order_id": own("dan.sold_order"), "lines": units("dan.sold_line", 1)},
        404, "not_found", NOTHING_THERE),
    Bad("a return too late", CLERK, "POST staff/returns",
        {**RETURN, "lines": units("sold_line", 1)}, 409, "return_window_over", "A manager may",
        later=timedelta(days=45)),
    Bad("a receipt that nobody has", MANAGER, "GET staff/returns/order?number=W-0", None,
        404, "not_found", NOTHING_THERE),
    Bad("more received than was announced", MANAGER, "POST staff/returns/{return}/receive",
        {**RECEIPT, "lines": [{"line_id": own("return_line"), "quantity": 2}]},
        409, "return_beyond_bought", "Return fewer"),
    Bad("a refund of nothing", MANAGER, "POST staff/orders/{sold_order}/refunds",
        {"amount": {**EUR, "amount": 0}, "reason": "why"}, 400, "invalid", FIX,
        field="amount:too_small"),
    Bad("a refund of more than was paid", MANAGER, "POST staff/orders/{sold_order}/refunds",
        {"amount": {**EUR, "amount": 10**9}, "reason": "why"},
        409, "refund_too_large", "Refund less"),
    Bad("a refund in another currency", MANAGER, "POST staff/orders/{sold_order}/refunds",
        {"amount": DOLLARS, "reason": "why"}, 400, "currency_mismatch", "Use the currency"),
    Bad("a refund in a currency that does not exist", MANAGER,
        "POST staff/orders/{sold_order}/refunds",
        {"amount": {**EUR, "currency": "ZZZ"}, "reason": "why"}, 400, "invalid", FIX,
        field="amount:unknown_currency"),
    Bad("a refund without a reason", MANAGER, "POST staff/orders/{sold_order}/refunds",
        {"amount": EUR}, 400, "invalid", FIX, field="reason:required"),
    Bad("a refund of another store's order", MANAGER,
        "POST staff/orders/{dan.sold_order}/refunds", {"amount": EUR, "reason": "why"},
        404, "not_found", NOTHING_THERE),
]  # fmt: skip

TILL = [
    Bad("a sale of nothing", CLERK, "POST staff/sales", {**SALE, "lines": []},
        409, "cart_empty", "Put something in"),
    Bad("a sale of zero units", CLERK, "POST staff/sales",
        {**SALE, "lines": [{**SOLD, "quantity": 0}]}, 400, "invalid", FIX),
    Bad("a sale of a negative number", CLERK, "POST staff/sales",
        {**SALE, "lines": [{**SOLD, "quantity": -1}]}, 400, "invalid", FIX),
    Bad("a sale on another store's shift", CLERK, "POST staff/sales",
        {**SALE, "shift_id": own("dan.shift")}, 404, "not_found", NOTHING_THERE),
    Bad("a sale of what is not sold here", CLERK, "POST staff/sales",
        {**SALE, "lines": [{**SOLD, "variant_id": own("dan.own_variant")}]},
        409, "variant_not_offered", "Remove it"),
    Bad("a sale that is not paid in full", CLERK, "POST staff/sales",
        {**SALE, "tenders": [{**CASH, "amount": {**EUR, "amount": 1}}]},
        400, "tenders_do_not_match", "The details say how much"),
    Bad("a sale with less cash than it pays", CLERK, "POST staff/sales",
        {**SALE, "tenders": [{**CASH, "given": {**EUR, "amount": 1}}]},
        400, "too_little_cash_given", "Ask for the rest"),
    Bad("a sale in another currency", CLERK, "POST staff/sales",
        {**SALE, "tenders": [{**CASH, "amount": DOLLARS}]},
        400, "currency_mismatch", "Use the currency"),
    Bad("a card payment without the terminal's number", CLERK, "POST staff/sales",
        {**SALE, "tenders": [{"tender": "card_terminal", "amount": EUR}]},
        400, "terminal_reference_missing", "from the slip"),
    Bad("a card number as the terminal's", CLERK, "POST staff/sales",
        {**SALE, "tenders": [{"tender": "card_terminal", "amount": EUR,
                              "terminal_reference": "4242424242424242"}]},
        400, "card_number_refused", "Send the terminal's reference"),
    Bad("a tender that is not taken at tills", CLERK, "POST staff/sales",
        {**SALE, "tenders": [{**CASH, "tender": "shells"}]}, 400, "invalid", FIX),
    Bad("a second shift on the same till", CLERK, "POST staff/shifts",
        {"register_id": own("register"), "opening_float": EUR},
        409, "shift_already_open", "Close it first"),
    Bad("a drawer counted in another currency", CLERK, "POST staff/shifts/{shift}/count",
        {"counted": DOLLARS},
        400, "currency_mismatch", "Use the currency"),
    Bad("a till of another store", CLERK, "POST staff/shifts",
        {"register_id": own("dan.register"), "opening_float": EUR},
        404, "not_found", NOTHING_THERE),
    Bad("more cash out than is in the drawer", CLERK, "POST staff/shifts/{shift}/cash",
        {"kind": "paid_out", "amount": {**EUR, "amount": 10**7}, "reason": "why"},
        409, "drawer_too_empty", "Pay in change"),
    Bad("a void of another store's sale", MANAGER, "POST staff/sales/{dan.till_order}/void",
        {"shift_id": own("shift"), "reason": "why"},
        409, "not_sold_in_this_shift", "Take the goods back"),
    Bad("a code that opens no cart", CLERK, "POST staff/sales/open-cart",
        {"shift_id": own("shift"), "code": "AAAA-AAAA"},
        409, "handoff_code_not_valid", "Make a new one"),
]  # fmt: skip

PROGRAMS = [
    Bad("an endpoint at a private address", "head office", "POST webhooks/endpoints",
        {"url": "http://10.0.0.1/in", "types": ["order.*"]},
        400, "webhook_url_not_allowed", "Name a public https"),
    Bad("an endpoint for events that do not exist", "head office", "POST webhooks/endpoints",
        {"url": "https://hooks.example.com/in", "types": ["order.teleported"]},
        400, "unknown_event_type", "Give types"),
    Bad("a timeline without a reason", CLERK, "GET staff/customers/{customer}/timeline", None,
        403, "history_without_reason", "Name an open reason"),
    Bad("a timeline for a reason of somebody else", CLERK,
        "GET staff/customers/{customer}/timeline?reason=order:{dan.order}", None,
        403, "history_without_reason", "Name an open reason"),
    Bad("a search for one letter", CLERK, "GET staff/customers?search=z", None,
        400, "search_too_short", "Type at least two letters"),
]  # fmt: skip

TABLE = [*PICKUPS, *GOODS, *MONEY, *TILL, *PROGRAMS]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.what)
def test_store_refuses_and_changes_nothing(bad_world: World, row: Bad) -> None:
    check(bad_world, row)


# --- what a table cannot tell ---------------------------------------------------------------------


def hand_over(world: World, code: str) -> Any:
    """The clerk types a code."""
    request = "POST staff/pickups/{fulfilment_order}/hand-over"
    return send(world, Bad("", CLERK, request, {"code": code}, 200, "", ""))


def test_pickup_code_is_locked_after_five_wrong_ones(bad_world: World) -> None:
    with undone():
        the_goods_are_ready(bad_world)
        row = FulfilmentOrder.objects.get(pk=bad_world.ids["eve"]["fulfilment_order"])
        right = code_of(row)
        before = digest_of_tables()

        answers = [hand_over(bad_world, "AAAAAAAA") for _ in range(MAX_ATTEMPTS)]

        codes = [answer.json()["code"] for answer in answers]
        assert codes == ["wrong_pickup_code"] * 4 + ["pickup_code_locked"]
        left = [answer.json()["details"]["attempts_left"] for answer in answers[:-1]]
        assert left == [4, 3, 2, 1]
        # Counted in the database, with the incident and the event of the lock; nothing else.
        assert Pickup.objects.get(pk=row.pickup.pk).code_attempts == MAX_ATTEMPTS
        assert changed_since(before) == ["omni_event", "omni_incident", "orders_pickup"]
        before = digest_of_tables()
        for code in (right, "AAAAAAAA"):
            answer = hand_over(bad_world, code)
            assert (answer.status_code, answer.json()["code"]) == (409, "pickup_code_locked")
            assert "may check an ID instead" in answer.json()["detail"]
        assert changed_since(before) == []


FOREIGN_FILTERS = [
    "staff/orders?customer_id={%s.buyer}",
    "staff/orders?channel_id={%s.channel}",
    "staff/orders?number={%s.order_number}",
    "staff/pickups?location_id={%s.location}",
    "staff/pickups?order_id={%s.order}",
    "staff/returns?order_id={%s.sold_order}",
    "staff/stock/levels?location_id={%s.location}",
    "staff/shifts?register_id={%s.register}",
    "staff/registers?location_id={%s.location}",
]


@pytest.mark.parametrize("path", FOREIGN_FILTERS)
def test_foreign_ids_in_queries_find_nothing(bad_world: World, path: str) -> None:
    with undone():
        before = digest_of_tables()

        answer = send(bad_world, Bad("", MANAGER, f"GET {path % 'dan'}", None, 200, "", ""))
        own_rows = send(bad_world, Bad("", MANAGER, f"GET {path % 'eve'}", None, 200, "", ""))

        assert (answer.status_code, answer.json()["results"]) == (200, [])
        assert own_rows.json()["results"]
        assert changed_since(before) == []
