"""Lists go on where they stopped, each row once."""

from datetime import UTC, datetime

import pytest

from omni.access.models import AccessLog, User
from omni.core.errors import Invalid
from omni.rest import pagination
from tests.factories.omni import make_role

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.omni.rest.probe_urls")]


def walk(client, limit):
    seen, cursor = [], ""
    while True:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = client.get("/api/v1/roles", query)
        seen.append([row["code"] for row in answer.json()["results"]])
        cursor = answer.json()["next"]
        if cursor is None:
            return seen


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 200])
def test_page_walks_over_every_row_once_in_order(client, limit):
    for code, name in [("a", "one"), ("b", "two"), ("c", "two"), ("d", "one"), ("e", "two")]:
        make_role(code=code, name=name)

    pages = walk(client, limit)

    assert [code for page in pages for code in page] == ["b", "c", "e", "a", "d"]
    assert all(len(page) == limit for page in pages[:-1])


def test_page_costs_one_query_whatever_it_holds(client, django_assert_num_queries):
    make_role()
    with django_assert_num_queries(1):
        client.get("/api/v1/roles")

    make_role()
    make_role()
    with django_assert_num_queries(1):
        client.get("/api/v1/roles")


def test_page_links_to_the_next_one(client):
    make_role()
    make_role()

    answer = client.get("/api/v1/roles?limit=1")

    cursor = answer.json()["next"]
    assert answer["Link"] == f'</api/v1/roles?limit=1&cursor={cursor}>; rel="next"'


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "é",
        "bm9wZQ",
        pagination.encode(["only one"]),
        pagination.encode(["a", "b", "c"]),
        "W1sicyIsMV0sWyJzIiwxXV0",
        pagination.encode(["a\x00", "b"]),
    ],
)
def test_cursor_that_is_not_ours_is_refused(client, cursor):
    answer = client.get("/api/v1/roles", {"cursor": cursor})

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_cursor"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1&limit=2", "page=2"])
def test_wrong_parameters_of_a_list_are_refused(client, query):
    answer = client.get(f"/api/v1/roles?{query}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


def test_decode_returns_what_encode_took():
    values = ["text", 5, 1.5, True]

    assert pagination.decode(pagination.encode(values), length=4) == values


def test_decode_refuses_numbers_that_no_column_holds():
    with pytest.raises(Invalid):
        pagination.decode(pagination.encode([2**63]), length=1)


def test_decode_refuses_values_of_other_types():
    cursor = pagination.encode(["name", 5])

    assert pagination.decode(cursor, length=2, types=[str, int]) == ["name", 5]
    with pytest.raises(Invalid):
        pagination.decode(cursor, length=2, types=[int, str])


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        (User, "a"),
        (User, 1.5),
        (User, -1),
        (User, datetime(2026, 1, 1, tzinfo=UTC)),
        (AccessLog, "a"),
        (AccessLog, float("inf")),
        (AccessLog, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_cursor_whose_values_fit_no_column_is_refused(rows, value):
    with pytest.raises(pagination.InvalidCursor):
        pagination.page(rows.objects.all(), keys=["id"], cursor=pagination.encode([value]))
