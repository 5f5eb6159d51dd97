"""What storefronts may send wrongly about orders that are placed, and about people."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from orders.sales.models import Order
from tests.api.bad_input.table import Bad, check, own
from tests.api.world import World
from tests.factories.orders_work import make_ready

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("bad-input")]

GUEST, EVE = "guest", "customer"
FIX = "Correct what `errors` names"
RETURN = "POST orders/{sold_order}/returns"
SOLD = {"X-Order-Token": own("sold_token")}


def the_goods_are_ready(world: World) -> None:
    make_ready(Order.objects.get(pk=world.ids["gil"]["order"]))


ORDERS = [
    Bad("a return of more than was bought", GUEST, RETURN,
        {"lines": [{"order_line_id": own("sold_line"), "quantity": 3}]},
        409, "return_beyond_bought", "Return fewer", headers=SOLD),
    Bad("a return of what comes back already", GUEST, RETURN,
        {"lines": [{"order_line_id": own("sold_line"), "quantity": 2}]},
        409, "return_beyond_bought", "Return fewer", headers=SOLD),
    Bad("a return of the same line twice", GUEST, RETURN,
        {"lines": [{"order_line_id": own("sold_line"), "quantity": 1}] * 2},
        409, "return_beyond_bought", "Return fewer", headers=SOLD),
    Bad("a return of what was not received yet", GUEST, "POST orders/{order}/returns",
        {"lines": [{"order_line_id": own("order_line"), "quantity": 1}]},
        409, "return_beyond_bought", "Return fewer"),
    Bad("a return of a line of another order", GUEST, RETURN,
        {"lines": [{"order_line_id": own("dan.sold_line"), "quantity": 1}]},
        400, "unknown_return_line", "Name one of its lines", headers=SOLD),
    Bad("a return of nothing", GUEST, RETURN, {"lines": []},
        400, "invalid", FIX, field="lines:min_length", headers=SOLD),
    Bad("a return of zero units", GUEST, RETURN,
        {"lines": [{"order_line_id": own("sold_line"), "quantity": 0}]},
        400, "invalid", FIX, headers=SOLD),
    Bad("a return too late", GUEST, RETURN,
        {"lines": [{"order_line_id": own("sold_line"), "quantity": 1}]},
        409, "return_window_over", "A manager may", headers=SOLD, later=timedelta(days=40)),
    Bad("a cancellation of more than was bought", GUEST, "POST orders/{order}/cancel",
        {"lines": [{"order_line_id": own("order_line"), "quantity": 9}]},
        409, "quantity_exceeded", "Change fewer"),
    Bad("a cancellation of what was collected", GUEST, "POST orders/{sold_order}/cancel", {},
        409, "invalid_transition", "Read it again", headers=SOLD),
    Bad("a question whether to cancel what can be", GUEST,
        "POST orders/{order}/cancel-requests", {}, 409, "cancel_possible", "Cancel it"),
    Bad("a cancellation that is late", GUEST, "POST orders/{order}/cancel", {},
        409, "cancel_too_late", "Ask the store", before=the_goods_are_ready),
    Bad("a payment in another currency", GUEST, "POST orders/{order}/payments",
        {"return_url": "https://shop.example/back", "amount": {"amount": 1, "currency": "USD"}},
        400, "currency_mismatch", "Use the currency"),
    Bad("a payment of nothing", GUEST, "POST orders/{order}/payments",
        {"return_url": "https://shop.example/back", "amount": {"amount": 0, "currency": "EUR"}},
        400, "invalid", FIX, field="amount:too_small"),
    Bad("a payment of what is paid", GUEST, "POST orders/{sold_order}/payments",
        {"return_url": "https://shop.example/back"},
        409, "nothing_to_pay", "Read it again", headers=SOLD),
    Bad("a card number instead of a token", GUEST, "POST orders/{order}/payments",
        {"return_url": "https://shop.example/back", "card_token": "4242 4242 4242 4242"},
        400, "invalid", FIX, field="card_token:invalid"),
    Bad("a way back in the clear", GUEST, "POST orders/{order}/payments",
        {"return_url": "http://shop.example/back"},
        400, "return_url_not_allowed", "Use an address of its storefront"),
    Bad("a way back that is no web address", GUEST, "POST orders/{order}/payments",
        {"return_url": "javascript:alert(1)"}, 400, "invalid", FIX, field="return_url:invalid"),
]  # fmt: skip

PEOPLE = [
    Bad("a wrong password", GUEST, "POST account/session",
        {"email": own("eve.email"), "password": "wrong horse"},
        401, "wrong_credentials", "Check both"),
    Bad("a password too weak", GUEST, "POST account/sign-up",
        {"email": "new@example.com", "password": "12345678"},
        400, "weak_password", "Choose another"),
    Bad("a wrong code from the mail", GUEST, "POST account/verify",
        {"challenge_id": own("eve.challenge"), "code": "AAAAAAAA"},
        400, "wrong_code", "Ask for a new one"),
    Bad("a consent to nothing known", EVE, "POST account/consents",
        {"purpose": "selling_my_data", "is_granted": True}, 400, "invalid", FIX),
    Bad("an address without a city", EVE, "POST account/addresses",
        {"name": "Eve", "street": "1 rue", "country": "FR"}, 400, "invalid", FIX,
        field="city:required"),
    Bad("a touchpoint of an unknown kind", GUEST, "POST interactions",
        {"interactions": [{"kind": "mind.read", "key": "mind-000001", "visitor_id": str(uuid4()),
                           "facts": {}}]},
        400, "interaction_kind_unknown", "Send one of those"),
    Bad("a touchpoint with facts that do not fit", GUEST, "POST interactions",
        {"interactions": [{"kind": "page.viewed", "key": "page-000001", "visitor_id": str(uuid4()),
                           "facts": {"path": 7}}]},
        400, "interaction_facts_invalid", "Send those that"),
    Bad("more touchpoints than a batch holds", GUEST, "POST interactions",
        {"interactions": [{"kind": "page.viewed", "key": "page-000001", "facts": {}}] * 101},
        400, "invalid", FIX, field="interactions:max_length"),
]  # fmt: skip


@pytest.mark.parametrize("row", [*ORDERS, *PEOPLE], ids=lambda row: row.what)
def test_order_or_account_refuses_and_changes_nothing(bad_world: World, row: Bad) -> None:
    check(bad_world, row)
