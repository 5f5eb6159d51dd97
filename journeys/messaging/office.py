"""What was sent to customers, for staff: the list, one message, and saying it once more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from journeys.messaging import operations as messaging
from journeys.messaging.queries import (
    get_message_with_order,
    masked_recipient,
    messages_of_order,
)
from journeys.messaging.writing import REPEATABLE
from omni.access.permissions import Permission
from omni.messages.models import Message, MessageStatus
from omni.messages.phrases import purpose_name
from omni.messages.queries import messages_visible_to
from omni.screens.views import Done, Screen

A_PAGE = 50
_TONES = {
    MessageStatus.SENT: "good",
    MessageStatus.FAILED: "bad",
    MessageStatus.REFUSED: "bad",
    MessageStatus.SENDING: "info",
    MessageStatus.QUEUED: "wait",
}


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
                "rows": [_row(row) for row in found[:A_PAGE]],
                "states": _states(state, about),
                "more": more,
                "about": about,
            },
        )


class MessagePage(Screen):
    """One message as its reader had it, codes and links hidden."""

    permission = Permission.ORDERS_VIEW
    needs_place = False

    def get(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        message, order = get_message_with_order(self.actor, message_id)
        may_repeat = order is not None and message.purpose in REPEATABLE
        return self.show(
            "office/messages/message.html",
            {"shown": _row(message), "order": order, "may_repeat": may_repeat},
        )


class SendAgain(MessagePage):
    """Say it once more, as things stand now."""

    def post(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        return self.once(lambda: self._send(message_id))

    def _send(self, message_id: UUID) -> Done:
        again = messaging.send_again(message_id=message_id, actor=self.actor)
        to = masked_recipient(again)
        return Done(
            reverse("office:message", args=[again.pk]), _("It goes to %(to)s again.") % {"to": to}
        )


def _row(message: Message) -> dict[str, Any]:
    return {
        "message": message,
        "purpose": purpose_name(message.purpose),
        "to": masked_recipient(message),
        "tone": _TONES[MessageStatus(message.status)],
    }


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
