"""The addresses of the console and the back office: those of the apps and those of the frame."""

from django.urls import URLPattern, URLResolver, include, path

from customers import urls as customers
from inventory import urls as inventory
from journeys import urls as journeys
from omni.console import frame, overview, today
from omni.webhooks import urls as webhooks
from orders import urls as orders

console: list[URLPattern | URLResolver] = [
    path("", frame.Start.as_view(), name="start"),
    path("today", today.Today.as_view(), name="today"),
    path("choose", frame.ChooseStore.as_view(), name="choose"),
    path("leave", frame.LeaveStore.as_view(), name="leave"),
    path("find", frame.Find.as_view(), name="find"),
    path("live", frame.Live.as_view(), name="live"),
    path("theme", frame.ChooseTheme.as_view(), name="theme"),
    *orders.screens,
    *journeys.screens,
    *customers.screens,
    *inventory.screens,
]
office: list[URLPattern | URLResolver] = [
    path("", overview.Overview.as_view(), name="overview"),
    *orders.office,
    *journeys.office,
    *customers.office,
    *inventory.office,
    *webhooks.office,
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/", include((console, "console"))),
    path("office/", include((office, "office"))),
]
