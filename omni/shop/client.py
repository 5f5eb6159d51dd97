"""The whole of what the shop knows of Omni: its public HTTP API, and nothing behind it.

A request carries the channel's key and what proves the visitor (session, cart, order); an answer is
its JSON, or a ``ShopProblem`` made of the problem details. By default it is answered by this same
product within this very thread, over WSGI: no socket, and no second thread to wait for when all are
taken. ``SHOP_API_URL`` names another Omni instead, over the network.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, get_script_name
from django.http import HttpRequest
from django.urls import set_script_prefix

API = "/api/v1/"
TIMEOUT_SECONDS = 15.0
# What says that nothing happened yet: the same key may be sent again.
WAIT_CODES = frozenset({"idempotency_in_progress", "busy"})
TRIES = 4
LONGEST_WAIT = 0.5


class ShopProblem(Exception):
    """What the API refused, as RFC 9457 tells it. Act on ``code``."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code", "unknown"))
        self.title = str(body.get("title", ""))
        self.detail = str(body.get("detail", ""))
        self.details: Mapping[str, Any] = body.get("details") or {}
        self.errors: list[dict[str, Any]] = body.get("errors") or []
        self.request_id = str(body.get("request_id", ""))
        super().__init__(f"{status} {self.code}")


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom the shop calls, so that the API's limits count the visitor and not the shop."""

    origin: str
    address: str
    forwarded: str
    request_id: str

    @classmethod
    def of(cls, request: HttpRequest) -> Caller:
        return cls(
            origin=f"{request.scheme}://{request.get_host()}",
            address=str(request.META.get("REMOTE_ADDR", "")),
            forwarded=request.headers.get("X-Forwarded-For", ""),
            request_id=str(getattr(request, "request_id", "")),
        )


@dataclass(slots=True)
class Api:
    """The API as one visitor of one channel may use it."""

    key: str = field(repr=False)
    caller: Caller
    session: str = field(default="", repr=False)

    def get(self, path: str, params: Mapping[str, Any] | None = None, **proof: str) -> Any:
        """What is there. Raises: ShopProblem, as all of them."""
        return self._send("GET", path, params=params, proof=proof)

    def post(self, path: str, body: Any = None, *, once: str = "", **proof: str) -> Any:
        """Something is done. ``once``: the idempotency key of the visitor's intention."""
        return self._send("POST", path, body=body or {}, once=once, proof=proof)

    def patch(self, path: str, body: Any, **proof: str) -> Any:
        return self._send("PATCH", path, body=body, proof=proof)

    def delete(self, path: str, params: Mapping[str, Any] | None = None, **proof: str) -> Any:
        return self._send("DELETE", path, params=params, proof=proof)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        once: str = "",
        proof: Mapping[str, str],
    ) -> Any:
        headers = self._headers(proof) | ({"Idempotency-Key": once} if once else {})
        for tried in range(1, TRIES + 1):
            problem = None
            answer = _ask(self.caller, method, path, params=params, body=body, headers=headers)
            if answer.is_success:
                return answer.json() if answer.content else None
            problem = _problem(answer)
            may_repeat = bool(once) or method == "GET"
            if tried == TRIES or not may_repeat or problem.code not in WAIT_CODES:
                raise problem
            time.sleep(min(LONGEST_WAIT, float(answer.headers.get("Retry-After", 1)) * tried / 4))
        raise AssertionError

    def _headers(self, proof: Mapping[str, str]) -> dict[str, str]:
        headers = {"X-Channel-Key": self.key, "Accept": "application/json"}
        # Over the network the shop is a proxy in front of the API, and says for whom it asks.
        chain = [self.caller.forwarded, *([self.caller.address] if settings.SHOP_API_URL else [])]
        headers["X-Forwarded-For"] = ", ".join(filter(None, chain))
        if self.caller.request_id:
            headers["X-Request-ID"] = self.caller.request_id
        if self.session:
            headers["Authorization"] = f"Bearer {self.session}"
        if proof.get("cart_token"):
            headers["X-Cart-Token"] = proof["cart_token"]
        if proof.get("order_token"):
            headers["X-Order-Token"] = proof["order_token"]
        return headers


class RequestWithin(WSGIHandler):
    """Our own application with all its middleware, for a request that is part of another one.

    It does not begin and end the request for Django's signals: the outer one does. So a page uses
    one connection to the database however many calls it makes, and gives it back at its end.
    """

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        set_script_prefix(get_script_name(environ))
        response = self.get_response(self.request_class(environ))
        head = [(name, str(value)) for name, value in response.items()]
        start_response(f"{response.status_code} {response.reason_phrase}", head)
        return list(response)


@cache
def _this_product() -> RequestWithin:
    return RequestWithin()


@cache
def _network() -> httpx.HTTPTransport:
    """Connections to another Omni, kept open and shared by all threads."""
    return httpx.HTTPTransport(retries=1, limits=httpx.Limits(max_keepalive_connections=20))


def _ask(caller: Caller, method: str, path: str, **what: Any) -> httpx.Response:
    if settings.SHOP_API_URL:
        return _over(_network(), settings.SHOP_API_URL.rstrip("/"), method, path, **what)
    transport = httpx.WSGITransport(app=_this_product(), remote_addr=caller.address or "127.0.0.1")
    # A request within a request: the language and the log's id that it sets for itself stay there.
    inner = contextvars.copy_context()
    return inner.run(_over, transport, caller.origin, method, path, **what)


def _over(
    transport: httpx.BaseTransport,
    origin: str,
    method: str,
    path: str,
    *,
    params: Mapping[str, Any] | None,
    body: Any,
    headers: Mapping[str, str],
) -> httpx.Response:
    # A client of its own each time, never closed: cookies of one visitor must not meet another, and
    # the transport, which alone holds anything, is kept or holds nothing.
    client = httpx.Client(
        transport=transport, base_url=origin, timeout=TIMEOUT_SECONDS, trust_env=False
    )
    given = {name: value for name, value in (params or {}).items() if value not in (None, "")}
    try:
        return client.request(
            method, f"{API}{path}", params=given, json=body, headers=dict(headers)
        )
    except httpx.HTTPError as error:
        raise ShopProblem(503, {"code": "unreachable", "detail": str(error)}) from error


def _problem(answer: httpx.Response) -> ShopProblem:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return ShopProblem(answer.status_code, body if isinstance(body, dict) else {})
