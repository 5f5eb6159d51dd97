"""EVERY endpoint of this app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from journeys.messaging import console as receipts
from journeys.messaging import office as messages
from journeys.timeline import api as timeline
from journeys.timeline import console, console_hold, console_search, office_steps
from journeys.timeline import office as customers

urlpatterns = [
    path("interactions", timeline.CaptureInteractions.as_view()),
    path("staff/interactions", timeline.StaffCaptureInteractions.as_view()),
    path("account/timeline", timeline.MyTimeline.as_view()),
    path("staff/customers/<uuid:customer_id>/timeline", timeline.CustomerTimeline.as_view()),
]

# The store's pages, below /console/.
screens: list[URLPattern | URLResolver] = [
    path("customers", console_search.Customers.as_view(), name="customers"),
    path("customers/<uuid:customer_id>", console.CustomerPage.as_view(), name="customer"),
    path("orders/<uuid:order_id>/receipt", receipts.SendReceipt.as_view(), name="send-receipt"),
    path("messages/<uuid:message_id>", receipts.MessagePage.as_view(), name="message"),
    path("messages/<uuid:message_id>/again", receipts.SendAgain.as_view(), name="send-again"),
    path("customers/<uuid:customer_id>/visit", console.NoteVisit.as_view(), name="note-visit"),
    path("customers/<uuid:customer_id>/hold", console_hold.HoldForCustomer.as_view(), name="hold"),
    path(
        "customers/<uuid:customer_id>/holds/<uuid:hold_id>/release",
        console_hold.ReleaseHold.as_view(),
        name="release-hold",
    ),
    path("customers/<uuid:customer_id>/reveal", console.Reveal.as_view(), name="reveal-customer"),
]

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = [
    path("customers", customers.Customers.as_view(), name="customers"),
    path("customers/export", customers.Export.as_view(), name="export-customers"),
    path("customers/<uuid:customer_id>", customers.CustomerPage.as_view(), name="customer"),
    path("customers/<uuid:customer_id>/block", office_steps.Block.as_view(), name="block-customer"),
    path(
        "customers/<uuid:customer_id>/unblock",
        office_steps.Unblock.as_view(),
        name="unblock-customer",
    ),
    path(
        "customers/<uuid:customer_id>/identifiers",
        office_steps.AddIdentifier.as_view(),
        name="add-identifier",
    ),
    path(
        "customers/<uuid:customer_id>/identifiers/<int:identifier_id>/remove",
        office_steps.RemoveIdentifier.as_view(),
        name="remove-identifier",
    ),
    path(
        "customers/<uuid:customer_id>/consents/<str:purpose>/withdraw",
        office_steps.WithdrawConsent.as_view(),
        name="withdraw-consent",
    ),
    path(
        "customers/<uuid:customer_id>/reveal",
        office_steps.Reveal.as_view(),
        name="reveal-customer",
    ),
    path("messages", messages.Messages.as_view(), name="messages"),
    path("messages/<uuid:message_id>", messages.MessagePage.as_view(), name="message"),
    path("messages/<uuid:message_id>/again", messages.SendAgain.as_view(), name="send-again"),
]
