"""Says who is signed in, and keeps staff sessions within their limits, on every page.

Where a second factor is mandatory, a session without one comes to its set-up and no further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from omni.access.backends import bringing
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


class StaffAuthentication(AuthenticationMiddleware):
    """Django's own, with the login that the session brought along: no query of its own."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        lazy: Any = SimpleLazyObject(lambda: _signed_in(request))
        request.user = lazy


def _signed_in(request: Any) -> Any:
    if not hasattr(request, "_cached_user"):
        request.session.get(SESSION_KEY)  # loads it
        brought = request.session.brought
        with bringing(brought.user if brought else None):
            request._cached_user = get_user(request)  # noqa: SLF001
    return request._cached_user  # noqa: SLF001


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
