"""Addresses that there are not: of the API a problem, whatever the method."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/v1/cart", "/api/v1/carts/", "/api/v1/orders//payments"])
def test_a_write_to_an_unknown_address_of_the_api_is_not_found(path: str) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post(path, {}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
