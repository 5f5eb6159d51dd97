"""Buyers over HTTP: one keep-alive connection each, and the patience of a good client.

A client that got no answer (connection refused, reset, cut off) or "try again" (503, a key in
progress) sends the same request with the same Idempotency-Key until it has a definite answer.
Any other 5xx is a violation, whatever happened to the product.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from omni.lab.merchant import Merchant
from omni.lab.stage import Site

T = TypeVar("T")

ANSWER_SECONDS = 30.0
PATIENCE_SECONDS = 150.0
NO_ANSWER = (OSError, http.client.HTTPException)


class NeverAnswered(RuntimeError):
    """No definite answer within the patience of a client."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, body, and how long it took."""

    status: int
    body: Any
    seconds: float

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""

    @property
    def is_definite(self) -> bool:
        in_progress = self.status == 409 and self.code == "idempotency_in_progress"
        return self.status < 500 and self.status != 429 and not in_progress


@dataclass(slots=True)
class Watch:
    """What all buyers of one experiment see together."""

    attempts: int = 0
    in_flight: int = 0
    latencies: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    # The first 201 to a request sent after this moment (``time.monotonic``).
    struck_at: float | None = None
    first_after: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sent(self) -> None:
        with self._lock:
            self.attempts += 1
            self.in_flight += 1

    def came_back(self, began: float, reply: Reply | None) -> None:
        with self._lock:
            self.in_flight -= 1
            if reply is None:
                return
            self.latencies.append(reply.seconds)
            is_after = self.struck_at is not None and began >= self.struck_at
            if is_after and self.first_after is None and reply.status == 201:
                self.first_after = time.monotonic() - (self.struck_at or 0)

    def strike(self) -> None:
        with self._lock:
            self.struck_at, self.first_after = time.monotonic(), None

    def violation(self, text: str) -> None:
        with self._lock:
            self.violations.append(text)


class Line:
    """One keep-alive connection of one buyer. Not for sharing between threads."""

    def __init__(self, site: Site, headers: Mapping[str, str]) -> None:
        self._headers = {"Content-Type": "application/json", **headers}
        self._connection = http.client.HTTPConnection(*site.address, timeout=ANSWER_SECONDS)

    def open(self) -> None:
        """Connect and have one request answered, so that the next one finds it warm."""
        self.send("GET", "/livez")

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request, one answer. Raises: NO_ANSWER."""
        began = time.monotonic()
        text = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, text, self._headers | dict(headers or {}))
            response = self._connection.getresponse()
            raw = response.read()
        except NO_ANSWER:
            self.close()
            raise
        return Reply(response.status, _parsed(raw), time.monotonic() - began)

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Basket:
    """A cart that is ready to be checked out, and the intents of its buyer (their keys)."""

    cart: str
    token: str
    version: int
    total: dict[str, Any]
    lines: tuple[tuple[str, int], ...]
    payment: str
    email: str
    checkout_key: str = field(default_factory=lambda: str(uuid4()))
    pay_key: str = field(default_factory=lambda: str(uuid4()))

    def checkout(self, key: str = "") -> tuple[str, str, dict[str, Any], dict[str, str]]:
        """Method, path, body and headers of the checkout."""
        body = {
            "version": self.version,
            "total": self.total,
            "payment": self.payment,
            "contact": {"email": self.email},
        }
        headers = {"X-Cart-Token": self.token, "Idempotency-Key": key or self.checkout_key}
        return "POST", f"/api/v1/carts/{self.cart}/checkout", body, headers


def insist(line: Line, watch: Watch, *request: Any) -> Reply:
    """Send a request until it has a definite answer. Raises: NeverAnswered."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        began = time.monotonic()
        watch.sent()
        reply = None
        try:
            reply = line.send(*request)
        except NO_ANSWER:
            pass
        finally:
            watch.came_back(began, reply)
        if reply is not None:
            if reply.is_definite:
                return reply
            if reply.status >= 500 and reply.status != 503:
                watch.violation(f"{reply.status} to {request[0]} {request[1]}: {reply.body}")
        time.sleep(random.uniform(0.05, 0.25))  # noqa: S311
    raise NeverAnswered(f"{request[0]} {request[1]}")


def fill_basket(
    line: Line,
    merchant: Merchant,
    watch: Watch,
    wishes: Sequence[tuple[str, int]],
    *,
    payment: str = "pay_at_collection",
) -> Basket:
    """Begin a cart and put the wishes in."""
    opened = _expect(201, insist(line, watch, "POST", "/api/v1/carts", {}))
    state, token = opened["cart"], opened["token"]
    path, headers = f"/api/v1/carts/{state['id']}/lines", {"X-Cart-Token": token}
    for variant, quantity in wishes:
        wish = {
            "version": state["version"],
            "variant_id": variant,
            "quantity": quantity,
            "method": "pickup",
            "location_id": merchant.location,
        }
        reply = insist(line, watch, "POST", path, wish, headers)
        if reply.code == "cart_changed":  # an answer was lost: the line is in the cart already
            reply = insist(line, watch, "GET", f"/api/v1/carts/{state['id']}", None, headers)
        state = _expect((200, 201), reply)
    held = tuple(sorted((row["variant_id"], row["quantity"]) for row in state["lines"]))
    return Basket(
        state["id"], token, state["version"], state["total"], held, payment,
        f"buyer-{uuid4().hex[:12]}@example.com",
    )  # fmt: skip


def open_tills(site: Site, merchant: Merchant) -> None:
    """Begin a shift on every register, where none is open yet."""
    if merchant.shifts:
        return
    line, watch = Line(site, {"Authorization": f"Bearer {merchant.till_key}"}), Watch()
    for register in merchant.registers:
        body = {"register_id": register, "opening_float": {"amount": 10_000, "currency": "EUR"}}
        key = {"Idempotency-Key": str(uuid4())}
        opened = insist(line, watch, "POST", "/api/v1/staff/shifts", body, key)
        merchant.shifts.append(_expect(201, opened)["id"])
    line.close()


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Run all works in threads that start at one moment; raises the first error of any."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        gate.wait(60)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def side_by_side(works: Sequence[Callable[[], T]], *, threads: int = 12) -> list[T]:
    """Run all works, some at a time; raises the first error of any."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda work: work(), works))


def _expect(status: int | tuple[int, ...], reply: Reply) -> Any:
    wanted = status if isinstance(status, tuple) else (status,)
    if reply.status not in wanted:
        raise RuntimeError(f"{reply.status}: {reply.body}")
    return reply.body


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return {"text": raw[:500].decode(errors="replace")}
