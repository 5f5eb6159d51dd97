"""What a question in the address may not be: it is told in words, and never breaks a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from omni.access.permissions import Permission
from omni.core import clock
from omni.core.ids import uuid7
from tests.factories.inventory import make_category, make_product, make_variant, stock_up
from tests.factories.omni import make_staff, staff_client
from tests.factories.orders_work import Sold, make_order, make_shop

pytestmark = pytest.mark.django_db

PAGES = ("", *(f"reports/{name}" for name in ("sales", "returns", "pickups", "stock", "lost")))
USUAL = "Shown are the last 7 days."


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with clock.moved(to=datetime(2026, 11, 23, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def client() -> Client:
    return staff_client(make_staff(*Permission))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from": "2026-11-09", "to": "2026-11-01"}, f"The days end before they begin. {USUAL}"),
        (
            {"period": "days", "from": "2020-01-01", "to": "2026-11-01"},
            f"That is too long: at most 750 days fit. {USUAL}",
        ),
        ({"from": "x", "to": ""}, f"The days are not dates like 2026-11-23. {USUAL}"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, f"The days lie too far away. {USUAL}"),
        ({"period": "days"}, f"The days are not dates like 2026-11-23. {USUAL}"),
        ({"period": "\x00💥"}, f"The period that was asked for is not known. {USUAL}"),
        (
            {"channel": str(uuid7())},
            "The channel that was asked for is not among yours. All are shown.",
        ),
        ({"store": "../x"}, "The store that was asked for is not among yours. All are shown."),
        ({"currency": "DOGE"}, "Shown are amounts in EUR."),
        ({"against": "me"}, "Nobody knows what to hold it against. Shown is the period before."),
    ],
)
def test_question_that_cannot_be_answered_is_told_in_words(
    client: Client, asked: dict[str, str], said: str
) -> None:
    make_shop()

    answers = [client.get(f"/office/{path}", asked) for path in PAGES[:2]]

    for answer in answers:
        assert answer.status_code == 200
        assert list(answer.context["doubts"]) == [said]
        assert said in answer.content.decode()
        assert answer.context["question"].period.name == "7d"


def test_no_page_breaks_over_nonsense_and_sense_has_no_doubts(client: Client) -> None:
    shop = make_shop()
    nonsense = dict.fromkeys(
        ("channel", "store", "period", "against", "currency", "from", "to", "by", "of"),
        "' OR 1=1 --\x00" + "9" * 5000,
    )
    sense = {
        "channel": str(shop.channel.pk), "store": str(shop.lyon.pk), "against": "year",
        "currency": "EUR", "from": "2025-11-24", "to": "2026-11-23",
    }  # fmt: skip

    for path in PAGES:
        told = client.get(f"/office/{path}", nonsense)
        fine = client.get(f"/office/{path}", sense)
        plain = client.get(f"/office/{path}")
        assert {told.status_code, fine.status_code, plain.status_code} == {200}
        assert list(fine.context["doubts"]) == list(plain.context["doubts"]) == []
        assert "' OR 1=1" not in told.content.decode()
    assert client.get("/office/?from=%ED%A0%BD&to[]=%00&channel=%FF").status_code == 200
    by = client.get("/office/reports/sales", {"by": "hour", "of": "moon"})
    assert by.context["doubts"] == [
        "The figures cannot be told apart like that. Shown is what is usual."
    ]
    for of, grain in (("channel", "day"), ("store", "week"), ("category", "month")):
        assert client.get("/office/reports/sales", {"of": of, "by": grain}).status_code == 200


def asked(client: Client, path: str, **query: str) -> int:
    """Queries of a page with cold caches."""
    cache.clear()
    with CaptureQueriesContext(connection) as found:
        assert client.get(f"/office/{path}", query).status_code == 200
    return len(found)


def test_figures_take_as_many_queries_for_much_as_for_little(client: Client) -> None:
    shop = make_shop(units=200)
    made = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with clock.moved(to=made):
        make_order(shop)
    year = {"from": "2025-11-24", "to": "2026-11-23"}
    client.get("/office/")
    one = {path: (asked(client, path), asked(client, path, **year)) for path in PAGES}
    others = [make_product(category=make_category()) for _number in range(30)]
    with clock.moved(to=made):
        for product in others:
            variant = make_variant(product=product)
            stock_up(variant, shop.nice, 3)
            make_order(shop, Sold(variant=variant, location=shop.nice), location_id=shop.nice.pk)

    many = {path: (asked(client, path), asked(client, path, **year)) for path in PAGES}

    assert many == one
    assert max(max(counts) for counts in many.values()) <= 12
