"""Every address of the product: this file joins those of the apps."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from omni import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/admin/"), name="home"),
    path("livez", health.live, name="livez"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    # Django's own sign-in knows no second factor, so it is closed.
    path("admin/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("admin/", admin.site.urls),
    path("api/v1/", include("inventory.urls")),
    path("api/v1/", include("customers.urls")),
    path("api/v1/", include("orders.urls")),
    path("api/v1/", include("journeys.urls")),
]
