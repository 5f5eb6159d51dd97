"""EVERY endpoint of this app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from journeys.timeline import api as timeline
from journeys.timeline import console, console_search

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
    path("customers/<uuid:customer_id>/visit", console.NoteVisit.as_view(), name="note-visit"),
    path("customers/<uuid:customer_id>/reveal", console.Reveal.as_view(), name="reveal-customer"),
]

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = []
