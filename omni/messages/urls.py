"""Every page of messages."""

from django.urls import URLPattern, path

from omni.messages import mailbox_pages as pages

# The demo's mailbox, below /mailbox/.
mailbox: list[URLPattern] = [
    path("", pages.Mailbox.as_view(), name="list"),
    path("<uuid:message_id>", pages.ReadMessage.as_view(), name="message"),
    path("<uuid:message_id>/html", pages.ReadHtml.as_view(), name="html"),
]
