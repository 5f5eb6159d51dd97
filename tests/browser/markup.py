"""Payloads put into rows, and found again where a page took one for more than text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from django.db import DatabaseError, connection, models, transaction

from tests.api.canaries import our_models
from tests.browser.payloads import ADDRESSES as RUNNING
from tests.browser.payloads import MARK, RUN, Turns

# --- reading pages --------------------------------------------------------------------------------

ADDRESSES = re.compile(
    r"href|src|srcset|action|formaction|data|poster|ping|background|cite|manifest|xlink:href"
    r"|hx-(get|post|put|patch|delete|push-url|replace-url)"
)
# In these a text of people does something, or decides where something is done.
ACTING = ("on", "x-", "@", ":", "hx-", "data-hx-", "style", "srcdoc", "class", "id", "is", "slot")
SCHEMES = frozenset({"", "http", "https", "mailto", "tel"})


class _Reader(HTMLParser):
    """Notes elements, attributes, scripts and comments that a payload made."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.inside: tuple[str, str] = ("", "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if MARK.search(tag):
            self.found.append(f"element <{tag[:60]}>")
        self.found += [
            f"{told} in <{tag} {name}={value[:100]!r}>"
            for name, value in at.items()
            for told in [_wrong(tag, name, value, at)]
            if told
        ]
        if tag in ("script", "style"):
            self.inside = (tag, at.get("type", ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ("", "")

    def handle_data(self, data: str) -> None:
        if RUN in data:
            self.found.append(f"template run: {data[:100]!r}")
        tag, kind = self.inside
        if tag and MARK.search(data) and not (kind == "application/json" and _is_json(data)):
            self.found.append(f"text in <{tag}>: {data[:100]!r}")

    def handle_comment(self, data: str) -> None:
        if MARK.search(data):
            self.found.append(f"comment: {data[:100]!r}")


def _wrong(tag: str, name: str, value: str, at: dict[str, str]) -> str:
    if MARK.search(name):
        return "attribute"
    if name.startswith("on"):  # our own pages have none
        return "handler"
    if not MARK.search(value):
        return ""
    if RUN in value:
        return "template run"
    if ADDRESSES.fullmatch(name):
        return "" if _leads_nowhere(value) else "address"
    if name.startswith(ACTING) or (tag == "meta" and "http-equiv" in at):
        return "acting attribute"
    return ""


def _leads_nowhere(value: str) -> bool:
    """An address of a page, which carries the payload as a word of its query at most."""
    plain = re.sub(r"[\x00-\x20\u200b]", "", value)
    parts = urlsplit(plain)
    is_sent = tag_free(plain) and not parts.netloc.endswith(("canary", "hit"))
    return parts.scheme in SCHEMES and is_sent and not parts.path.startswith("/xss-canary")


def tag_free(address: str) -> bool:
    """Whether the address carries no raw quote or bracket."""
    return not re.search(r"[<>\"']", address)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def made_of_payloads(html: str) -> list[str]:
    """What in a page is made of a payload and is more than text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.cdata_elem:  # the parser keeps the rest to itself
        reader.found.append(f"text in <{reader.cdata_elem}> without end")
    return reader.found


# --- filling rows ---------------------------------------------------------------------------------

# Words of programs: written by code alone, from lists that code knows, or of a fixed form.
WORDS_OF_CODE = re.compile(
    r"kind|type|types|status|state|code|currency|country|time_zone|language|purpose|principal"
    r"|provider|method|service|aggregatetype|subscription|page|prefix|password|secret"
    r"|permissions?|scope_kind|scope_ids|subject_kind|subject_id|owner_kind|tender|session_data"
    r"|pgh_label|request_id|route|key|\w+_hash|\w*digest|html"
)
# These are each row's own, and people give them all the same.
OWN_OF_ROWS = frozenset({"inventory.Variant.sku", "inventory.Barcode.code", "orders.Register.code"})
FORMED = re.compile(
    r"[0-9a-f-]{32,36}|\d{4}-\d\d-\d\d[T ].*|[a-z]+([._][a-z]+)*|[A-Z]{2,3}|-?[\d.]+|", re.DOTALL
)
A_TEXT = (models.CharField, models.TextField, models.JSONField)


def text_columns() -> Iterator[tuple[type[models.Model], models.Field[Any, Any]]]:
    """Every column in which a text of people may stand."""
    for model in our_models():
        for column in model._meta.concrete_fields:
            is_own = f"{model._meta.label}.{column.name}" in OWN_OF_ROWS
            if isinstance(column, A_TEXT) and (is_own or not _is_word(column)):
                yield model, column


def _is_word(column: models.Field[Any, Any]) -> bool:
    return bool(
        column.primary_key
        or column.unique
        or column.choices
        or WORDS_OF_CODE.fullmatch(str(column.column))
    )


def fill_rows(turns: Turns) -> tuple[list[str], list[str]]:
    """Each row's every text is a payload now. Returns the columns filled and those that refused.

    Straight into the tables, because some texts come in through programs alone, and what once came
    in stays: a page must bear whatever stands in a row. Triggers that keep rows as they were are
    off meanwhile; checks and lengths of the database hold.
    """
    filled, refused = [], []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        for model, column in text_columns():
            name = f"{model._meta.label}.{column.name}"
            try:
                with transaction.atomic():
                    _fill(cursor, model, column, turns)
            except DatabaseError:
                refused.append(name)
            else:
                filled.append(name)
        cursor.execute("SET session_replication_role = DEFAULT")
    return filled, refused


def _fill(cursor: Any, model: type[models.Model], column: Any, turns: Turns) -> None:
    table, name = model._meta.db_table, column.column
    keys = ", ".join(f'"{key.column}"' for key in model._meta.pk_fields)
    cursor.execute(f'SELECT {keys}, "{name}" FROM "{table}"')
    rows = cursor.fetchall()
    where = " AND ".join(f'"{key.column}" = %s' for key in model._meta.pk_fields)
    for place, row in enumerate(rows):
        before = row[-1]
        if isinstance(column, models.JSONField):
            value = json.dumps(_inside(json.loads(before or "null"), turns))
        elif name.endswith("url"):
            value = RUNNING[place % len(RUNNING)]
        elif not before:  # what is empty tells a state
            continue
        else:
            own = str(place) if column.unique else ""
            value = own + turns.next(column.max_length and column.max_length - len(own))
        cursor.execute(f'UPDATE "{table}" SET "{name}" = %s WHERE {where}', [value, *row[:-1]])


def _inside(value: Any, turns: Turns, key: str = "") -> Any:
    """The same structure with payloads in place of free texts."""
    if isinstance(value, dict):
        return {name: _inside(each, turns, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_inside(each, turns, key) for each in value]
    if not isinstance(value, str) or WORDS_OF_CODE.fullmatch(key) or FORMED.fullmatch(value):
        return value
    return turns.next(200)
