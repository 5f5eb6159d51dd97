"""A visitor at the shop: a browser without script, which follows links and sends forms as shown."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client


@dataclass
class Form:
    """A form of a page: where it goes, and what it sends if nobody types."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(at.get("action", ""), at.get("method", "get").lower()))
        elif self.found and tag == "input" and "name" in at and "disabled" not in at:
            if at.get("type") not in ("radio", "checkbox") or "checked" in at:
                self.found[-1].fields.setdefault(at["name"], at.get("value", ""))
        elif self.found and tag == "select":
            self.select = at.get("name", "")
        elif self.found and tag == "option" and self.select:
            if "selected" in at or self.select not in self.found[-1].fields:
                self.found[-1].fields[self.select] = at.get("value", "")
        elif self.found and tag == "button":
            self.found[-1].buttons.append(at.get("name", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


class Browser:
    """One visitor of one channel's shop."""

    def __init__(self, channel: str) -> None:
        self.home = f"/shop/{channel}/"
        self.client = Client(HTTP_HOST="localhost", enforce_csrf_checks=True)
        self.page: Any = None
        self.at = ""

    def twin(self) -> Browser:
        """The same browser as it is now: what it sends knows nothing of what this one does next."""
        other = Browser(self.home.split("/")[2])
        other.client.cookies = SimpleCookie(
            {name: each.value for name, each in self.client.cookies.items()}
        )
        other.at = self.at
        return other

    @property
    def text(self) -> str:
        """What the page says, without tags."""
        plain = re.sub(
            r"<(script|style)\b.*?</\1>|<[^>]+>", " ", self.page.content.decode(), flags=re.S
        )
        return re.sub(r"\s+", " ", html.unescape(plain))

    @property
    def source(self) -> str:
        return str(self.page.content.decode())

    def open(self, path: str = "", **query: Any) -> HttpResponse:
        """Go there, and on where that leads."""
        base = self.at if path.startswith("?") and self.at else self.home
        address = urljoin(base, path) + (f"?{urlencode(query)}" if query else "")
        headers = {"Referer": f"http://localhost{self.at}"} if self.at else {}
        return self._arrived(self.client.get(address, headers=headers), address)

    def forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.source)
        return parser.found

    def form(self, action: str = "") -> Form:
        """The form that goes to this address of the shop, or the page's own."""
        wanted = self.home + action if action else ""
        fitting = [each for each in self.forms() if each.method == "post" and each.action == wanted]
        assert fitting, f"no form to {wanted or 'itself'} among {[f.action for f in self.forms()]}"
        fitting[0].action = fitting[0].action or self.at
        return fitting[0]

    def send(self, action: str = "", *, follow: bool = True, **typed: Any) -> Any:
        """Fill the form in and send it."""
        return self.resend(self.form(action), follow=follow, **typed)

    def resend(self, form: Form, *, follow: bool = True, **typed: Any) -> Any:
        """Send a form that was shown, perhaps once more."""
        address = form.action
        answer = self.client.post(
            address,
            form.fields | {name: str(value) for name, value in typed.items()},
            headers={"Referer": f"http://localhost{self.at}"},
        )
        return self._arrived(answer, address) if follow else answer

    def _arrived(self, answer: Any, address: str) -> Any:
        steps = 0
        while answer.status_code in (302, 303) and steps < 5:
            address, steps = answer.headers["Location"], steps + 1
            parts = urlsplit(address)
            if parts.netloc and parts.netloc != "localhost":
                break
            answer = self.client.get(address)
        self.page, self.at = answer, address
        return answer

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        for found in re.finditer(r'<a\b[^>]*\bhref="([^"]*)"[^>]*>(.*?)</a>', self.source, re.S):
            if words in html.unescape(re.sub(r"<[^>]+>|\s+", " ", found[2])):
                return html.unescape(found[1])
        raise AssertionError(f"no link {words!r} on {self.at}")
