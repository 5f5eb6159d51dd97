"""Start-up checks: what an endpoint forgot to declare stops the product before it serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.checks import CheckMessage, Error
from django.urls import URLPattern, URLResolver, get_resolver

from omni.rest.idempotency import PLAIN, PROCESS
from omni.rest.views import Endpoint

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Under /api/, but no part of the business: schema, its page, and the answer to wrong addresses.
EXEMPT = frozenset({"schema", "docs", "api-not-found"})


@dataclass(frozen=True, slots=True)
class Route:
    """One address pattern of the URL resolver and the view behind it."""

    path: str
    name: str
    view: Any

    @property
    def endpoint(self) -> type[Endpoint] | None:
        """The Endpoint class, if the view is one."""
        cls = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)
        return cls if isinstance(cls, type) and issubclass(cls, Endpoint) else None


def routes() -> Iterator[Route]:
    """Every route of the product, in order."""
    yield from _walk(get_resolver(), "/")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        elif isinstance(entry, URLPattern):
            yield Route(path=path, name=entry.name or "", view=entry.callback)


def methods_of(endpoint: type[Endpoint]) -> list[str]:
    """The methods that an endpoint answers."""
    return [method for method in METHODS if hasattr(endpoint, method.lower())]


def check_endpoints(**_: Any) -> list[CheckMessage]:
    """Every endpoint declares its permission and only known idempotency modes."""
    found: list[CheckMessage] = []
    for route in routes():
        if not route.path.startswith("/api/") or route.name in EXEMPT:
            continue
        endpoint = route.endpoint
        if endpoint is None:
            found.append(Error(f"{route.path} is not an Endpoint", id="omni.E001", obj=route.view))
            continue
        found += _undeclared(route.path, endpoint)
    return found


def _undeclared(path: str, endpoint: type[Endpoint]) -> Iterator[CheckMessage]:
    for method in methods_of(endpoint):
        if not endpoint.declared_permission(method):
            text = f"{method} {path} declares no permission"
            yield Error(text, id="omni.E002", obj=endpoint)
    modes: Mapping[str, str] = endpoint.idempotency
    for method, mode in modes.items():
        if mode not in (PLAIN, PROCESS):
            yield Error(f"{method} {path}: unknown mode {mode!r}", id="omni.E003", obj=endpoint)
