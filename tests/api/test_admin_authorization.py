"""Who may see and change what in the back office: every registered model × every principal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.db import connection, models

from omni.access.admin_site import GuardedAdmin
from omni.access.permissions import Permission
from omni.lab import authz
from tests.api.canaries import Caller, World, told_in
from tests.api.walk import Call, undone

PAGES = sorted(
    ((model, cast("GuardedAdmin", page)) for model, page in admin.site._registry.items()),
    key=lambda each: each[0]._meta.label,
)
STAFF = ["clerk", "manager", "other store"]


def address(model: type[models.Model], *parts: Any) -> str:
    tail = "".join(f"{part}/" for part in parts)
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{tail}"


def get(caller: Caller, path: str) -> Call:
    with undone():
        answer = caller.client.get(path, headers=caller.headers)
    caller.client.cookies.pop("messages", None)  # said of this request, shown with the next
    return Call(f"GET {path}", answer, {"path": path})


def may(who: authz.Principal, page: GuardedAdmin, permission: Permission | None) -> bool:
    """Grants of one store open only pages that narrow their rows."""
    return permission in who.holds and (page.scoped or who.store == "all")


def some_id(model: type[models.Model]) -> Any:
    """The key of a row that nobody has."""
    kind = model._meta.pk
    if isinstance(kind, models.UUIDField):
        return uuid4()
    return "nobody" if isinstance(kind, models.CharField) else 900_000_001


def test_every_page_has_a_row_to_look_at(world: World) -> None:
    empty = {model._meta.label for model, _page in PAGES if not model._default_manager.exists()}

    assert empty == set()


@pytest.mark.parametrize("name", ["anonymous", "customer", "key of other scope"])
def test_nobody_but_staff_comes_in(world: World, name: str) -> None:
    for model, _page in PAGES:
        row = model._default_manager.first()
        parts: list[tuple[Any, ...]] = [(), ("add",)]
        parts += [(row.pk, "change"), (row.pk, "delete"), (row.pk, "history")] if row else []
        for each in parts:
            answer = get(world.callers[name], address(model, *each)).answer
            assert answer.status_code == 302, (model, each)
            assert answer.headers["Location"].startswith(("/admin/login", "/staff/sign-in"))


@pytest.mark.parametrize("name", STAFF)
def test_pages_show_only_what_is_granted(world: World, name: str) -> None:
    found = [finding for model, page in PAGES for finding in looks(world, name, model, page)]

    if found:
        pytest.fail("\n".join(found), pytrace=False)


def looks(world: World, name: str, model: type[models.Model], page: GuardedAdmin) -> Iterator[str]:
    """List, search, change, delete and history pages as this member of staff sees them."""
    who, caller = authz.principal(name), world.callers[name]
    opens = may(who, page, page.view_permission) or may(who, page, page.edit_permission)
    paths = [
        address(model),
        f"{address(model)}?q=zq",
        f"{address(model)}?o=1",
        address(model, "add"),
    ]
    rows = one_of_each(world, model)
    for row in rows if opens else rows[:1]:
        paths += [address(model, row.pk, part) for part in ("change", "delete", "history")]
    for path in paths:
        call = get(caller, path)
        status = call.answer.status_code
        leaks = told_in(call.text, world, caller.sees, sent_in(path))
        if leaks:
            yield f"{name}: {path} tells {leaks}"
        if not opens and status != 403:
            yield f"{name}: {path} answers {status} without a grant"
        if path.endswith(f"{model._meta.model_name}/") and opens and status != 200:
            yield f"{name}: {path} answers {status}"
    if opens:
        yield from compared(world, name, model)


def one_of_each(world: World, model: type[models.Model]) -> list[models.Model]:
    """A row of each party that has one."""
    rows = {world.owner_of.get(str(row.pk), ""): row for row in model._default_manager.all()}
    return list(rows.values())


def sent_in(path: str) -> dict[str, str]:
    return {f"p{place}": part for place, part in enumerate(path.split("/")) if len(part) > 5}


def compared(world: World, name: str, model: type[models.Model]) -> Iterator[str]:
    """A row of another store answers like one that is not there."""
    caller = world.callers[name]
    nobody = some_id(model)
    nobodys: dict[str, Any] = {}
    for row in one_of_each(world, model):
        owner = world.owner_of.get(str(row.pk))
        if not isinstance(row.pk, UUID) or owner is None or owner in caller.sees:
            continue
        for part in ("change", "delete", "history"):
            if part not in nobodys:
                nobodys[part] = _plain(get(caller, address(model, nobody, part)), nobody)
            if _plain(get(caller, address(model, row.pk, part)), row.pk) != nobodys[part]:
                yield f"{name}: {address(model, row.pk, part)} is told from random"


def _plain(call: Call, key: Any) -> tuple[int, str]:
    location = call.answer.headers.get("Location", "").replace(str(key), "<id>")
    return call.answer.status_code, location


def test_head_office_sees_every_page(world: World) -> None:
    caller = world.callers["head office"]
    for model, _page in PAGES:
        assert get(caller, address(model)).answer.status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            answer = get(caller, address(model, row.pk, "change")).answer
            assert answer.status_code == 200, model


@pytest.mark.parametrize("name", [*STAFF, "customer"])
def test_nothing_is_written_without_a_grant(world: World, name: str) -> None:
    who, caller = authz.principal(name), world.callers[name]
    for model, page in PAGES:
        if who.kind == "staff" and may(who, page, page.edit_permission):
            continue
        row = model._default_manager.first()
        parts = [("add",)] + ([(row.pk, "change"), (row.pk, "delete")] if row else [])
        for each in parts:
            with undone():
                before = digest(model)
                answer = caller.client.post(address(model, *each), {"post": "yes"})
                assert answer.status_code in (302, 403), (model, each)
                assert digest(model) == before, (model, each)


def digest(model: type[models.Model]) -> Any:
    """One value over all rows of a table."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), md5(coalesce(string_agg(r::text, chr(10) ORDER BY r::text), ''))"
            f' FROM "{table}" r'
        )
        return cursor.fetchone()


def test_page_that_forgets_its_grants_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without the question for grants, and without narrowing, pages are found."""
    by_label = {model._meta.label: (model, page) for model, page in PAGES}
    model, page = by_label["omni.Task"]
    monkeypatch.setattr(type(page), "rows_for", lambda self, actor, rows: rows)
    assert list(looks(world, "clerk", model, page))

    model, page = by_label["omni.User"]
    monkeypatch.setattr(GuardedAdmin, "_granted", lambda *_: True)
    assert list(looks(world, "clerk", model, page))
