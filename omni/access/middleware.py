"""Keeps staff sessions within their limits and without a second factor out, on every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from omni.access.sessions import end_if_over, lacks_second_factor

# What a person who still lacks the second factor may open. Endpoints refuse by themselves.
WITHOUT_SECOND_FACTOR = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_authenticate",
        "livez",
        "readyz",
        "metrics",
    }
)


class StaffSessionMiddleware:
    """Stands behind AuthenticationMiddleware; costs nothing where no session cookie is sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        end_if_over(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path.startswith("/api/"):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if name in WITHOUT_SECOND_FACTOR:
            return None
        if request.user.is_authenticated and lacks_second_factor(request):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return None
