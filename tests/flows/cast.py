"""Who plays in the stories: shoppers at storefronts, staff at their desks, over HTTP alone."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID, uuid4

from django.core import mail
from django.test import Client

from omni.demo.merchant.people import CHANNEL_KEYS, DOMAIN
from omni.demo.merchant.people import PASSWORD as STAFF_PASSWORD

PASSWORD = "correct horse battery staple"
LYON = {"lat": 45.7600, "lon": 4.8400}
NICE = {"lat": 43.7000, "lon": 7.2700}

Body = dict[str, Any]


class Refused(AssertionError):
    """The API answered with a problem that the story did not expect."""


def told(answer: Any, status: int) -> Any:
    """The body of an answer of this status."""
    if answer.status_code != status:
        raise Refused(f"{answer.status_code} instead of {status}: {answer.content.decode()[:2000]}")
    return answer.json() if answer.content else None


class Storefront:
    """The app or a web shop on one device, as its program speaks to the API."""

    def __init__(self, channel: str, device: UUID | None = None, key: str = "") -> None:
        self.device = device or uuid4()
        self.client = Client()
        self.headers = {"X-Channel-Key": key or CHANNEL_KEYS[channel]}

    def get(self, path: str, query: Body | None = None, status: int = 200) -> Any:
        answer = self.client.get(f"/api/v1/{path}", query or {}, headers=self.headers)
        return told(answer, status)

    def post(self, path: str, body: Body | None = None, status: int = 201) -> Any:
        answer = self.client.post(
            f"/api/v1/{path}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers={**self.headers, "Idempotency-Key": str(uuid4())},
        )
        return told(answer, status)

    # --- what shoppers do

    def sees(self, path: str, title: str) -> None:
        """A page is viewed on this device."""
        seen = {
            "kind": "page.viewed",
            "key": f"view-{uuid4()}",
            "visitor_id": str(self.device),
            "facts": {"path": path, "title": title},
        }
        assert self.post("interactions", {"interactions": [seen]})["captured"] == 1

    def signs_up(self, name: str, email: str) -> UUID:
        """Opens an account with the code from the mail; signed in from then on."""
        wish = {"email": email, "password": PASSWORD, "name": name}
        sent = self.post("account/sign-up", wish, status=202)
        code = re.search(r"\n    (\S+)\n", str(mail.outbox[-1].body))
        assert code
        proof = {"challenge_id": sent["challenge_id"], "code": code[1], "device": str(self.device)}
        return self._signed_in(self.post("account/verify", proof))

    def signs_in(self, email: str) -> UUID:
        """Signs in on this device."""
        who = {"email": email, "password": PASSWORD, "device": str(self.device)}
        return self._signed_in(self.post("account/session", who))

    def _signed_in(self, session: Body) -> UUID:
        self.headers["Authorization"] = f"Bearer {session['token']}"
        return UUID(session["customer_id"])

    def opens_cart(self) -> Body:
        """The customer's cart, or a guest's with its token."""
        opened = self.post("carts", {"device_id": str(self.device)})
        if opened["token"]:
            self.headers["X-Cart-Token"] = opened["token"]
        cart: Body = opened["cart"]
        return cart

    def adds(self, cart: Body, sku: str, store: str, quantity: int = 1) -> Body:
        """Puts something into the cart, to be collected in a store. The cart afterwards."""
        line = {
            "version": cart["version"],
            "variant_id": self.variant(sku),
            "quantity": quantity,
            "method": "pickup",
            "location_id": self.store(store),
        }
        return self.post(f"carts/{cart['id']}/lines", line)

    def checks_out(self, cart: Body, payment: str, contact: Body | None = None) -> Body:
        """Orders at the total that was shown."""
        wish = {"version": cart["version"], "total": cart["total"], "payment": payment}
        if contact is not None:
            wish["contact"] = contact
        done = self.post(f"carts/{cart['id']}/checkout", wish)
        if done["token"]:
            self.headers["X-Order-Token"] = done["token"]
        return done

    def variant(self, sku: str) -> str:
        """The id of a variant, from the product pages."""
        for offer in self.get("products", {"limit": 100})["results"]:
            for each in self.get(f"products/{offer['slug']}")["variants"]:
                if each["sku"] == sku:
                    return str(each["id"])
        raise AssertionError(f"{sku} is not for sale here")

    def store(self, code: str) -> str:
        """The id of a store."""
        return str(self.get(f"stores/{code}")["id"])

    def units(self, slug: str, sku: str, store: str) -> int:
        """How many the product page says can be had there."""
        wanted = self.variant(sku)
        for row in self.get(f"products/{slug}/availability")["variants"]:
            if row["id"] == wanted:
                return next(int(s["available"]) for s in row["stores"] if s["store"] == store)
        raise AssertionError(f"{sku} is not on that page")

    def timeline(self) -> list[Body]:
        """The customer's own touchpoints, oldest first."""
        page = self.get("account/timeline", {"limit": 100})
        assert page["next"] is None
        return list(reversed(page["results"]))


class Desk:
    """A member of staff who signed in through the form, as a browser does."""

    def __init__(self, name: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        page = self.client.get("/staff/sign-in").content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        form = {
            "csrfmiddlewaretoken": token[1],
            "login": f"{name.lower()}@{DOMAIN}",
            "password": STAFF_PASSWORD,
        }
        answer = self.client.post("/staff/sign-in", form)
        assert answer.status_code == 302, answer.content.decode()[:500]

    def get(self, path: str, query: Body | None = None, status: int = 200) -> Any:
        return told(self.client.get(f"/api/v1/staff/{path}", query or {}), status)

    def post(self, path: str, body: Body | None = None, status: int = 200) -> Any:
        answer = self.client.post(
            f"/api/v1/staff/{path}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers={
                "X-CSRFToken": self.client.cookies["csrftoken"].value,
                "Idempotency-Key": str(uuid4()),
            },
        )
        return told(answer, status)

    # --- what staff do

    def prepares(self, pickup: str, shelf: str) -> Body:
        """Accepts, picks everything, puts it on a shelf."""
        self.post(f"pickups/{pickup}/accept")
        work = self.post(f"pickups/{pickup}/start-picking")
        for line in work["lines"]:
            found = {"line_id": line["id"], "picked": line["quantity"]}
            self.post(f"pickups/{pickup}/pick", found)
        ready: Body = self.post(f"pickups/{pickup}/ready", {"shelf": shelf})
        return ready

    def opens_shift(self, register: str, amount: int = 20_000) -> str:
        """Opens the till with change in the drawer; the shift's id."""
        rows = self.get("registers")["results"]
        wanted = next(row["id"] for row in rows if row["code"] == register)
        opened = {"register_id": wanted, "opening_float": euro(amount)}
        return str(self.post("shifts", opened, status=201)["id"])


def euro(amount: int) -> Body:
    """An amount in the API's form."""
    return {"amount": amount, "currency": "EUR"}
