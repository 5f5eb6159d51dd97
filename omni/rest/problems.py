"""Everything that goes wrong, as RFC 9457 problem details (``application/problem+json``).

One handler serves our own errors, DRF's, Django's and the database's. ``type`` is the address of
the page that explains the ``code``; ``request_id`` finds the request in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions as drf

from omni.core.errors import REGISTRY, DomainError
from omni.rest.answers import Answer

PROBLEM_JSON = "application/problem+json"
WATCHED = frozenset({"/livez", "/readyz", "/metrics"})
CHALLENGE = 'Bearer realm="api"'

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A problem that does not come from the business: its status and what to tell."""

    status: int
    title: str | Promise
    remedy: str | Promise


KINDS: Mapping[str, Kind] = {
    "parse_error": Kind(400, _("The request cannot be read."), _("Send well-formed JSON, UTF-8.")),
    "bad_request": Kind(400, _("The request cannot be read."), _("Check the request's form.")),
    "not_authenticated": Kind(
        401,
        _("A credential is needed."),
        _(
            "Send the header that the endpoint asks for: X-Channel-Key: ck_… (storefronts), with"
            " Authorization: Bearer st_… (their customers), or Authorization: Bearer ak_…"
            " (programs)."
        ),
    ),
    "authentication_failed": Kind(
        401,
        _("The credential is unknown, expired or revoked."),
        _("Get a new key, or sign in again."),
    ),
    "csrf_failed": Kind(
        403, _("The CSRF token is missing or wrong."), _("Send the token in X-CSRFToken.")
    ),
    "method_not_allowed": Kind(
        405, _("This method is not offered here."), _("The Allow header lists those that are.")
    ),
    "not_acceptable": Kind(
        406, _("The answer is only available as JSON."), _("Accept application/json.")
    ),
    "body_too_large": Kind(413, _("The body is too large."), _("Send less in one request.")),
    "unsupported_media_type": Kind(
        415, _("The body must be JSON."), _("Send Content-Type: application/json.")
    ),
    "throttled": Kind(
        429, _("Too many requests."), _("Wait as long as the Retry-After header says.")
    ),
    "internal_error": Kind(
        500, _("Something went wrong on our side."), _("Try again; if it stays, give us the id.")
    ),
}


def handle(exc: Exception, _context: Mapping[str, Any] | None = None) -> HttpResponse | None:
    """The problem for an exception; None for one that nobody foresaw."""
    if isinstance(exc, DomainError):
        return domain_problem(exc)
    if isinstance(exc, drf.APIException):
        return _drf_problem(exc)
    if isinstance(exc, Http404):
        return problem("not_found")
    if isinstance(exc, PermissionDenied):
        return problem("not_allowed")
    if isinstance(exc, RequestDataTooBig):
        return problem("body_too_large")
    if isinstance(exc, SuspiciousOperation):
        return problem("bad_request")
    if isinstance(exc, DatabaseError | InterfaceError):
        return _database_problem(exc)
    return None


def domain_problem(exc: DomainError) -> Answer:
    """The problem of an error that the business raised: what is wrong, and then what to do."""
    title, _remedy = _parted(str(type(exc).message))
    detail = str(exc.message)
    return _answer(
        exc.status,
        exc.code,
        title,
        detail,
        errors=exc.errors,
        details=dict(exc.details),
        retry_after=exc.retry_after,
    )


def problem(code: str, *, detail: str | Promise = "", retry_after: int | None = None) -> Answer:
    """A problem by its code alone."""
    kind = KINDS.get(code)
    if kind is None:
        told = str(REGISTRY[code].message)
        return _answer(
            REGISTRY[code].status,
            code,
            _parted(told)[0],
            str(detail or told),
            retry_after=retry_after,
        )
    return _answer(
        kind.status, code, str(kind.title), str(detail or kind.remedy), retry_after=retry_after
    )


def explained(code: str) -> Kind:
    """What a code means and what to do about it, for people who read about it. Raises: KeyError."""
    kind = KINDS.get(code)
    if kind is not None:
        return kind
    error = REGISTRY[code]
    return Kind(error.status, *_parted(str(error.message)))


def _parted(message: str) -> tuple[str, str]:
    """What is wrong, which a message says first, and what to do, which it says then."""
    first, stop, rest = message.partition(". ")
    return (f"{first}.", rest) if stop else (message, "")


def request_id() -> str:
    """The id that the log carries for the request under way."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _answer(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: list[dict[str, Any]] | None = None,
    details: dict[str, Any] | None = None,
    retry_after: int | None = None,
) -> Answer:
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(),
    }
    if errors:
        body["errors"] = errors
    if details:
        body["details"] = details
    answer = Answer(body, status=status, kind=PROBLEM_JSON)
    answer.headers["Cache-Control"] = "no-store"
    if retry_after is None and status in (429, 503):
        retry_after = 1
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    if status == 401:
        answer.headers["WWW-Authenticate"] = CHALLENGE
    return answer


_DRF_CODES: Mapping[type[drf.APIException], str] = {
    drf.ParseError: "parse_error",
    drf.NotAuthenticated: "not_authenticated",
    drf.AuthenticationFailed: "authentication_failed",
    drf.PermissionDenied: "not_allowed",
    drf.NotFound: "not_found",
    drf.MethodNotAllowed: "method_not_allowed",
    drf.NotAcceptable: "not_acceptable",
    drf.UnsupportedMediaType: "unsupported_media_type",
    drf.Throttled: "throttled",
}


def _drf_problem(exc: drf.APIException) -> Answer:
    if isinstance(exc, drf.ValidationError):
        return domain_problem(REGISTRY["invalid"](errors=flat_errors(exc.detail)))
    code = _DRF_CODES.get(type(exc), "internal_error" if exc.status_code >= 500 else "bad_request")
    if exc.get_codes() == "csrf_failed":
        code = "csrf_failed"
    wait = getattr(exc, "wait", None)
    return problem(code, detail=_own_words(exc), retry_after=max(1, round(wait)) if wait else None)


def _own_words(exc: drf.APIException) -> str:
    """What our own checks of credentials say beyond DRF's phrase."""
    if not isinstance(exc, drf.NotAuthenticated | drf.AuthenticationFailed):
        return ""
    return "" if exc.detail == exc.default_detail else str(exc.detail)


def flat_errors(detail: Any, path: str = "") -> list[dict[str, Any]]:
    """DRF's nested messages as a flat list: field (dotted path), code, message."""
    if isinstance(detail, Mapping):
        return [
            error
            for name, inner in detail.items()
            for error in flat_errors(inner, _joined(path, str(name)))
        ]
    if isinstance(detail, list | tuple):
        return [error for inner in detail for error in flat_errors(inner, path)]
    code = getattr(detail, "code", "invalid")
    return [{"field": path, "code": code, "message": str(detail)}]


def _joined(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name


def _database_problem(exc: Exception) -> Answer | None:
    """Lock time-outs, deadlocks and a database that is away are 503: the same request may succeed.

    A value that no column can hold (an integer out of range) is the caller's mistake.
    """
    if isinstance(exc, DataError):
        logger.warning("a value reached the database that its column cannot hold", exc_info=exc)
        return problem(
            "invalid", detail=_("A value is out of range. Send smaller numbers or shorter texts.")
        )
    if isinstance(exc, OperationalError | InterfaceError) or _is_transient(exc):
        logger.warning("database busy or away", exc_info=exc)
        return problem("busy", retry_after=1)
    return None


def _is_transient(exc: Exception) -> bool:
    cause = exc.__cause__
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return state is not None and state[:2] in ("08", "40", "53", "55", "57")


# Django's own handlers: what never reached an endpoint.


def wants_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: so is everybody below /api/, and who watches the house.

    Elsewhere are people. What their browser says it accepts depends on how a page was asked for.
    """
    if request.path.startswith("/api/") or request.path in WATCHED:
        return True
    accepted = request.headers.get("Accept", "")
    return "json" in accepted and "text/html" not in accepted


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    answer = handle(exception)
    if answer is None or answer.status_code >= 500:
        answer = problem("bad_request")
    return answer if wants_json(request) else _page(request, answer)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    answer = problem("not_allowed")
    return answer if wants_json(request) else _page(request, answer)


def page_not_found(
    request: HttpRequest,
    exception: Exception | None = None,
) -> HttpResponse:
    """handler404, and the last route under /api/."""
    answer = problem("not_found")
    return answer if wants_json(request) else _page(request, answer)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    answer = problem("internal_error")
    return answer if wants_json(request) else _page(request, answer)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW."""
    answer = problem("csrf_failed")
    return answer if wants_json(request) else _page(request, answer)


def _page(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    body = answer.data if isinstance(answer, Answer) else {}
    return render(request, "problem.html", {"problem": body}, status=answer.status_code)
