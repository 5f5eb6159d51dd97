"""What a request must look like: shape only, before anything is looked up.

Decided here: unknown fields are refused, amounts are positive integers of minor units, and a body
that does not fit is a 400 that is *not* kept under the idempotency key.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from omni.local.psp.payments import CARDS, NewPayment, Refused

LARGEST_BODY = 64 * 1024
LARGEST_AMOUNT = 10**12
LONGEST_TEXT = 200


def body_of(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise _invalid("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise _invalid("The body must be an object.")
    return body


def body_hash(method: str, path: str, body: Mapping[str, Any]) -> str:
    """What makes two requests the same: equal meaning, whatever the spacing."""
    canonical = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def idempotency_key(header: str | None) -> str:
    key = (header or "").strip()
    if not key:
        code = "idempotency_key_missing"
        raise Refused(HTTPStatus.BAD_REQUEST, code, "Send an Idempotency-Key header.")
    if len(key) > LONGEST_TEXT:
        raise _invalid("The Idempotency-Key is too long.")
    return key


def new_payment(body: dict[str, Any], *, key: str) -> NewPayment:
    _only(body, {"amount", "currency", "reference", "return_url", "capture", "card"})
    currency, capture, card = (
        body.get("currency"),
        body.get("capture", "automatic"),
        body.get("card"),
    )
    return_url = _text(body, "return_url")
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise _invalid("currency must be three capital letters.")
    if capture not in ("automatic", "manual"):
        raise _invalid("capture must be automatic or manual.")
    if card is not None and card not in CARDS:
        raise _invalid("card must be a test card token.")
    if urlsplit(return_url).scheme not in ("http", "https") or not urlsplit(return_url).netloc:
        raise _invalid("return_url must be an absolute http address.")
    amount = _amount(body)
    reference = _text(body, "reference")
    return NewPayment(amount, currency, reference, return_url, capture, card, key)


def capture_of(body: dict[str, Any]) -> tuple[int | None, str]:
    _only(body, {"amount", "reference"})
    return (_amount(body) if "amount" in body else None), _text(body, "reference", default="")


def refund_of(body: dict[str, Any]) -> tuple[int, str]:
    _only(body, {"amount", "reference"})
    return _amount(body), _text(body, "reference", default="")


def void_of(body: dict[str, Any]) -> str:
    _only(body, {"reference"})
    return _text(body, "reference", default="")


def _only(body: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(body) - known):
        raise _invalid(f"Unknown fields: {', '.join(unknown)[:LONGEST_TEXT]}.")


def _amount(body: Mapping[str, Any]) -> int:
    amount = body.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= LARGEST_AMOUNT:
        raise _invalid("amount must be a positive integer of minor units.")
    return amount


def _text(body: Mapping[str, Any], name: str, *, default: str | None = None) -> str:
    value = body.get(name, default)
    limit = LONGEST_TEXT if name == "reference" else LONGEST_TEXT * 10
    if not isinstance(value, str) or len(value) > limit or (not value and default is None):
        raise _invalid(f"{name} must be a text of at most {limit} characters.")
    return value


def _invalid(message: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "invalid_request", message)
