"""The endpoint: one class per URL and verb group. Parse, one call into the business, answer.

A class declares who may call it (``permission``), which POSTs are carried out once
(``idempotency``), and what its query string may hold (``query``); an undeclared permission fails
the start. DRF supplies request, authentication and the schema's hooks; negotiation, rendering and
exception handling are our own lean forms, because every request pays for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.signals import got_request_exception
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import urlencode
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed, NotAcceptable
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from omni.core.errors import DomainError
from omni.core.secrets import digest
from omni.rest import idempotency, pagination, problems, throttles
from omni.rest.answers import Answer
from omni.rest.declarations import ACCOUNT, PUBLIC, STOREFRONT
from omni.rest.idempotency import PLAIN, PROCESS
from omni.rest.parsers import JSONParser
from omni.rest.serializers import Input, Query, refused, shared

__all__ = ["ACCOUNT", "PLAIN", "PROCESS", "PUBLIC", "STOREFRONT", "Endpoint"]

SECRET_HEADERS = ("X-Cart-Token", "X-Order-Token")

logger = logging.getLogger(__name__)


class Endpoint(APIView):
    """Base of every endpoint of the API."""

    permission: ClassVar[str | None] = None
    permissions: ClassVar[Mapping[str, str]] = {}
    idempotency: ClassVar[Mapping[str, str]] = {}
    query: ClassVar[type[Query] | Mapping[str, type[Query]] | None] = None
    errors: ClassVar[Sequence[type[DomainError]] | Mapping[str, Sequence[type[DomainError]]]] = ()

    parser_classes = [JSONParser]
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    request: Request
    params: dict[str, Any]

    # --- what endpoints use -----------------------------------------------------------------------

    @property
    def actor(self) -> Any:
        """Who calls: an ``omni.access.actor.Actor``, also where nobody signed in."""
        return self.request.auth

    @property
    def idempotency_key(self) -> str:
        """The key of this request, for a process that names its attempt after it."""
        return self.request.headers.get(idempotency.HEADER, "")

    def given(self, serializer: type[Input], request: Request | None = None) -> dict[str, Any]:
        """The body, checked by the serializer. Raises: Invalid."""
        return serializer.parse((request or self.request).data)

    def ok(self, data: Any, *, status: int = 200) -> Answer:
        """200 with this body."""
        return Answer(data, status=status)

    def created(self, data: Any, *, location: str = "") -> Answer:
        """201 with this body."""
        answer = Answer(data, status=201)
        if location:
            answer.headers["Location"] = location
        return answer

    def no_content(self) -> Answer:
        """204."""
        return Answer(status=204)

    def page(
        self, rows: QuerySet[Any, Any], *, keys: Sequence[str], output: Callable[[Any], Any]
    ) -> Answer:
        """One page of the rows by ``cursor`` and ``limit`` of the query string."""
        found = pagination.page(
            rows, keys=keys, cursor=self.params.get("cursor"), limit=self.params["limit"]
        )
        return self.listed([output(row) for row in found.rows], found.next)

    def listed(self, results: Sequence[Any], cursor: str | None = None, **more: Any) -> Answer:
        """A page that is made already: results, the cursor of the next, and a Link to it."""
        answer = Answer({"results": results, "next": cursor, **more})
        if cursor:
            query = self.request.GET.copy()
            query["cursor"] = cursor
            path = self.request.path
            answer.headers["Link"] = f'<{path}?{urlencode(query, doseq=True)}>; rel="next"'
        return answer

    def guard(self, request: Request, **kwargs: Any) -> None:
        """Called after the permission and before any transaction: the place to spend a limit."""

    # --- how a request runs -----------------------------------------------------------------------

    @classmethod
    def declared_permission(cls, method: str) -> str | None:
        """The permission of a method; None means that it was forgotten."""
        method = "GET" if method == "HEAD" else method
        return cls.permissions.get(method, cls.permission)

    @classmethod
    def declared_query(cls, method: str) -> type[Query] | None:
        """What the query string of a method may hold. A class alone is for GET."""
        if isinstance(cls.query, Mapping):
            return cls.query.get("GET" if method == "HEAD" else method)
        return cls.query if method in ("GET", "HEAD") else None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.limits: tuple[int, int, int] | None = None
        self.params = {}
        response: HttpResponseBase
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._run(self.request, **kwargs)
        except Exception as error:  # noqa: BLE001  every error becomes a problem document
            response = self.handle_exception(error)
        # An answer is for its caller; what may be shared says so itself.
        response.headers.setdefault("Cache-Control", "no-store")
        if self.limits is not None and self.limits[0]:
            limit, remaining, resets = self.limits
            response.headers["RateLimit-Policy"] = f'"api";q={limit};w={throttles.WINDOW}'
            response.headers["RateLimit"] = f'"api";r={remaining};t={resets}'
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _negotiate(request)
        if self._handler() is None:
            raise MethodNotAllowed(request.method or "")
        actor = request.auth
        self.check_permissions(request)
        self.limits = throttles.spend(_throttled_as(actor, request))
        self.params = self._parameters(request)
        self.guard(request, **kwargs)

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        answer = problems.handle(exc)
        if answer is None:
            got_request_exception.send(sender=type(self), request=self.request)
            logger.error("unforeseen error in %s", type(self).__name__, exc_info=exc)
            answer = problems.problem("internal_error")
        if isinstance(exc, MethodNotAllowed):
            answer.headers["Allow"] = ", ".join(self.allowed_methods)
        return answer

    def get_authenticators(self) -> list[BaseAuthentication]:
        return _shared(self.authentication_classes)

    def get_permissions(self) -> Sequence[BasePermission]:
        return _shared(self.permission_classes)

    def get_parsers(self) -> list[BaseParser]:
        return _shared(self.parser_classes)

    def _handler(self) -> Callable[..., HttpResponseBase] | None:
        method = (self.request.method or "").lower()
        return getattr(self, method, None) if method in self.http_method_names else None

    def _run(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        handler = self._handler()
        assert handler is not None  # noqa: S101  ``initial`` answered 405 otherwise
        mode = self.idempotency.get(request.method or "")
        if mode is None:
            return handler(request, **kwargs)
        return self._once(mode, request, lambda: handler(request, **kwargs))

    def _once(
        self, mode: str, request: Request, handle: Callable[[], HttpResponseBase]
    ) -> HttpResponseBase:
        match = request.resolver_match
        claim = idempotency.claim(
            principal=_scope(self.actor, request),
            route=f"{request.method} {match.route if match else request.path}",
            key=request.headers.get(idempotency.HEADER),
            path=request.path,
            body=request.data,
        )
        made: list[HttpResponseBase] = []

        def work() -> idempotency.Stored:
            answer = handle()
            made.append(answer)
            return idempotency.Stored(answer.status_code, getattr(answer, "body_text", ""))

        run = idempotency.run_plain if mode == PLAIN else idempotency.run_process
        stored = run(claim, work)
        if not stored.replayed:
            return made[0]
        answer = Answer(status=stored.status, text=stored.text)
        answer.headers[idempotency.REPLAYED] = "true"
        return answer

    def _parameters(self, request: Request) -> dict[str, Any]:
        query = self.declared_query(request.method or "")
        if query is not None:
            return query.read(request.GET)
        if request.META.get("QUERY_STRING"):
            message = Input.default_error_messages["unknown_field"]
            for name in request.GET:
                raise refused(name, "unknown_field", message)
        return {}


_instances: dict[Any, Any] = {}


def _shared(classes: Sequence[Any]) -> list[Any]:
    """Instances of stateless classes, made once instead of at each request."""
    key = tuple(classes)
    known: list[Any] | None = _instances.get(key)
    if known is None:
        known = _instances[key] = [each() for each in key]
    return known


def _negotiate(request: Request) -> None:
    accept = request.META.get("HTTP_ACCEPT", "")
    if not accept or "*/*" in accept or "application/json" in accept or "application/*" in accept:
        return
    if "application/problem+json" not in accept:
        raise NotAcceptable


def _throttled_as(actor: Any, request: Request) -> str:
    if actor.kind == "anonymous":
        return f"{actor.principal}@{throttles.client_address(request._request)}"  # noqa: SLF001
    return str(actor.principal)


def _scope(actor: Any, request: Request) -> str:
    """Whose keys these are. Guests of a channel are told apart by the secret of their cart."""
    secrets = [request.headers.get(name, "") for name in SECRET_HEADERS]
    principal = str(actor.principal)
    return f"{principal}:{digest(' '.join(secrets))[:24]}" if any(secrets) else principal


def is_paged(query: type[Query] | None) -> bool:
    """Whether a list goes on with a cursor, in one way or another."""
    return query is not None and "cursor" in shared(query).fields
