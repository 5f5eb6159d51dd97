"""Payloads brought in as people and programs bring texts in: through every form and the API."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

from django.core.management import call_command
from django.test import Client

from omni.access.matrix import Entry
from omni.lab import authz
from omni.lab.authz_cases import CASES
from tests.api.canaries import Caller, Ids
from tests.browser.markup import made_of_payloads
from tests.browser.payloads import Turns

WRITTEN = frozenset({"", "text", "search", "tel", "email", "url", "textarea"})
# What would end the visit, or is not for texts.
LEFT_OUT = ("/staff/sign-out", "/console/leave", "/admin/logout/", "/i18n/")


@dataclass
class Form:
    """A form as shown: what it sends, and which of it is written by people."""

    action: str
    method: str
    sends: dict[str, str] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)  # name -> room


class _Forms(HTMLParser):
    def __init__(self, at: str) -> None:
        super().__init__()
        self.at, self.found = at, [Form(at, "none")]
        self.choice = ""
        self.apart: dict[str, Form] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        name = at.get("name", "")
        if tag == "form":
            action = urljoin(self.at, at.get("action", ""))
            self.found.append(Form(action, at.get("method", "get").lower()))
            if "id" in at:
                self.apart[at["id"]] = self.found[-1]
            return
        form = self.apart.get(at.get("form", ""), self.found[-1])
        if tag == "option" and self.choice:
            if "selected" in at or not form.sends.get(self.choice):
                form.sends[self.choice] = at.get("value", "")
        elif not name or "disabled" in at:
            self.choice = "" if tag == "select" else self.choice
        elif tag == "select":
            self.choice = name
        elif tag == "textarea":
            form.sends[name] = ""
            form.texts[name] = int(at.get("maxlength") or 5_000)
        elif tag == "button":
            form.sends.setdefault(name, at.get("value", ""))
        elif tag == "input":
            self._input(form, name, at)

    def _input(self, form: Form, name: str, at: dict[str, str]) -> None:
        kind = at.get("type", "").lower()
        if kind in ("radio", "checkbox") and "checked" not in at and name in form.sends:
            return
        if kind == "submit" and any(key.startswith("_save") for key in form.sends):
            return
        form.sends[name] = at.get("value", "on" if kind in ("radio", "checkbox") else "")
        if kind in WRITTEN and "readonly" not in at:
            form.texts[name] = int(at.get("maxlength") or 250)


def forms_of(html: str, at: str) -> list[Form]:
    """The forms of a page that send something."""
    reader = _Forms(at)
    reader.feed(html)
    return [form for form in reader.found if form.method == "post"]


@dataclass
class Filler:
    """Somebody who writes payloads wherever there is room, and notes what was taken."""

    turns: Turns
    taken: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    troubles: list[str] = field(default_factory=list)

    def pages(self, client: Client, paths: Iterator[str]) -> None:
        """Every form of these pages: all its texts at once, else one by one."""
        client.raise_request_exception = False
        for path in paths:
            answer = client.get(path)
            self._judge(f"GET {path}", answer)
            if answer.status_code != 200 or "html" not in answer.headers.get("Content-Type", ""):
                continue
            for form in forms_of(_text(answer), path):
                if form.texts and not form.action.startswith(LEFT_OUT):
                    self._form(client, form)

    def _form(self, client: Client, form: Form) -> None:
        if self._send(client, form, list(form.texts)):
            return
        for name in form.texts:
            self._send(client, form, [name])

    def _send(self, client: Client, form: Form, names: list[str]) -> bool:
        typed = {name: self.turns.next(form.texts[name]) for name in names}
        sends = form.sends | typed
        if "idempotency_key" in sends:
            sends["idempotency_key"] = str(uuid4())
        answer = client.post(form.action, sends)
        is_taken = answer.status_code in (302, 303, 204)
        told = {f"{_plain(form.action)} {name}" for name in names}
        (self.taken if is_taken else self.refused).update(told)
        self._judge(f"POST {form.action} {sorted(names)}", answer)
        return is_taken

    def api(self, caller: Caller, ids: Ids, who: str) -> None:
        """Every body of the API that this caller may send, each text of its schema a payload."""
        caller.client.raise_request_exception = False
        document = _schema()
        for entry in authz.endpoints():
            case = CASES[f"{entry.method} {entry.path}"]
            is_open = authz.principal(who).gate(entry.permission) == authz.PASS
            if entry.method in ("GET", "DELETE") or not is_open:
                continue
            if any(kind not in ids for kind in authz.kinds_of(case)):
                continue
            shape = _shape_of(document, entry)
            body = authz.filled(case.body, ids) or {}
            spots = [spot for spot in _spots(document, shape, ()) if spot]
            if spots and not self._call(caller, entry, ids, body, spots):
                for spot in spots:
                    self._call(caller, entry, ids, body, [spot])

    def _call(
        self, caller: Caller, entry: Entry, ids: Ids, body: Any, spots: list[tuple[Any, ...]]
    ) -> bool:
        sent = json.loads(json.dumps(body))
        for spot in spots:
            _put(sent, spot[:-1], self.turns.next(spot[-1]))
        case = CASES[f"{entry.method} {entry.path}"]
        answer = caller.client.generic(
            entry.method,
            authz.address(entry.path, case, ids),
            json.dumps(sent),
            content_type="application/json",
            headers=caller.headers | {"Idempotency-Key": str(uuid4())},
        )
        is_taken = answer.status_code < 300
        told = {f"{entry.method} {entry.path} {'.'.join(map(str, spot[:-1]))}" for spot in spots}
        (self.taken if is_taken else self.refused).update(told)
        self._judge(f"{entry.method} {entry.path}", answer)
        return is_taken

    def _judge(self, route: str, answer: Any) -> None:
        if answer.status_code >= 500 and answer.status_code != 503:
            cause = getattr(answer, "exc_info", None)
            self.troubles.append(f"{route}: {answer.status_code} {cause and repr(cause[1])[:300]}")
        if "html" in answer.headers.get("Content-Type", ""):
            self.troubles += [f"{route}: {told}" for told in made_of_payloads(_text(answer))]
        for name, value in answer.headers.items():
            if "\n" in value or "\r" in value:
                self.troubles.append(f"{route}: header {name}")


def _text(answer: Any) -> str:
    raw: bytes = answer.getvalue() if answer.streaming else answer.content
    return raw.decode("utf-8", "replace")


def _plain(path: str) -> str:
    return "/".join("<id>" if len(part) > 30 else part for part in path.split("/"))


# --- the shapes of bodies -------------------------------------------------------------------------


def _schema() -> dict[str, Any]:
    told = io.StringIO()
    call_command("spectacular", format="openapi-json", stdout=told)
    document: dict[str, Any] = json.loads(told.getvalue())
    return document


def _shape_of(document: dict[str, Any], entry: Entry) -> dict[str, Any]:
    path = authz.PARAMETER.sub(lambda each: f"{{{each[2]}}}", entry.path)
    operation = document["paths"][path][entry.method.lower()]
    content = operation.get("requestBody", {}).get("content", {})
    shape: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return shape


def _spots(
    document: dict[str, Any], shape: dict[str, Any], at: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    """Where free texts stand: the way to each, and the room there at its end."""
    if "$ref" in shape:
        shape = document["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    for part in [*shape.get("allOf", ()), *shape.get("oneOf", ())]:
        yield from _spots(document, part, at)
    kinds = shape.get("type", "")
    is_text = "string" in (kinds if isinstance(kinds, list) else [kinds])
    if is_text and not any(name in shape for name in ("enum", "format", "pattern")):
        yield (*at, min(shape.get("maxLength") or 250, 5_000))
    for name, each in shape.get("properties", {}).items():
        yield from _spots(document, each, (*at, name))
    if "items" in shape and len(at) < 4:
        yield from _spots(document, shape["items"], (*at, 0))
    elif isinstance(shape.get("additionalProperties"), dict) and len(at) < 4:
        yield from _spots(document, shape["additionalProperties"], (*at, "note"))


def _put(holder: Any, way: tuple[Any, ...], text: str) -> None:
    """Put a text there, where its holders are in the body already or can be made."""
    for place, step in enumerate(way[:-1]):
        following: Any = [] if isinstance(way[place + 1], int) else {}
        if isinstance(holder, list):
            if not holder:
                holder.append(following)
            holder = holder[step]
        elif isinstance(holder, dict):
            if holder.get(step) is None:
                holder[step] = following
            holder = holder[step]
        else:
            return
    if isinstance(holder, list):
        holder[:1] = [text]
    elif isinstance(holder, dict):
        holder[way[-1]] = text
