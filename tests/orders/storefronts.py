"""A storefront's client: the channel key, the cart's token once there is one, JSON in and out."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client

from omni.core.ids import uuid7
from tests.factories.omni import make_channel_key, make_session_token
from tests.factories.orders import Shop


class Storefront:
    """Sends the channel key with every request, and a customer's session if one signed in."""

    def __init__(self, shop: Shop, customer_id: Any = None) -> None:
        self.shop = shop
        headers = {"X-Channel-Key": make_channel_key(shop.channel.pk).secret}
        if customer_id:
            issued = make_session_token(channel_id=shop.channel.pk, customer_id=customer_id)
            headers["Authorization"] = f"Bearer {issued.secret}"
        self.client = Client(headers=headers)
        self.token = ""
        self.cart: dict[str, Any] = {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        if self.token:
            headers.setdefault("X-Cart-Token", self.token)
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
        )

    def open(self) -> dict[str, Any]:
        """Begin a cart and go on with it."""
        opened = self.send("POST", "carts", {}).json()
        self.token, self.cart = opened["token"] or "", opened["cart"]
        return self.cart

    def line(self, **over: Any) -> dict[str, Any]:
        """The body that puts the shop's variant into the cart."""
        return {
            "version": self.cart.get("version", 1),
            "variant_id": str(self.shop.variant.pk),
            "quantity": 1,
            "method": "pickup",
            "location_id": str(self.shop.location.pk),
        } | over

    def add(self, **over: Any) -> HttpResponse:
        answer = self.send("POST", f"carts/{self.cart['id']}/lines", self.line(**over))
        if answer.status_code == 201:
            self.cart = answer.json()
        return answer

    def check_out(self, *, key: str = "", **over: Any) -> HttpResponse:
        """Check out at the total shown, paid at collection."""
        body = {
            "version": self.cart["version"],
            "total": self.cart["total"],
            "payment": "pay_at_collection",
            "contact": {"name": "Eve Adams", "email": "eve@example.com"},
        } | over
        return self.send(
            "POST",
            f"carts/{self.cart['id']}/checkout",
            {name: value for name, value in body.items() if value is not None},
            **{"Idempotency-Key": key or str(uuid4())},
        )


def unknown() -> str:
    """An id of nothing."""
    return str(uuid7())
