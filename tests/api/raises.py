"""Which errors an endpoint can raise, as the docstrings of what it calls say ("Raises: …")."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from types import FunctionType, ModuleType
from typing import Any

from omni.core.errors import DomainError
from omni.rest.views import Endpoint

RAISES = re.compile(r"Raises:\s+(.*?)(?:\.\s|\.$|\Z)", re.DOTALL)
APPS = ("omni", "inventory", "customers", "orders", "journeys")
# Processes of their own, which must not be imported, and what is above the API.
ASIDE = re.compile(r"\.(migrations|management|asgi|wsgi|gunicorn|celery|local|lab|demo)\b")
NAME = re.compile(r"``(\w+)``|\b([A-Z]\w+)\b")


def raised_by(endpoint: type[Endpoint], method: str) -> set[type[DomainError]]:
    """The errors of all that an endpoint calls, and of what these say they raise as well."""
    found: set[type[DomainError]] = set()
    seen: set[Any] = set()
    waiting = list(_called(endpoint, method.lower(), set()))
    while waiting:
        each = waiting.pop()
        if each in seen:
            continue
        seen.add(each)
        for told in RAISES.findall(each.__doc__ or ""):
            for other, error in NAME.findall(told):
                meant = _lookup(each, other or error)
                if isinstance(meant, FunctionType):
                    waiting.append(meant)
                elif isinstance(meant, type) and issubclass(meant, DomainError):
                    found.add(meant)
    return found


def _called(endpoint: type[Endpoint], name: str, seen: set[str]) -> Iterator[FunctionType]:
    """The functions of the product that a method names, and those of other methods it calls."""
    handler = getattr(endpoint, name, None)
    if name in seen or not isinstance(handler, FunctionType) or hasattr(Endpoint, name):
        return
    seen.add(name)
    handler = inspect.unwrap(handler)
    tree = ast.parse(textwrap.dedent(inspect.getsource(handler)))
    for node in ast.walk(tree):
        meant: Any = None
        if isinstance(node, ast.Name):
            meant = handler.__globals__.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "self":
                yield from _called(endpoint, node.attr, seen)
            holder = handler.__globals__.get(node.value.id)
            meant = getattr(holder, node.attr, None) if isinstance(holder, ModuleType) else None
        if isinstance(meant, FunctionType):
            yield meant


def _lookup(function: FunctionType, name: str) -> Any:
    """What a name in the docstring of a function means: in its module, or the one such error."""
    here = inspect.unwrap(function).__globals__.get(name)
    if here is not None:
        return here
    named = [each for each in every_error() if each.__name__ == name]
    return named[0] if len(named) == 1 else None


@cache
def every_error() -> set[type[DomainError]]:
    """Every kind of error of the product, whichever of its modules were imported so far."""
    for name in APPS:
        for module in walk_packages(import_module(name).__path__, f"{name}."):
            if not ASIDE.search(module.name):
                import_module(module.name)
    return {each for each in _kinds(DomainError) if _is_ours(each.__module__)}


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in APPS and not ASIDE.search(f"{module}.")


def _kinds(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)
