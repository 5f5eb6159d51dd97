"""The list of all that a request can ask for, and what each thing demands."""

import pytest

from omni.access.matrix import Entry, entries
from omni.access.permissions import ACCOUNT, PUBLIC, STOREFRONT, Permission

pytestmark = pytest.mark.django_db

KNOWN = {PUBLIC, STOREFRONT, ACCOUNT, *map(str, Permission)}


def test_every_endpoint_and_admin_page_declares_a_known_permission():
    listed = [entry for entry in entries() if entry.kind in ("api", "admin")]

    undeclared = [e for e in listed if str(e.permission) not in KNOWN | {"(read-only)"}]

    assert listed
    assert undeclared == []


@pytest.mark.urls("tests.omni.rest.probe_urls")
def test_entries_list_each_method_with_its_own_permission():
    listed = list(entries())

    assert Entry("api", "GET", "/api/v1/empty", "Empty", Permission.ORDERS_VIEW) in listed
    assert Entry("api", "POST", "/api/v1/empty", "Empty", Permission.ORDERS_CANCEL) in listed
    assert Entry("api", "GET", "/api/v1/undeclared", "Undeclared", None) in listed
    assert any(e.kind == "admin" and e.path == "/admin/omni/apikey/" for e in listed)
    assert any(e.kind == "page" and e.path == "/staff/sign-in" for e in listed)
