"""The authorization walk: every route × every principal, and what each must be answered.

Routes, methods and declarations come from the URL resolver (``omni.access.matrix``), so a new
endpoint is in the walk at once. What cannot be derived is how to call it: ``authz_cases`` says what
its path, query and body hold. A route without such a case is a gap, and a gap fails the build.
The rows that the principals own, and the requests themselves, are those of the tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from omni.access.matrix import Entry, entries
from omni.access.permissions import ACCOUNT, PUBLIC, STOREFRONT, Permission

PASS, UNKNOWN, FORBIDDEN = 200, 401, 403

CLERK = frozenset(
    {
        Permission.ORDERS_VIEW,
        Permission.FULFILMENT_VIEW,
        Permission.FULFILMENT_WORK,
        Permission.PICKUP_HAND_OVER,
        Permission.RETURNS_VIEW,
        Permission.RETURNS_CREATE,
        Permission.PAYMENTS_VIEW,
        Permission.POS_SELL,
        Permission.POS_SHIFT,
        Permission.STOCK_VIEW,
        Permission.CATALOG_VIEW,
        Permission.CUSTOMERS_VIEW,
        Permission.CUSTOMERS_HISTORY,
        Permission.JOURNEYS_CAPTURE,
        Permission.WORK_VIEW,
    }
)
MANAGER = CLERK | {
    Permission.ORDERS_CANCEL,
    Permission.ORDERS_CANCEL_PICKED,
    Permission.PICKUP_HAND_OVER_BY_ID,
    Permission.PICKUP_REINSTATE,
    Permission.PICKUP_UNDO_HAND_OVER,
    Permission.RETURNS_INSPECT,
    Permission.RETURNS_NO_RECEIPT,
    Permission.PAYMENTS_REFUND,
    Permission.POS_VOID,
    Permission.POS_FORCE_CLOSE,
    Permission.POS_CLOSE_DAY,
    Permission.ACCESS_RESET_PIN,
    Permission.STOCK_RECEIVE,
    Permission.STOCK_CORRECT,
    Permission.CUSTOMERS_EDIT,
    Permission.WORK_DECIDE,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who calls. ``store`` is where staff and programs are granted what they hold."""

    name: str
    kind: str
    holds: frozenset[Permission] = frozenset()
    store: str = ""

    def gate(self, declared: str | None) -> int:
        """What the declaration alone answers: let through, 401 or 403."""
        if declared == PUBLIC:
            return PASS
        if declared in (STOREFRONT, ACCOUNT):
            return self._at_storefront(declared == ACCOUNT)
        if self.kind in ("anonymous", "guest"):
            return UNKNOWN
        if self.kind == "customer":
            return FORBIDDEN
        return PASS if declared in self.holds else FORBIDDEN

    def _at_storefront(self, needs_account: bool) -> int:
        if self.kind == "anonymous":
            return UNKNOWN
        if self.kind in ("staff", "api_key"):
            return FORBIDDEN
        return UNKNOWN if needs_account and self.kind == "guest" else PASS


EVERYTHING = frozenset(Permission)

PRINCIPALS: tuple[Principal, ...] = (
    Principal("anonymous", "anonymous"),
    Principal("guest", "guest"),
    Principal("customer", "customer"),
    Principal("other customer", "customer"),
    Principal("clerk", "staff", frozenset(CLERK), "lyon"),
    Principal("manager", "staff", frozenset(MANAGER), "lyon"),
    Principal("other store", "staff", frozenset(MANAGER), "nice"),
    Principal("key of other scope", "api_key", frozenset(MANAGER), "nice"),
    Principal("narrow key", "api_key", frozenset({Permission.CATALOG_VIEW}), "lyon"),
    # Sees all: the control that what others must not see can be seen at all.
    Principal("head office", "staff", EVERYTHING, "all"),
)


def principal(name: str) -> Principal:
    """The principal of this name."""
    return next(each for each in PRINCIPALS if each.name == name)


@dataclass(frozen=True, slots=True)
class Ref:
    """The place in a path, query or body where the id (number, code…) of a row stands."""

    kind: str


@dataclass(frozen=True, slots=True)
class Case:
    """How to call one method of one route.

    ``path`` names the kind of row behind each parameter; ``queries`` are query strings to try.
    ``reaches`` is False where one's own ids alone do not get through: a secret is needed as well.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    queries: tuple[Mapping[str, Any], ...] = ({},)
    body: Any = None
    reaches: bool = True


PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


def endpoints() -> Iterator[Entry]:
    """Every method of every endpoint."""
    return (entry for entry in entries() if entry.kind == "api")


def admin_pages() -> Iterator[Entry]:
    """Every page of the back office."""
    return (entry for entry in entries() if entry.kind == "admin" and entry.method == "GET")


def parameters(path: str) -> list[str]:
    """The names of a route's parameters, in order."""
    return [name for _converter, name in PARAMETER.findall(path)]


def address(path: str, case: Case, ids: Mapping[str, Any]) -> str:
    """The route with these ids in its parameters."""
    return PARAMETER.sub(lambda found: str(ids[case.path[found[2]]]), path)


def filled(template: Any, ids: Mapping[str, Any]) -> Any:
    """A body or query with these ids in the places of its refs."""
    if isinstance(template, Ref):
        value = ids[template.kind]
        return str(value) if isinstance(value, UUID) else value
    if isinstance(template, Mapping):
        return {name: filled(value, ids) for name, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(value, ids) for value in template]
    return template


def refs_of(template: Any) -> Iterator[str]:
    """The kinds that a template refers to."""
    if isinstance(template, Ref):
        yield template.kind
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from refs_of(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from refs_of(value)


def kinds_of(case: Case) -> list[str]:
    """All kinds of rows that a case names, each once."""
    found = [*case.path.values(), *refs_of(case.queries), *refs_of(case.body)]
    return list(dict.fromkeys(found))


def _without(document: Any, sent: frozenset[str]) -> Any:
    """A document with a mark in the place of each value that was sent."""
    if isinstance(document, dict):
        return {name: _without(value, sent) for name, value in document.items()}
    if isinstance(document, list):
        return [_without(value, sent) for value in document]
    return "<id>" if str(document) in sent else document


_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
# Told anew by each answer, whatever it says.
VOLATILE = frozenset({"x-request-id", "ratelimit", "ratelimit-policy", "date", "set-cookie"})


def likeness(
    *, status: int, headers: Mapping[str, str], body: bytes, sent: Mapping[str, Any]
) -> str:
    """An answer without ids, moments and the echo of what was asked for: equal for equal news."""
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except ValueError:
        pass
    else:
        if isinstance(document, dict):
            document.pop("request_id", None)
        text = json.dumps(_without(document, frozenset(map(str, sent.values()))), sort_keys=True)
    told = sorted(f"{k.lower()}: {v}" for k, v in headers.items() if k.lower() not in VOLATILE)
    text = "\n".join([str(status), *(line for line in told if "content-length" not in line), text])
    for value in sorted({str(each) for each in sent.values()}, key=len, reverse=True):
        if len(value) > 3:
            text = text.replace(value, "<sent>")
    text = _UUID.sub("<id>", text).replace("<sent>", "<id>")
    return _TIME.sub("<time>", text)
