"""EVERY endpoint of this app, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from journeys.timeline import api as timeline

urlpatterns = [
    path("interactions", timeline.CaptureInteractions.as_view()),
    path("staff/interactions", timeline.StaffCaptureInteractions.as_view()),
    path("account/timeline", timeline.MyTimeline.as_view()),
    path("staff/customers/<uuid:customer_id>/timeline", timeline.CustomerTimeline.as_view()),
]

# The store's pages, below /console/.
screens: list[URLPattern | URLResolver] = []

# The merchant's pages, below /office/.
office: list[URLPattern | URLResolver] = []
