"""The card provider, spoken to over HTTP.

Decided here: which answers are definite. A 4xx is a refusal, except those of
``UNDECIDED``; these, 5xx, a broken connection and a body that is not understood leave the outcome
unknown. Address, key and time-out come from settings; redirects are not followed. A process keeps
its connections open from call to call.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from threading import Lock
from typing import Any

import httpx
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from orders.payments.gateways.base import (
    ForgedMessage,
    ProviderEntry,
    ProviderPayment,
    ProviderRefused,
    ProviderUnavailable,
    StartRequest,
)

# 401 and 403 are about our own key, and 422 says that the idempotency key was used with another
# body: an earlier call may have had its effect.
UNDECIDED = {401, 403, 408, 422, 425, 429}
# The provider's words for a payment's state, in ours.
STATUSES = {
    "requires_action": "requires_action",
    "authorised": "authorised",
    "partly_captured": "partly_captured",
    "captured": "captured",
    "declined": "failed",
    "voided": "voided",
    "expired": "expired",
}


class PspGateway:
    """Card payments with a hosted page; captures automatic or on demand."""

    code = "psp"

    def start(self, request: StartRequest) -> ProviderPayment:
        body: dict[str, Any] = {
            "amount": request.amount_minor,
            "currency": request.currency,
            "reference": request.reference,
            "return_url": request.return_url,
            "capture": "manual" if request.is_manual_capture else "automatic",
        }
        if request.card_token:
            body["card"] = request.card_token
        return payment_of(_call("POST", "/v1/payments", key=request.key, body=body))

    def fetch(self, provider_id: str) -> ProviderPayment:
        return payment_of(_call("GET", f"/v1/payments/{provider_id}"))

    def find(self, key: str) -> ProviderPayment | None:
        found = _call("GET", "/v1/payments", query={"idempotency_key": key})["data"]
        return self.fetch(found[0]["id"]) if found else None

    def capture(self, provider_id: str, *, amount_minor: int, key: str) -> ProviderEntry:
        body = {"amount": amount_minor, "reference": key}
        return entry_of(_call("POST", f"/v1/payments/{provider_id}/capture", key=key, body=body))

    def void(self, provider_id: str, *, key: str) -> None:
        _call("POST", f"/v1/payments/{provider_id}/void", key=key, body={"reference": key})

    def refund(self, provider_id: str, *, amount_minor: int, key: str) -> ProviderEntry:
        body = {"amount": amount_minor, "reference": key}
        return entry_of(_call("POST", f"/v1/payments/{provider_id}/refunds", key=key, body=body))

    def verify(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        try:
            # The library also refuses time stamps more than five minutes away.
            message = Webhook(settings.PSP_WEBHOOK_SECRET).verify(body, dict(headers))
        except (WebhookVerificationError, ValueError) as error:
            raise ForgedMessage("signature_invalid") from error
        if not isinstance(message, dict) or not isinstance(message.get("id"), str):
            raise ForgedMessage("message_not_understood")
        return message

    def subject_of(self, message: Mapping[str, Any]) -> str:
        payment = _member(_member(message, "data"), "payment")
        return str(payment.get("id", ""))

    def fold(self, messages: Iterable[Mapping[str, Any]]) -> ProviderPayment | None:
        """One picture from a set of messages: the furthest counters, every entry, the end."""
        picture: ProviderPayment | None = None
        captures: dict[str, ProviderEntry] = {}
        refunds: dict[str, ProviderEntry] = {}
        for message in messages:
            data = _member(message, "data")
            if "payment" not in data:
                continue
            picture = _later(picture, payment_of(data["payment"]))
            if "capture" in data:
                entry = entry_of(data["capture"])
                captures[entry.id] = entry
            if "refund" in data:
                entry = entry_of(data["refund"])
                refunds[entry.id] = entry
        if picture is None:
            return None
        return replace(picture, captures=tuple(captures.values()), refunds=tuple(refunds.values()))


# How far along a status is; of two pictures of one payment the further one is later.
_PROGRESS = ("requires_action", "authorised", "partly_captured", "captured")


def _later(one: ProviderPayment | None, other: ProviderPayment) -> ProviderPayment:
    if one is None:
        return other
    first, second = sorted((one, other), key=_progress)
    return replace(second, authorised_minor=max(first.authorised_minor, second.authorised_minor))


def _progress(payment: ProviderPayment) -> int:
    known = payment.status in _PROGRESS
    return _PROGRESS.index(payment.status) if known else len(_PROGRESS)


def _member(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = message.get(name)
    return value if isinstance(value, dict) else {}


def payment_of(answer: dict[str, Any]) -> ProviderPayment:
    """A payment from the provider's JSON. Raises: ProviderUnavailable if it makes no sense."""
    try:
        return ProviderPayment(
            id=str(answer["id"]),
            key=str(answer["idempotency_key"]),
            status=STATUSES[answer["status"]],
            currency=str(answer["currency"]),
            amount_minor=int(answer["amount"]),
            authorised_minor=int(answer["authorised"]),
            failure_code=answer["failure_code"] or "",
            redirect_url=answer["redirect_url"] or "",
            captures=tuple(entry_of(entry) for entry in answer.get("captures", ())),
            refunds=tuple(entry_of(entry) for entry in answer.get("refunds", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderUnavailable("answer_not_understood") from error


def entry_of(answer: dict[str, Any]) -> ProviderEntry:
    """A capture or refund from the provider's JSON. Raises: ProviderUnavailable."""
    try:
        return ProviderEntry(
            id=str(answer["id"]),
            amount_minor=int(answer["amount"]),
            status=str(answer.get("status", "succeeded")),
            key=answer["idempotency_key"] or "",
            failure_code=answer.get("failure_code") or "",
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProviderUnavailable("answer_not_understood") from error


_lock = Lock()
_clients: dict[int, httpx.Client] = {}


def _client() -> httpx.Client:
    """The one of this process: its threads share it, and a forked child makes its own."""
    process = os.getpid()
    client = _clients.get(process)
    if client is None:
        with _lock:
            client = _clients.setdefault(process, httpx.Client(trust_env=False))
    return client


def _call(
    method: str,
    path: str,
    *,
    key: str = "",
    body: dict[str, Any] | None = None,
    query: dict[str, str] | None = None,
) -> Any:
    """One request, one definite answer as JSON, or an exception that says which kind of doubt."""
    headers = {"Authorization": f"Bearer {settings.PSP_API_KEY}"}
    if key:
        headers["Idempotency-Key"] = key
    try:
        answer = _client().request(
            method,
            f"{settings.PSP_URL.rstrip('/')}{path}",
            json=body,
            params=query,
            headers=headers,
            timeout=httpx.Timeout(settings.PSP_TIMEOUT_SECONDS),
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderUnavailable("no_answer") from error
    if answer.status_code in UNDECIDED or answer.status_code >= 500:
        raise ProviderUnavailable(f"http_{answer.status_code}")
    try:
        parsed = answer.json()
    except ValueError as error:
        raise ProviderUnavailable("answer_not_understood") from error
    if answer.status_code >= 300:
        code = parsed.get("error", {}).get("code") if isinstance(parsed, dict) else None
        raise ProviderRefused(str(code or f"http_{answer.status_code}"))
    return parsed
