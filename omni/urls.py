"""Every address of the product: this file joins those of the apps."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from omni import health
from omni.access.api import Ping
from omni.console.frame import Home
from omni.rest import problems
from omni.rest.pages import DocsView, SchemaView, problem_index, problem_page

# The first that fits is taken, after all before it were tried: so storefronts come first.
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/ping", Ping.as_view()),
    path("api/v1/", include("orders.urls")),
    path("api/v1/", include("journeys.urls")),
    path("api/v1/", include("customers.urls")),
    path("api/v1/", include("inventory.urls")),
    path("api/v1/", include("omni.work.urls")),
    path("api/v1/", include("omni.webhooks.urls")),
    path("", Home.as_view(), name="home"),
    path("", include("omni.console.urls")),
    path("shop/", include("omni.shop.urls")),
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("staff/", include("omni.access.urls")),
    path("problems/", problem_index, name="problems"),
    path("problems/<slug:code>", problem_page, name="problem"),
    path("admin/", admin.site.urls),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(), name="docs"),
    re_path(r"^api/", csrf_exempt(problems.page_not_found), name="api-not-found"),
]

handler400 = "omni.rest.problems.bad_request"
handler403 = "omni.rest.problems.permission_denied"
handler404 = "omni.rest.problems.page_not_found"
handler500 = "omni.rest.problems.server_error"
