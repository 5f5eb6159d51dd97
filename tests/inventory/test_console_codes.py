"""A code that nobody knows: shown with its circumstances, linked by who may, else passed on."""

from __future__ import annotations

from typing import Any

import pytest

from inventory.catalog.models import Barcode
from inventory.catalog.queries import scan
from inventory.catalog.search import refresh_search
from inventory.catalog.unknown_codes import report_unknown_code
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.work import operations as work
from omni.work.models import Task
from tests.factories.inventory import make_location, make_product, make_variant
from tests.factories.omni import make_staff
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db

CODE = "4006381333931"
EVIL = "<img src=x onerror=alert(1)>"
CLERK = (Permission.WORK_VIEW, Permission.POS_SELL)
KEEPER = (*CLERK, Permission.CATALOG_EDIT, Permission.STOCK_VIEW)


def reported(lyon: Any, code: str = CODE) -> Task:
    ada = make_staff(*CLERK, location_id=lyon.pk, display_name="Ada Rossi")
    return report_unknown_code(
        code=code,
        title=f"Unknown barcode {code}",
        location_id=lyon.pk,
        scanned_at="Till 1",
        actor=actor_of_user(ada),
    )


def test_unknown_code_is_linked_once_by_who_looks_after_the_catalog(
    django_assert_max_num_queries: Any,
) -> None:
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    variants = [make_variant(product=make_product(name=f"Merino {n} {EVIL}")) for n in range(9)]
    refresh_search()
    task = reported(lyon)
    page, post = f"/console/codes/{task.pk}", f"/console/codes/{task.pk}/link"
    keeper, clerk = console_client(lyon, *KEEPER), console_client(lyon, *CLERK)
    chosen = {"chosen": str(variants[3].pk)}

    assert f'href="{page}"' in clerk.get("/console/tasks").content.decode()
    with django_assert_max_num_queries(12):
        shown = keeper.get(page, {"q": "merino"}).content.decode()
    for part in (CODE, "Lyon, Till 1", "Ada Rossi", "its check digit is right"):
        assert part in shown
    assert shown.count("This is it") == 9
    assert EVIL not in shown
    assert clerk.post(post, once(**chosen)).status_code == 403
    assert console_client(nice, *KEEPER).post(post, once(**chosen)).status_code == 404
    assert keeper.post(post, once(chosen="x")).status_code == 400
    assert keeper.post(post, once(chosen=str(task.pk))).status_code == 404
    assert not Barcode.objects.exists()

    form = once(**chosen)
    first, again = keeper.post(post, form), keeper.post(post, form)

    assert (first.status_code, first.url) == (303, again.url)
    assert scan(CODE).pk == variants[3].pk
    task.refresh_from_db()
    assert (task.status, task.note) == ("done", variants[3].sku)
    over = keeper.get(page).content.decode()
    assert "It is known by now" in over
    assert "This is it" not in over
    # Another variant is refused in words, and the code goes on meaning the first.
    refused = keeper.post(post, once(chosen=str(variants[4].pk)))
    assert refused.status_code == 409
    assert scan(CODE).pk == variants[3].pk


def test_unknown_code_is_passed_on_to_somebody_who_looks_after_the_catalog() -> None:
    lyon = make_location(name="Lyon")
    keeper = make_staff(*KEEPER, display_name="Kim Keeper")
    stranger = make_staff(*CLERK, location_id=lyon.pk)
    task = reported(lyon, "LABEL-7")
    clerk = console_client(lyon, *CLERK)
    page, post = f"/console/codes/{task.pk}", f"/console/codes/{task.pk}/pass-on"
    work.take_task(task_id=task.pk, actor=actor_of_user(stranger))

    shown = clerk.get(page, {"q": "merino"}).content.decode()
    nobody = clerk.post(post, once(chosen=str(stranger.pk)))
    done = clerk.post(post, once(chosen=str(keeper.pk)))

    assert "Kim Keeper" in shown
    assert "This is it" not in shown
    assert "No barcode of the trade" in shown
    assert (nobody.status_code, done.status_code) == (404, 303)
    task.refresh_from_db()
    assert (task.assignee_id, task.status) == (keeper.pk, "open")
    assert "is asked" in clerk.get(page).content.decode()
    other = work.create_task(
        matter=work.Matter("note", "location", lyon.pk, lyon.pk),
        title="Sweep",
        actor=actor_of_user(stranger),
    )
    assert clerk.get(f"/console/codes/{other.pk}").status_code == 404
