"""Carts and checkout over HTTP: what storefronts do."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from tests.factories.omni import make_channel_key
from tests.factories.orders import make_shop

pytestmark = pytest.mark.django_db


class Storefront:
    """A storefront's client: sends the channel key, and the cart's token once it has one."""

    def __init__(self, shop, **headers):
        key = make_channel_key(shop.channel.pk)
        self.client = Client(headers={"X-Channel-Key": key.secret, **headers})
        self.token = ""

    def send(self, method, path, body=None, **headers):
        if self.token:
            headers["X-Cart-Token"] = self.token
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
        )


def test_a_guest_orders_what_they_put_into_a_cart():
    shop = make_shop(stock=10)
    front = Storefront(shop)

    opened = front.send("POST", "carts", {}).json()
    front.token = opened["token"]
    cart = opened["cart"]
    added = front.send(
        "POST",
        f"carts/{cart['id']}/lines",
        {
            "version": 1,
            "variant_id": str(shop.variant.pk),
            "quantity": 2,
            "method": "pickup",
            "location_id": str(shop.location.pk),
        },
    )
    body = {
        "version": added.json()["version"],
        "total": added.json()["total"],
        "payment": "pay_at_collection",
        "contact": {"name": "Eve Adams", "email": "Eve@Example.com"},
    }
    done = front.send(
        "POST", f"carts/{cart['id']}/checkout", body, **{"Idempotency-Key": str(uuid4())}
    )

    assert added.status_code == 201
    assert added.json()["total"] == {"amount": 3998, "currency": "EUR"}
    assert done.status_code == 201, done.content
    order = done.json()["order"]
    assert (order["status"], order["total"]["amount"]) == ("confirmed", 3998)
    assert done.json()["pickups"][0]["code"]
    page = front.send("GET", f"orders/{order['id']}", **{"X-Order-Token": done.json()["token"]})
    assert page.status_code == 200, page.content
    assert page.json()["contact"]["email"] == "eve@example.com"
