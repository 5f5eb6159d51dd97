"""The demo's mailbox: what would have left the machine, for everybody to read.

It exists in the demo alone. Mails are shown as text; the HTML of one has an address of its own,
without any script, where the stylesheet of all mails is linked instead of standing in it.
"""

from __future__ import annotations

import re
from uuid import UUID

from csp.constants import NONE
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from omni.core.errors import NotFound
from omni.messages.models import Message
from omni.messages.phrases import purpose_name
from omni.screens.views import OPEN, Screen

A_PAGE = 30
_SHEET = re.compile(r"<style>.*?</style>", re.DOTALL)
# What a mail program would do as little as this page does.
_NO_SCRIPT = {"script-src": [NONE], "connect-src": [NONE], "form-action": [NONE]}


class _OfMailbox(Screen):
    """Open to everybody, in the demo."""

    permission = OPEN
    needs_place = False

    def message(self, message_id: UUID) -> Message:
        """Raises: NotFound."""
        row: Message | None = Message.objects.filter(pk=message_id).first()
        if row is None or not settings.DEMO:
            raise NotFound
        return row


class Mailbox(_OfMailbox):
    """All messages, newest first; ``to`` narrows to recipients that hold these letters."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not settings.DEMO:
            raise NotFound
        to = request.GET.get("to", "").strip()[:254]
        rows = Message.objects.order_by("-pk")
        if to:
            rows = rows.filter(recipient__icontains=to)
        if before := _id_of(request.GET.get("before", "")):
            rows = rows.filter(pk__lt=before)
        found = list(rows[: A_PAGE + 1])
        more = ""
        if len(found) > A_PAGE:
            query = {"before": str(found[A_PAGE - 1].pk)} | ({"to": to} if to else {})
            more = f"{reverse('mailbox:list')}?{urlencode(query)}"
        shown = [(row, purpose_name(row.purpose)) for row in found[:A_PAGE]]
        return self.show("public/mailbox/list.html", {"rows": shown, "to": to, "more": more})


class ReadMessage(_OfMailbox):
    """One message as text."""

    def get(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        row = self.message(message_id)
        return self.show(
            "public/mailbox/message.html", {"row": row, "purpose": purpose_name(row.purpose)}
        )


class ReadHtml(_OfMailbox):
    """The HTML of a mail, as a mail program shows it."""

    def get(self, request: HttpRequest, message_id: UUID) -> HttpResponse:
        row = self.message(message_id)
        if not row.html:
            raise NotFound
        link = format_html('<link rel="stylesheet" href="{}">', static("omni/mail.css"))
        response = HttpResponse(_SHEET.sub(link, row.html, count=1))
        response.headers["Cache-Control"] = "no-store"
        response._csp_replace = _NO_SCRIPT  # type: ignore[attr-defined]  # noqa: SLF001
        return response


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
