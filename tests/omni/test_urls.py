"""Addresses that there are not, or not for you: of the API a problem, elsewhere a page."""

import pytest
from django.test import Client

from tests.factories.omni import make_staff, staff_client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/cart", "/api/v1/carts/", "/api/v1/orders//payments"])
def test_a_write_to_an_unknown_address_of_the_api_is_not_found(path: str) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post(path, {}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# A browser asks so for a page, a reload, a link that is opened by a program, nothing at all.
@pytest.mark.parametrize("accept", ["text/html,*/*;q=0.8", "*/*", "image/webp,*/*", ""])
@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing", 404, "There is nothing at this address"),
        ("/problems/nothing", 404, "There is nothing at this address"),
        ("/admin/omni/user/", 403, "You are not allowed to do this"),
    ],
)
def test_people_are_told_on_a_page_with_a_way_back(
    path: str, status: int, words: str, accept: str
) -> None:
    ben = staff_client(make_staff("orders.view"))

    answer = ben.get(path, headers={"Accept": accept})

    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert words in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "accept"), [("/api/v1/nothing", "text/html"), ("/nothing", "application/json")]
)
def test_programs_are_told_by_a_problem(path: str, accept: str) -> None:
    answer = Client().get(path, headers={"Accept": accept})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
