"""The answers of the API: JSON made once, without DRF's content negotiation and late rendering."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import Promise

from omni.core.money import Money

JSON = "application/json"


def _plain(value: Any) -> Any:
    """JSON form of what the standard encoder does not know."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime.datetime):
        return rfc3339(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Money):
        return value.as_json()
    if isinstance(value, Promise | Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"no JSON form for {type(value).__name__}")


def rfc3339(moment: datetime.datetime) -> str:
    """The moment in UTC with a Z: ``2026-03-01T09:30:00.123456Z``."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None).isoformat() + "Z"


_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
)


def encode(data: Any) -> str:
    """Plain Python as compact JSON text."""
    return _encoder.encode(data)


class Answer(HttpResponse):
    """A JSON response; ``data`` keeps what it was made from, ``text`` the encoded body."""

    def __init__(
        self, data: Any = None, *, status: int = 200, text: str | None = None, kind: str = JSON
    ) -> None:
        self.data = data
        self.body_text = "" if status == 204 else text if text is not None else encode(data)
        super().__init__(self.body_text.encode(), content_type=kind, status=status)
        if status == 204:
            del self.headers["Content-Type"]
