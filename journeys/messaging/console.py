"""What a store tells: a receipt to an address that is named at the counter, a message once more."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from journeys.messaging import operations as messaging
from journeys.messaging.console_message import OneMessage, Repeat
from omni.access.permissions import Permission
from omni.screens.views import Done, Screen


class SendReceipt(Screen):
    """Asked for on the page of the sale; it leads back there."""

    permission = Permission.POS_SELL

    def post(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        return self.once(lambda: self._send(order_id))

    def _send(self, order_id: UUID) -> Done:
        email = self.request.POST.get("email", "").strip()[:254]
        messaging.send_receipt(order_id=order_id, email=email, actor=self.actor)
        return Done(self.came_from(), _("The receipt goes to %(email)s") % {"email": email})


class MessagePage(OneMessage):
    """One message, in the store's frame."""


class SendAgain(Repeat):
    """Said once more from the store."""
