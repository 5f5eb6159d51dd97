"""One parser: JSON, UTF-8, at most 1 MB, no NUL characters, not nested without end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MAX_DEPTH = 8
MAX_BYTES = 1_048_576


def _no_constant(name: str) -> Any:
    raise ValueError(name)


_decoder = json.JSONDecoder(parse_constant=_no_constant)


class JSONParser(BaseParser):
    """The body of every request of the API."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise RequestDataTooBig
        try:
            data = _decoder.decode(raw.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The body is not JSON.")) from error
        # Escapes are rare, so the walk is made only where something could be hidden.
        if b"\\u" in raw or b"[" in raw or raw.count(b"{") > 1:
            _check(data, MAX_DEPTH)
        return data


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ParseError(_("The body holds characters that no text may hold."))
        return
    if isinstance(value, dict | list):
        if depth == 0:
            raise ParseError(_("The body is nested too deeply."))
        for inner in value.values() if isinstance(value, dict) else value:
            _check(inner, depth - 1)
        if isinstance(value, dict):
            for name in value:
                _check(name, depth)
