"""Where customers may be sent after they paid."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from omni.events.models import StoredEvent
from orders.checkout.operations import ONLINE
from orders.checkout.ways_back import is_allowed
from orders.payments.models import Payment
from tests.factories.omni import make_channel_key
from tests.factories.orders import make_shop, order_from_cart

SHOP = "https://shop.example/start"


@pytest.mark.parametrize(
    ("url", "storefront", "allowed"),
    [
        ("https://shop.example/thanks?order=1", SHOP, True),
        ("https://SHOP.example:443/", SHOP, True),
        ("http://shop.example/", SHOP, False),
        ("https://shop.example:8443/", SHOP, False),
        ("https://shop.example.evil.example/", SHOP, False),
        ("https://www.shop.example/", SHOP, False),
        ("https://evil.example/?https://shop.example/", SHOP, False),
        ("https://shop.example@evil.example/", SHOP, False),
        ("https://evil.example\\@shop.example/", SHOP, False),
        ("https://shop.example:99999/", SHOP, False),
        ("javascript:alert(1)", SHOP, False),
        ("https://anywhere.example/", "", True),
        ("http://anywhere.example/", "", False),
        ("javascript:alert(1)", "", False),
    ],
)
def test_way_back_is_the_channels_storefront(
    settings: Any, url: str, storefront: str, allowed: bool
) -> None:
    for demo in (True, False):
        settings.DEMO = demo

        assert is_allowed(url, storefront=storefront) == allowed


@pytest.mark.parametrize("storefront", ["", SHOP])
def test_way_back_to_this_machine_is_for_demos(settings: Any, storefront: str) -> None:
    for demo in (True, False):
        settings.DEMO = demo

        assert is_allowed("http://localhost:3000/back", storefront=storefront) == demo
        assert is_allowed("http://127.0.0.1:3000/", storefront=storefront) == demo


@pytest.mark.django_db
def test_pay_order_refuses_an_address_of_somebody_else() -> None:
    shop = make_shop(storefront_url=SHOP)
    done = order_from_cart(shop, payment=ONLINE)
    before = StoredEvent.objects.count()

    answer = Client().post(
        f"/api/v1/orders/{done.order.pk}/payments",
        json.dumps({"return_url": "https://evil.example/"}),
        content_type="application/json",
        headers={
            "X-Channel-Key": make_channel_key(shop.channel.pk).secret,
            "X-Order-Token": done.token or "",
            "Idempotency-Key": str(uuid4()),
        },
    )

    assert answer.status_code == 400
    assert answer.json()["code"] == "return_url_not_allowed"
    assert answer.json()["details"] == {"storefront": SHOP}
    assert not Payment.objects.exists()
    assert StoredEvent.objects.count() == before
