"""What every request gets: an id, one line in the log, and its place in the metrics.

The id comes from the caller's X-Request-ID when that is harmless, and is else made here. It stands
in `request.request_id`, in every log line written meanwhile, in every problem document and in the
X-Request-ID of the answer. The log holds the path without its query, which may name a person.
"""

import re
import time
from collections.abc import Callable

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

from omni.core.ids import uuid7

HEADER = "X-Request-ID"
_HARMLESS = re.compile(r"[A-Za-z0-9._\-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNLOGGED = frozenset({"/livez", "/readyz", "/metrics"})

logger = structlog.get_logger("omni.requests")

REQUESTS = Counter("omni_http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "omni_http_request_seconds",
    "Time to answer a request",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


class RequestMiddleware:
    """The outermost middleware, so that it sees each answer as it leaves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
            response[HEADER] = request_id
            self._note(request, response, time.perf_counter() - began)
        finally:
            structlog.contextvars.clear_contextvars()
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        # "Not found" and "not allowed" are answers; the line of the request tells them by status.
        if not isinstance(error, Http404 | PermissionDenied):
            logger.error("request failed", path=_path(request), exc_info=error)
        return None

    def _note(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        # Callers may invent methods; each would become a series of its own for good.
        method = request.method if request.method in _METHODS else "OTHER"
        match = request.resolver_match
        route = match.route if match else "(none)"
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        SECONDS.labels(method, route).observe(seconds)
        if request.path in _UNLOGGED:
            return
        log = logger.warning if response.status_code >= 500 else logger.info
        log(
            "request",
            method=method,
            path=_path(request),
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )


def _path(request: HttpRequest) -> str:
    """The path without the key or token of a link that was mailed: whoever has it may go on."""
    given = request.resolver_match.kwargs if request.resolver_match else {}
    secret = given.get("key") or given.get("token")
    return request.path.replace(str(secret), "…") if secret else request.path


def _request_id(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "")
    return given if _HARMLESS.fullmatch(given) else str(uuid7())
