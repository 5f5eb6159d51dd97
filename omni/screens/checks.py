"""Start-up checks: a screen that forgot to say who may open it stops the product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error

from omni.rest.checks import Route, routes
from omni.screens.views import Screen

AREAS = ("/console/", "/office/", "/o/", "/mailbox/")
METHODS = ("GET", "POST")


def screens() -> Iterator[tuple[Route, type[Screen]]]:
    """Every route of a screen, with its class."""
    for route in routes():
        cls = getattr(route.view, "view_class", None)
        if isinstance(cls, type) and issubclass(cls, Screen):
            yield route, cls


def methods_of(screen: type[Screen]) -> list[str]:
    """The methods that a screen answers."""
    return [method for method in METHODS if hasattr(screen, method.lower())]


def check_screens(**_: Any) -> list[CheckMessage]:
    """Every page of an area is a Screen and declares its permission."""
    known = {route.path: cls for route, cls in screens()}
    found: list[CheckMessage] = [
        Error(f"{route.path} is not a Screen", id="omni.E011", obj=route.view)
        for route in routes()
        if route.path.startswith(AREAS) and route.path not in known
    ]
    for path, screen in known.items():
        found += [
            Error(f"{method} {path} declares no permission", id="omni.E012", obj=screen)
            for method in methods_of(screen)
            if not screen.declared_permission(method)
        ]
    return found
