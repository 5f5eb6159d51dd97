"""Carts and checkout over HTTP: what storefronts do, and what they get wrong."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.stock.models import StockLevel
from omni.core import clock
from omni.rest.idempotency import IdempotencyKey
from orders.checkout.models import Cart, CartLine
from orders.sales.models import Order
from tests.factories.customers import make_customer
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.orders import make_shipping_rate, make_shop
from tests.orders.storefronts import Storefront, unknown

pytestmark = pytest.mark.django_db


def code_of(answer):
    return answer.status_code, answer.json()["code"]


def address(country):
    return {"name": "Eve", "street": "1 rue X", "city": "Lyon", "country": country}


def test_a_guest_orders_what_they_put_into_a_cart():
    front = Storefront(make_shop(stock=10))
    front.open()

    added = front.add(quantity=2)
    done = front.check_out()

    assert added.status_code == 201
    assert added.json()["lines"][0]["price"] == {"amount": 1999, "currency": "EUR"}
    assert added.json()["lines"][0]["available"] == 10
    assert done.status_code == 201, done.content
    order = done.json()["order"]
    assert done.headers["Location"] == f"/api/v1/orders/{order['id']}"
    assert (order["status"], order["total"]["amount"]) == ("confirmed", 3998)
    (pickup,) = done.json()["pickups"]
    assert set(pickup) == {"id", "location_id", "due_at"}  # the code is told once the goods wait
    assert done.json()["next_action"] is None
    page = front.send("GET", f"orders/{order['id']}", **{"X-Order-Token": done.json()["token"]})
    assert page.status_code == 200, page.content
    assert page.json()["contact"]["email"] == "eve@example.com"


def test_an_online_order_says_what_is_next():
    front = Storefront(make_shop())
    front.open()
    front.add()

    done = front.check_out(payment="online").json()

    assert done["order"]["status"] == "placed"
    assert done["next_action"]["type"] == "pay"
    assert done["next_action"]["url"] == f"/api/v1/orders/{done['order']['id']}/payments"
    assert done["pickups"] == []


def test_a_repeat_with_its_key_is_replayed_to_the_byte():
    front = Storefront(make_shop())
    front.open()
    front.add()
    key = str(uuid4())

    first = front.check_out(key=key)
    again = front.check_out(key=key)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert Order.objects.count() == 1


def test_a_repeat_after_its_key_is_gone_answers_the_same_order():
    front = Storefront(make_shop())
    front.open()
    front.add()

    first = front.check_out().json()
    IdempotencyKey.objects.all().delete()
    again = front.check_out()

    assert again.status_code == 201
    assert again.json() == first
    assert Order.objects.count() == 1


def test_a_customer_goes_on_with_the_cart_elsewhere():
    shop = make_shop()
    customer = make_customer()
    app, laptop = Storefront(shop, customer.pk), Storefront(shop, customer.pk)

    app.open()
    app.add(quantity=2)
    laptop.open()

    assert laptop.cart["id"] == app.cart["id"]
    assert laptop.cart["lines"][0]["quantity"] == 2
    done = laptop.check_out().json()
    assert done["token"] is None
    assert app.send("GET", f"orders/{done['order']['id']}").status_code == 200


def test_lines_are_changed_and_removed():
    front = Storefront(make_shop())
    front.open()
    front.add()
    path = f"carts/{front.cart['id']}/lines/{front.cart['lines'][0]['id']}"

    changed = front.send("PATCH", path, {"version": 2, "quantity": 3})
    stale = front.send("PATCH", path, {"version": 2, "quantity": 4})
    removed = front.send("DELETE", f"{path}?version=3")

    assert changed.json()["lines"][0]["quantity"] == 3
    assert code_of(stale) == (409, "cart_changed")
    assert stale.json()["details"] == {"version": 3}
    assert removed.json()["lines"] == []
    assert code_of(front.send("DELETE", path)) == (400, "invalid")


def test_contact_and_address_are_told():
    shop = make_shop()
    make_shipping_rate(shop.channel)
    front = Storefront(shop)
    front.open()
    front.add(method="ship", location_id=None)

    told = front.send(
        "PATCH",
        f"carts/{front.cart['id']}",
        {
            "version": 2,
            "contact": {"email": "EVE@example.com"},
            "shipping_address": address("fr"),
        },
    )

    assert told.status_code == 200, told.content
    assert told.json()["contact"]["email"] == "eve@example.com"
    assert told.json()["shipping_address"]["country"] == "FR"
    assert told.json()["shipping"] == {"amount": 490, "currency": "EUR"}


def test_a_cart_says_that_its_address_is_not_shipped_to():
    shop = make_shop(stock=10)
    make_shipping_rate(shop.channel, country="FR")
    front = Storefront(shop)
    front.open()
    front.add()
    front.add(method="ship", location_id=None)
    path = f"carts/{front.cart['id']}"
    assert [line["problem"] for line in front.cart["lines"]] == [None, None]

    abroad = front.send("PATCH", path, {"version": 3, "shipping_address": address("US")}).json()
    line = f"{path}/lines/{abroad['lines'][1]['id']}"
    changed = front.send("PATCH", line, {"version": 4, "quantity": 2})
    front.cart = changed.json()
    grown = front.add(method="ship", location_id=None)
    refused = front.check_out(payment="online")
    home = front.send("PATCH", path, {"version": 6, "shipping_address": address("FR")}).json()

    assert (changed.status_code, grown.status_code) == (200, 201)
    for cart in (abroad, changed.json(), grown.json()):
        assert [each["problem"] for each in cart["lines"]] == [None, "not_shipped_there"]
        assert cart["shipping"] is None
    assert code_of(refused) == (409, "not_shipped_there")
    assert [each["problem"] for each in home["lines"]] == [None, None]
    assert home["shipping"]["amount"] > 0
    assert not Order.objects.exists()


def test_a_line_says_its_own_problem_before_that_of_the_address():
    shop = make_shop(stock=2)
    make_shipping_rate(shop.channel, country="FR")
    front = Storefront(shop)
    front.open()
    front.add(quantity=2, method="ship", location_id=None)
    StockLevel.objects.update(unavailable=1)
    path = f"carts/{front.cart['id']}"

    told = front.send("PATCH", path, {"version": 2, "shipping_address": address("US")}).json()

    assert [each["problem"] for each in told["lines"]] == ["out_of_stock"]


def test_a_hold_is_made_and_given_up():
    front = Storefront(make_shop())
    front.open()
    front.add()
    path = f"carts/{front.cart['id']}/hold"

    missing = front.send("POST", path, {"version": 2})
    held = front.send("POST", path, {"version": 2}, **{"Idempotency-Key": str(uuid4())})
    free = front.send("DELETE", path)

    assert code_of(missing) == (400, "idempotency_key_missing")
    assert held.json()["held_until"] is not None
    assert free.json()["held_until"] is None


def test_an_expired_hold_is_told():
    front = Storefront(make_shop())
    front.open()
    front.add()
    key = str(uuid4())
    front.send("POST", f"carts/{front.cart['id']}/hold", {"version": 2}, **{"Idempotency-Key": key})

    with clock.moved(by=timedelta(hours=1)):
        done = front.check_out()

    assert code_of(done) == (409, "hold_expired")
    assert not Order.objects.exists()


def test_a_code_opens_the_cart_on_another_device():
    shop = make_shop()
    phone, laptop = Storefront(shop), Storefront(shop)
    phone.open()
    phone.add()

    made = phone.send("POST", f"carts/{phone.cart['id']}/handoff-code")
    opened = laptop.send("POST", "carts/open-by-code", {"code": made.json()["code"]})
    again = laptop.send("POST", "carts/open-by-code", {"code": made.json()["code"]})

    assert made.status_code == 201
    assert opened.json()["cart"]["id"] == phone.cart["id"]
    assert code_of(again) == (409, "handoff_code_not_valid")


@pytest.mark.django_db(transaction=True)
def test_tries_of_codes_are_counted():
    front = Storefront(make_shop())
    front.open()

    tries = [front.send("POST", "carts/open-by-code", {"code": "ABCD1234"}) for _ in range(11)]

    assert {code_of(answer) for answer in tries[:10]} == {(409, "handoff_code_not_valid")}
    assert code_of(tries[10]) == (429, "too_many_attempts")
    assert int(tries[10].headers["Retry-After"]) > 0


def test_a_guests_cart_is_claimed_at_sign_in():
    shop = make_shop()
    guest = Storefront(shop)
    guest.open()
    guest.add()
    signed_in = Storefront(shop, make_customer().pk)
    signed_in.token = guest.token

    without = guest.send("POST", f"carts/{guest.cart['id']}/claim")
    claimed = signed_in.send("POST", f"carts/{guest.cart['id']}/claim")

    assert without.status_code == 401
    assert claimed.json()["id"] == guest.cart["id"]
    assert guest.send("GET", f"carts/{guest.cart['id']}").status_code == 404


# --- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"quantity": 0}, (400, "quantity_out_of_range")),
        ({"quantity": -3}, (400, "quantity_out_of_range")),
        ({"quantity": 10_000}, (400, "quantity_out_of_range")),
        ({"quantity": 10**30}, (400, "invalid")),
        ({"quantity": "2"}, (400, "invalid")),
        ({"quantity": 1.5}, (400, "invalid")),
        ({"quantity": True}, (400, "invalid")),
        ({"quantity": None}, (400, "invalid")),
        ({"version": 7}, (409, "cart_changed")),
        ({"version": 0}, (400, "invalid")),
        ({"price": 1}, (400, "invalid")),
        ({"method": "teleport"}, (400, "invalid")),
        ({"variant_id": "x"}, (400, "invalid")),
        ({"variant_id": unknown()}, (409, "variant_not_offered")),
        ({"location_id": unknown()}, (409, "method_not_offered")),
        ({"location_id": None}, (400, "location_missing")),
        ({"quantity": 11}, (409, "out_of_stock")),
    ],
)
def test_bad_lines_are_refused_and_change_nothing(over, expected):
    front = Storefront(make_shop(stock=10))
    front.open()

    answer = front.add(**over)

    assert code_of(answer) == expected
    assert not CartLine.objects.exists()
    assert Cart.objects.get().version == 1


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"version": 1}, (409, "cart_changed")),
        ({"total": {"amount": 1, "currency": "EUR"}}, (409, "price_changed")),
        ({"total": {"amount": 1999, "currency": "USD"}}, (409, "price_changed")),
        ({"total": {"amount": 1999, "currency": "XYZ"}}, (400, "invalid")),
        ({"total": {"amount": "1999", "currency": "EUR"}}, (400, "invalid")),
        ({"total": {"amount": -1, "currency": "EUR"}}, (400, "invalid")),
        ({"total": 1999}, (400, "invalid")),
        ({"total": None}, (400, "invalid")),
        ({"payment": "barter"}, (400, "invalid")),
        ({"payment": "at_till"}, (400, "invalid")),
        ({"contact": None}, (409, "contact_missing")),
        ({"contact": {"email": "nonsense"}}, (400, "invalid_identifier")),
        ({"contact": {"email": "a@b.co", "id": "x"}}, (400, "invalid")),
        ({"discount": 5}, (400, "invalid")),
    ],
)
def test_bad_checkouts_are_refused_and_change_nothing(over, expected):
    front = Storefront(make_shop())
    front.open()
    front.add()

    answer = front.check_out(**over)

    assert code_of(answer) == expected
    assert not Order.objects.exists()
    assert Cart.objects.get().status == "active"


def test_an_empty_cart_is_refused():
    front = Storefront(make_shop())
    front.open()

    assert code_of(front.check_out()) == (409, "cart_empty")


def test_foreign_and_unknown_carts_answer_alike():
    shop = make_shop()
    front, stranger = Storefront(shop), Storefront(shop)
    front.open()
    front.add()
    stranger.open()
    line = front.cart["lines"][0]["id"]

    def ask(cart_id):
        path = f"carts/{cart_id}"
        return [
            stranger.send("GET", path),
            stranger.send("PATCH", path, {"version": 2}),
            stranger.send("POST", f"{path}/lines", stranger.line(version=2)),
            stranger.send("PATCH", f"{path}/lines/{line}", {"version": 2, "quantity": 3}),
            stranger.send("DELETE", f"{path}/lines/{line}?version=2"),
            stranger.send("POST", f"{path}/handoff-code"),
            stranger.send("DELETE", f"{path}/hold"),
        ]

    answers = [ask(front.cart["id"]), ask(unknown())]

    def shown(answer):
        body = json.loads(answer.content)
        body.pop("request_id")
        return answer.status_code, body

    assert [shown(x) for x in answers[0]] == [shown(x) for x in answers[1]]
    assert {answer.status_code for answer in answers[0]} == {404}
    assert CartLine.objects.get().quantity == 1


def test_carts_need_a_channel_key(client):
    answer = client.post("/api/v1/carts", {}, content_type="application/json")

    assert code_of(answer) == (401, "not_authenticated")
    assert not Cart.objects.exists()


# --- cost ---------------------------------------------------------------------------------------


def statements(work):
    """What a request sends to the database, without what a test's own savepoints add."""
    with CaptureQueriesContext(connection) as queries:
        answer = work()
    assert answer.status_code in (200, 201), answer.content
    # Of a prepared statement the log keeps no text.
    return [q["sql"] for q in queries if "SAVEPOINT" not in (q["sql"] or "")]


def test_requests_cost_a_fixed_number_of_statements():
    shop = make_shop(stock=10)
    second = make_variant()
    make_listing(second, shop.channel)
    stock_up(second, shop.location, 5)
    front = Storefront(shop, make_customer().pk)
    front.open()
    front.add()
    front.check_out()
    front.open()

    # Beside these, BEGIN and COMMIT. Key and session, cart, line with version, event.
    assert len(statements(lambda: front.add(variant_id=str(second.pk)))) == 4
    assert len(statements(front.add)) == 4
    path = f"carts/{front.cart['id']}"
    change = {"version": 3, "quantity": 2}
    line = f"{path}/lines/{front.cart['lines'][0]['id']}"
    # Key and session, cart and line at once.
    assert len(statements(lambda: front.send("PATCH", line, change))) == 2
    assert len(statements(lambda: front.send("GET", path))) == 2
    front.cart = front.send("GET", path).json()
    # Key, idempotency (2), cart, customer, order, events, calendar, work, close, stock (3).
    assert len(statements(front.check_out)) == 13
