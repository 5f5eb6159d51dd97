"""To pay: the provider's page takes the card; the shop leads there and tells what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from omni.shop import words
from omni.shop.client import ShopProblem
from omni.shop.page import ShopPage

# A payment that was begun and whose end nobody knows yet.
OPEN = frozenset({"pending", "requires_action", "unknown"})


def begin_payment(page: ShopPage, order: str, once: str) -> HttpResponse:
    """Start a payment and go to the provider's page.

    The security policy forbids forms that lead to another site, redirects included. So script goes
    there itself; without script a page of ours has the link.
    """
    back = page.request.build_absolute_uri(page.url("paid", order))
    try:
        payment = page.api.post(
            f"orders/{order}/payments",
            {"return_url": back},
            once=once,
            order_token=page.visitor.order_token(order),
        )
    except ShopProblem as problem:
        return page.lead(page.url("order", order), words.said(problem), tone="bad")
    action = payment["next_action"] or {}
    if action.get("url") and page.request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(action["url"])
    return page.lead(page.url("pay" if action.get("url") else "order", order))


def open_payment(payments: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The payment that waits for the shopper, if there is one."""
    waiting = [each for each in payments if each["status"] in OPEN]
    return waiting[-1] if waiting else None


class Pay(ShopPage):
    """The way to the provider's page."""

    def get(self, request: HttpRequest, order: UUID) -> HttpResponse:
        token = self.visitor.order_token(str(order))
        found = self.api.get(f"orders/{order}", order_token=token)
        payment = open_payment(found["payments"])
        if found["status"] != "placed" or payment is None or not payment["next_action"]:
            return self.lead(self.url("order", order))
        return self.show("pay", {"title": _("Pay"), "order": found, "payment": payment})

    def post(self, request: HttpRequest, order: UUID) -> HttpResponse:
        return begin_payment(self, str(order), self.once)
