"""Every route, its methods and what each declares: the base of the authorization walk.

Read from the URL resolver and the admin's registry, so that nothing can be forgotten in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin

from omni.access.admin_site import GuardedAdmin
from omni.rest.checks import EXEMPT, methods_of, routes


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a request can ask for. ``permission`` None means undeclared."""

    kind: str
    method: str
    path: str
    view: str
    permission: str | None


def entries() -> Iterator[Entry]:
    """Endpoints (``api``), other routes (``page``) and admin pages (``admin``), in order."""
    yield from _endpoints_and_pages()
    yield from _admin_pages()


def _endpoints_and_pages() -> Iterator[Entry]:
    for route in routes():
        endpoint = route.endpoint
        if endpoint is not None:
            for method in methods_of(endpoint):
                declared = endpoint.declared_permission(method)
                yield Entry("api", method, route.path, endpoint.__name__, declared)
        elif not route.path.startswith("/admin/"):
            permission = "public" if route.name in EXEMPT else None
            yield Entry("page", "GET", route.path, route.name, permission)


def _admin_pages() -> Iterator[Entry]:
    for model, page in admin.site._registry.items():  # noqa: SLF001  Django offers no other way
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"  # noqa: SLF001
        guarded = isinstance(page, GuardedAdmin)
        view = page.view_permission if isinstance(page, GuardedAdmin) else None
        edit = page.edit_permission if isinstance(page, GuardedAdmin) else None
        yield Entry("admin", "GET", path, type(page).__name__, view if guarded else None)
        yield Entry("admin", "POST", path, type(page).__name__, edit or "(read-only)")
