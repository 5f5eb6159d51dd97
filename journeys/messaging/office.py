"""What was sent to customers, for staff: the list, one message, and saying it once more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from journeys.messaging.console_message import OneMessage, Repeat
from journeys.messaging.queries import messages_of_order
from omni.access.permissions import Permission
from omni.messages.models import MessageStatus
from omni.messages.queries import messages_visible_to
from omni.screens.views import Screen
from orders.aftersales.told import Told

A_PAGE = 50


class _OfMerchant:
    """The same page in the merchant's frame."""

    needs_place = False
    template = "office/messages/message.html"
    page_name = "office:message"


class Messages(Screen):
    """The ledger, newest first: all of it, of one customer, of one order, or in one state."""

    permission = Permission.ORDERS_VIEW
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {name: _id_of(request.GET.get(name)) for name in ("order", "customer", "before")}
        state = request.GET.get("state", "")
        rows = messages_visible_to(self.actor)
        if asked["order"]:
            rows = messages_of_order(self.actor, asked["order"])
        if asked["customer"]:
            rows = rows.filter(customer_id=asked["customer"])
        if state in MessageStatus.values:
            rows = rows.filter(status=state)
        if asked["before"]:
            rows = rows.filter(pk__lt=asked["before"])
        found = list(rows.order_by("-pk")[: A_PAGE + 1])
        about = {name: str(asked[name]) for name in ("order", "customer") if asked[name]}
        more = ""
        if len(found) > A_PAGE:
            more = _address(about | _said(state) | {"before": str(found[A_PAGE - 1].pk)})
        return self.show(
            "office/messages/list.html",
            {
                "rows": [Told(row) for row in found[:A_PAGE]],
                "states": _states(state, about),
                "more": more,
                "about": about,
            },
        )


class MessagePage(_OfMerchant, OneMessage):
    """One message, for head office."""


class SendAgain(_OfMerchant, Repeat):
    """Said once more from head office."""


def _states(here: str, about: dict[str, str]) -> list[dict[str, Any]]:
    known = [("", _("All")), *MessageStatus.choices]
    return [
        {"label": label, "url": _address(about | _said(value)), "here": value == here}
        for value, label in known
    ]


def _said(state: str) -> dict[str, str]:
    return {"state": state} if state in MessageStatus.values else {}


def _address(query: dict[str, str]) -> str:
    address = reverse("office:messages")
    return f"{address}?{urlencode(query)}" if query else address


def _id_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
