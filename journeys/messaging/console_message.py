"""One message as its reader had it, codes and links hidden, and saying it once more.

The pages of store and head office are the same in two frames.
"""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journeys.messaging import operations as messaging
from journeys.messaging.queries import get_message_with_order
from omni.access.permissions import Permission
from omni.messages.models import Medium
from omni.screens.views import Done, Screen
from orders.aftersales.told import Told, text_for_staff


class RepeatForm(forms.Form):
    """Where it goes this time; nothing means where the order's messages go."""

    address = forms.CharField(
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, medium: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_mail = medium == Medium.EMAIL
        field = self.fields["address"]
        field.label = _("Another e-mail address") if is_mail else _("Another phone number")
        field.help_text = _(
            "If the first was wrong. The order's messages go there from now on, and the link in"
            " those before opens nothing any more."
        )
        field.widget.attrs["inputmode"] = "email" if is_mail else "tel"


class OneMessage(Screen):
    """The message, and whether it can be said again."""

    permission = Permission.ORDERS_VIEW
    template: ClassVar[str] = "console/messages/message.html"
    page_name: ClassVar[str] = "console:message"

    def get(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        message, order = get_message_with_order(self.actor, message_id)
        shown = Told(message)
        context = {
            "shown": shown,
            "text": text_for_staff(message),
            "order": order,
            "may_repeat": order is not None and shown.is_repeatable,
            "may_correct": self.actor.may(Permission.CUSTOMERS_EDIT),
            "form": self.fresh(RepeatForm, medium=message.medium),
        }
        return self.show(self.template, context)


class Repeat(OneMessage):
    """Say it once more, as things stand now."""

    said = gettext_lazy("It goes to %(to)s again.")

    def post(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        return self.once(lambda: self._send(message_id))

    def _send(self, message_id: UUID) -> Done:
        message, _order = get_message_with_order(self.actor, message_id)
        given = self.form(RepeatForm, medium=message.medium).cleaned_data
        again = messaging.send_again(
            message_id=message_id, address=given["address"], actor=self.actor
        )
        to = reverse(self.page_name, args=[again.pk])
        return Done(to, self.said % {"to": Told(again).to})
