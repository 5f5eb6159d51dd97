"""The back office as a browser uses it: pages are opened, their forms filled in and sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.test import Client

Fields = dict[str, Any]


class Form(HTMLParser):
    """What the page's form would send untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self._select: str | None = None
        self._area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        name = facts.get("name") or ""
        if tag == "input" and name and facts.get("type") not in ("submit", "file"):
            self._input(name, facts)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in facts:
            self.fields.setdefault(self._select, []).append(facts.get("value") or "")
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data.removeprefix("\r\n").removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def _input(self, name: str, facts: dict[str, str | None]) -> None:
        value = facts.get("value") or ""
        if facts.get("type") not in ("checkbox", "radio"):
            self.fields[name] = value
        elif "checked" in facts:
            self.fields.setdefault(name, []).append(value or "on")


class BackOffice:
    """Somebody at head office, signed in through the form."""

    def __init__(self, email: str, password: str) -> None:
        self.client = Client(enforce_csrf_checks=True)
        form = self._form("/staff/sign-in")
        answer = self.client.post("/staff/sign-in", form | {"login": email, "password": password})
        assert answer.status_code == 302, answer.content.decode()[:500]

    def adds(
        self, model: str, rows: dict[str, list[Fields]] | None = None, /, **fields: Any
    ) -> str:
        """Fills in the page that adds one, with rows of its tables. The id of what was made."""
        url = f"/admin/{model}/add/"
        answer = self._sends(url, self._form(url) | fields | _numbered(rows or {}))
        made = re.fullmatch(rf"/admin/{model}/([^/]+)/change/", answer.headers["Location"])
        assert made, answer.headers["Location"]
        return made[1]

    def changes(self, model: str, id_: str, /, **fields: Any) -> None:
        """Changes fields on the page of one."""
        url = f"/admin/{model}/{id_}/change/"
        self._sends(url, self._form(url) | fields)

    def does(self, action: str, model: str, *ids: str) -> None:
        """An action of the list, on the rows that were ticked."""
        url = f"/admin/{model}/"
        form = self._form(url)
        chosen = {"sure": "1", "action": action, "_selected_action": list(ids), "index": "0"}
        answer = self.client.post(url, form | chosen)
        assert answer.status_code == 302, answer.content.decode()[:500]

    def page(self, url: str) -> str:
        """A page, which is there, without the frame around it."""
        answer = self.client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        whole = str(answer.content.decode())
        return whole.partition('<main id="page"')[2].partition("</main>")[0] or whole

    def told(self, kind: str) -> str:
        """The secret that the last page showed, once."""
        shown = re.search(rf"shown only now: ({kind}_\S+?)<", self.page("/admin/"))
        assert shown
        return shown[1]

    def _form(self, url: str) -> Fields:
        return Form(self.page(url)).fields

    def _sends(self, url: str, fields: Fields) -> Any:
        answer = self.client.post(url, fields | {"_continue": "1"})
        assert answer.status_code == 302, _complaints(answer.content.decode())
        return answer


def _numbered(rows: dict[str, list[Fields]]) -> Fields:
    """Rows of the tables on a page, under the names that their fields have."""
    fields: Fields = {}
    for table, given in rows.items():
        fields[f"{table}-TOTAL_FORMS"] = str(len(given))
        for number, row in enumerate(given):
            fields |= {f"{table}-{number}-{name}": value for name, value in row.items()}
    return fields


def _complaints(page: str) -> str:
    found = re.findall(r'class="errorlist[^"]*"[^>]*>(.*?)</ul>', page, re.DOTALL)
    return " | ".join(re.sub(r"<[^>]+>", " ", each).strip() for each in found) or page[:800]
