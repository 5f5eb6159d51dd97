"""Orders over HTTP: each sees their own, a look-up is limited, staff see their places."""

import json

import pytest

from omni.access.models import AccessLog
from omni.access.permissions import Permission
from omni.rest.limits import LimitCounter
from orders.checkout.operations import ONLINE
from orders.sales.queries import orders_visible_to
from tests.factories.customers import make_customer
from tests.factories.inventory import make_location
from tests.factories.omni import make_api_key, make_staff, staff_actor, staff_client
from tests.factories.orders import make_line_draft, make_order, make_shop, order_from_cart
from tests.orders.storefronts import Storefront, unknown

pytestmark = pytest.mark.django_db


def bare(answer):
    body = json.loads(answer.content)
    body.pop("request_id", None)
    return answer.status_code, body


def test_an_order_shows_itself_to_its_guest_and_nobody_else():
    shop = make_shop()
    done = order_from_cart(shop, 2)
    front = Storefront(shop)
    path = f"orders/{done.order.pk}"

    own = front.send("GET", path, **{"X-Order-Token": done.token})
    without = front.send("GET", path)
    wrong = front.send("GET", path, **{"X-Order-Token": "ot_wrong"})
    signed_in = Storefront(shop, make_customer().pk).send(
        "GET", path, **{"X-Order-Token": done.token}
    )
    nothing = front.send("GET", f"orders/{unknown()}", **{"X-Order-Token": done.token})

    assert own.json()["lines"][0]["quantity"] == 2
    assert own.json()["contact"] == {"name": "Eve Adams", "email": "eve@example.com", "phone": ""}
    assert bare(without) == bare(wrong) == bare(signed_in) == bare(nothing)
    assert without.status_code == 404


def test_a_customer_sees_their_own_orders_newest_first():
    shop = make_shop()
    customer, other = make_customer(), make_customer()
    numbers = [make_order(customer_id=customer.pk).number for _ in range(3)]
    foreign = make_order(customer_id=other.pk)
    front = Storefront(shop, customer.pk)

    first = front.send("GET", "account/orders?limit=2").json()
    second = front.send("GET", f"account/orders?limit=2&cursor={first['next']}").json()

    assert [row["number"] for row in first["results"] + second["results"]] == numbers[::-1]
    assert second["next"] is None
    assert front.send("GET", f"orders/{foreign.pk}").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_however_long(rows, django_assert_num_queries):
    shop = make_shop()
    customer = make_customer()
    for _ in range(rows):
        make_order(customer_id=customer.pk)
    front = Storefront(shop, customer.pk)

    with django_assert_num_queries(2):
        answer = front.send("GET", "account/orders")

    assert len(answer.json()["results"]) == rows


@pytest.mark.django_db(transaction=True)
def test_look_up_finds_by_number_and_email_only():
    shop = make_shop()
    order = order_from_cart(shop, 1).order
    nobody = make_order(email="")
    front = Storefront(shop)

    def ask(number, email):
        return front.send("POST", "orders/look-up", {"number": number, "email": email})

    found = ask(f" {order.number.lower()} ", "EVE@example.com")
    wrong_email = ask(order.number, "ann@example.com")
    wrong_number = ask("W999999999", "eve@example.com")
    without_email = ask(nobody.number, "x")

    assert found.json()["number"] == order.number
    assert not {"contact", "shipping_address", "token", "pickups"} & set(found.json())
    assert bare(wrong_email) == bare(wrong_number) == bare(without_email)
    assert wrong_email.status_code == 404


@pytest.mark.django_db(transaction=True)
def test_look_up_is_limited_for_right_and_wrong_alike():
    shop = make_shop()
    order = order_from_cart(shop, 1).order
    front = Storefront(shop)
    right = {"number": order.number, "email": "eve@example.com"}

    for _ in range(10):
        front.send("POST", "orders/look-up", {"number": "W1", "email": "a@b.co"})
    answer = front.send("POST", "orders/look-up", right)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")
    assert LimitCounter.objects.filter(name="orders.look_up").get().spent == 10


def test_staff_see_the_orders_of_their_places():
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    at_lyon = make_order(lines=[make_line_draft(location=lyon)])
    sold_at_lyon = make_order(location_id=lyon.pk, lines=[make_line_draft(location=nice)])
    at_nice = make_order(lines=[make_line_draft(location=nice)])

    def seen(actor):
        return set(orders_visible_to(actor).values_list("pk", flat=True))

    assert seen(staff_actor(Permission.ORDERS_VIEW, location_id=lyon.pk)) == {
        at_lyon.pk,
        sold_at_lyon.pk,
    }
    assert seen(staff_actor(Permission.ORDERS_VIEW, location_id=nice.pk)) == {
        at_nice.pk,
        sold_at_lyon.pk,
    }
    assert len(seen(staff_actor(Permission.ORDERS_VIEW))) == 3
    assert seen(staff_actor(Permission.STOCK_VIEW)) == set()


def test_staff_of_a_store_that_does_the_work_see_the_order():
    shop = make_shop()
    done = order_from_cart(shop, 1)
    line = done.order.lines.get()
    line.location = make_location()
    line.save(update_fields=["location"])

    clerk = staff_actor(Permission.ORDERS_VIEW, location_id=shop.location.pk)

    assert done.order in orders_visible_to(clerk)


def test_a_key_of_a_channel_sees_that_channel():
    shop, other = make_shop(), make_shop()
    own, foreign = order_from_cart(shop, 1).order, order_from_cart(other, 1).order
    key = make_api_key(
        Permission.ORDERS_VIEW, scope_kind="channel", scope_ids=[shop.channel.pk]
    ).secret
    client = Storefront(shop).client
    client.headers = None
    headers = {"Authorization": f"Bearer {key}"}

    page = client.get("/api/v1/staff/orders", headers=headers)

    assert [row["id"] for row in page.json()["results"]] == [str(own.pk)]
    assert client.get(f"/api/v1/staff/orders/{own.pk}", headers=headers).status_code == 200
    assert client.get(f"/api/v1/staff/orders/{foreign.pk}", headers=headers).status_code == 404


def test_staff_filter_and_open_orders_and_the_look_is_logged():
    shop = make_shop(stock=20)
    confirmed = order_from_cart(shop, 1).order
    placed = order_from_cart(shop, 1, payment=ONLINE).order
    client = staff_client(make_staff(Permission.ORDERS_VIEW))

    listed = client.get("/api/v1/staff/orders", {"status": "placed"}).json()["results"]
    by_number = client.get("/api/v1/staff/orders", {"number": confirmed.number}).json()["results"]
    opened = client.get(f"/api/v1/staff/orders/{confirmed.pk}")

    assert [row["id"] for row in listed] == [str(placed.pk)]
    assert [row["id"] for row in by_number] == [str(confirmed.pk)]
    assert opened.json()["contact"]["email"] == "eve@example.com"
    assert opened.json()["changes"] == []
    assert AccessLog.objects.get(kind="order").subject_id == str(confirmed.pk)


@pytest.mark.parametrize(
    "query", ["status=lost", "nonsense=1", "customer_id=x", "placed_from=yesterday", "cursor=zz"]
)
def test_staff_filters_are_checked(query):
    client = staff_client(make_staff(Permission.ORDERS_VIEW))

    assert client.get(f"/api/v1/staff/orders?{query}").status_code == 400


def test_staff_without_the_permission_are_refused():
    client = staff_client(make_staff(Permission.STOCK_VIEW))
    order = make_order()

    assert client.get("/api/v1/staff/orders").status_code == 403
    assert client.get(f"/api/v1/staff/orders/{order.pk}").status_code == 403
    assert not AccessLog.objects.exists()
