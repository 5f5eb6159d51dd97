"""What a customer's page tells, apart from the database: the one problem, folding, stages, sums."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from journeys.timeline.dossier import purchases
from journeys.timeline.entries import last_seen, last_touches, told
from journeys.timeline.folding import fold
from journeys.timeline.naming import Named, Names
from journeys.timeline.open_things import OpenThing
from journeys.timeline.problem import Trouble, the_problem, trouble_of
from journeys.timeline.reading import SHOWN, Wanted, by_day, wanted_by
from journeys.timeline.stages import Stage, stage_of
from omni.core.money import Money
from omni.events.phrases import has_phrase

NOW = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)
ORDER = str(UUID(int=9))


def hours(number: float) -> str:
    return (NOW + timedelta(hours=number)).isoformat()


def thing(kind: str, *, at: float = -1, key: str = "1", **facts: Any) -> OpenThing:
    defaults: dict[str, dict[str, Any]] = {
        "pickup": {"status": "ready", "due_at": None, "window_ends_at": hours(72)},
        "parcel": {"status": "accepted", "due_at": hours(2)},
        "unpaid": {"pay_by_at": hours(1), "in_review": False, "failed": False},
        "return": {"status": "requested", "money": "none"},
        "task": {"due_at": None},
        "cart": {"status": "active"},
        "hold": {"expires_at": hours(3)},
        "incident": {},
    }
    return OpenThing(kind, key, NOW + timedelta(hours=at), defaults[kind] | facts)


@pytest.mark.parametrize(
    ("one", "trouble"),
    [
        (thing("pickup", arrived_at=hours(-0.1)), Trouble.HERE),
        (thing("pickup", status="picking", due_at=hours(-1)), Trouble.LATE),
        (thing("pickup", status="new", due_at=hours(1)), Trouble.TO_PREPARE),
        (thing("pickup", window_ends_at=hours(4)), Trouble.WINDOW_ENDS),
        (thing("pickup"), Trouble.READY),
        (thing("pickup", status="no_show", window_ends_at=hours(-2)), Trouble.NOT_COLLECTED),
        (thing("pickup", status="scheduled"), None),
        (thing("parcel", due_at=hours(-1)), Trouble.LATE),
        (thing("parcel", status="dispatched"), None),
        (thing("parcel", status="attempted"), Trouble.DELIVERY_FAILED),
        (thing("unpaid"), Trouble.UNPAID),
        (thing("return"), Trouble.RETURN_ASKED),
        (thing("return", status="in_transit"), None),
        (thing("return", status="received"), Trouble.RETURN_WAITS),
        (thing("return", status="closed", money="due"), Trouble.RETURN_WAITS),
        (thing("return", status="closed", money="failed"), Trouble.REFUND_FAILED),
        (thing("task", due_at=hours(3)), Trouble.TASK_DUE),
        (thing("task", due_at=hours(99)), Trouble.TASK),
        (thing("incident"), Trouble.INCIDENT),
        (thing("hold"), Trouble.HELD),
        (thing("cart", at=-2), Trouble.CART),
        (thing("cart", at=-0.5), None),
        (thing("cart", at=-2, status="at_till"), None),
    ],
)
def test_trouble_of_says_what_a_thing_needs(one: OpenThing, trouble: Trouble | None) -> None:
    found = trouble_of(one, NOW)

    assert (found.trouble if found else None) == trouble


def test_the_problem_is_that_of_who_suffers_most_then_the_oldest() -> None:
    ready, cart = thing("pickup", key="ready"), thing("cart", at=-5, key="cart")
    late = thing("parcel", due_at=hours(-1), key="late")
    later = thing("pickup", status="new", due_at=hours(-2), key="later")
    here = thing("pickup", arrived_at=hours(-0.05), key="here")

    def chosen(*things: OpenThing) -> str | None:
        found = the_problem(things, NOW)
        return found.thing.id if found else None

    assert chosen(cart, ready, late, later, here) == "here"
    assert chosen(cart, ready, late, later) == "later"
    assert chosen(cart, ready) == "ready"
    assert chosen(cart, thing("pickup", status="new", due_at=hours(5))) is None
    assert chosen() is None


def row(number: int, kind: str, *, ago: float = 0, **over: Any) -> dict[str, Any]:
    """The number rises with time, as in the table."""
    values = {
        "id": number, "kind": kind, "occurred_at": NOW - timedelta(minutes=ago),
        "customer_id": UUID(int=1), "visitor_id": None, "channel_id": None, "location_id": None,
        "staff_id": None, "device": "", "subject_kind": "", "subject_id": None, "data": {},
    }  # fmt: skip
    return values | over


def of_order(number: int, kind: str, *, ago: float = 0, **data: Any) -> dict[str, Any]:
    return row(number, kind, ago=ago, data={"order_id": ORDER, "currency": "EUR", **data})


def test_fold_tells_a_till_sale_as_one_entry() -> None:
    folds = fold([
        of_order(5, "order.completed"),
        of_order(4, "sale.completed"),
        of_order(3, "order.confirmed"),
        of_order(2, "payment.captured"),
        of_order(1, "order.placed", ago=1),
    ])  # fmt: skip

    assert [one.lead["kind"] for one in folds] == ["sale.completed"]
    assert len(folds[0].rest) == 4


def test_fold_keeps_what_matters_apart_and_loses_nothing() -> None:
    rows = [
        of_order(6, "pickup.handed_over"),
        of_order(5, "order.completed", ago=1),
        of_order(4, "pickup.ready", ago=2),
        of_order(3, "payment.failed", ago=3),
        of_order(2, "order.confirmed", ago=400),
        of_order(1, "order.placed", ago=401),
    ]

    folds = fold(rows)

    leads = [one.lead["kind"] for one in folds]
    assert leads == ["pickup.handed_over", "pickup.ready", "payment.failed", "order.placed"]
    assert sum(len(one.rows) for one in folds) == len(rows)


def viewed(number: int, slug: str, *, ago: float = 0) -> dict[str, Any]:
    return row(number, "page.viewed", ago=ago, data={"path": f"/products/{slug}?x=1"})


def test_told_folds_page_views_with_pictures_and_says_what_they_mostly_were() -> None:
    slugs = ["coat", "parka", "cape", "mug", "coat"]
    rows = [viewed(9 - n, slug, ago=n) for n, slug in enumerate(slugs)]
    rows.append(viewed(1, "mug", ago=500))
    names = Names({
        ("slug", slug): [Named(slug, f"/{slug}.svg", "Mugs" if slug == "mug" else "Coats")]
        for slug in slugs
    })  # fmt: skip

    first, second = told(rows, names)

    assert first.line == "Viewed 4 products, mostly Coats"
    assert [each.picture for each in first.pictures] == [f"/{s}.svg" for s in slugs[:4]]
    assert len(first.also) == 5
    assert second.line == "Viewed /products/mug?x=1"


def test_last_touches_hold_what_the_customer_last_asked() -> None:
    rows = [
        row(6, "page.viewed", data={"path": "/a"}),
        row(5, "customer.changed", ago=100),
        row(4, "cart.expired", ago=200),
        row(3, "consent.changed", ago=300, data={"is_granted": True}),
        row(2, "call.noted", ago=400, data={"text": "Thursday?", "direction": "in"}),
        row(1, "call.noted", ago=500, data={"text": "Rang back", "direction": "out"}),
    ]

    entries = told(rows, Names())

    assert [e.kind for e in last_touches(entries)] == ["page.viewed", "cart.expired", "call.noted"]
    assert last_touches(entries)[-1].quote == "Thursday?"
    seen = last_seen(entries[1:])
    assert seen is not None
    assert seen.kind == "call.noted"


@pytest.mark.parametrize(
    ("orders", "days", "stage"),
    [
        (0, None, Stage.ACQUISITION),
        (1, 3, Stage.TRIAL),
        (2, 179, Stage.LOYALTY),
        (2, 180, Stage.RETENTION),
        (1, 365, Stage.RECOVERY),
    ],
)
def test_stage_of_follows_from_orders_alone(orders: int, days: int | None, stage: Stage) -> None:
    last_at = NOW - timedelta(days=days) if days is not None else None

    assert stage_of(orders=orders, last_at=last_at, now=NOW) == stage


def test_purchases_add_up_by_month_in_the_currency_most_bought_in() -> None:
    rows = [
        {"currency": c, "month": m, "minor": minor, "orders": 1, "last_at": NOW}
        for c, m, minor in [
            ("EUR", "2026-11", 500), ("EUR", "2026-09", 700), ("EUR", "2020-01", 100),
            ("GBP", "2026-11", 300),
        ]
    ]  # fmt: skip

    found = purchases(rows, NOW)

    assert (found.total, found.orders, found.others) == (
        Money(1300, "EUR"), 4, [Money(300, "GBP")]
    )  # fmt: skip
    assert list(found.by_month) == [0] * 9 + [700, 0, 500]
    assert purchases([], NOW).total is None


def test_filters_name_kinds_that_have_words() -> None:
    unknown = {kind for _label, kinds in SHOWN.values() for kind in kinds if not has_phrase(kind)}

    assert unknown == set()


@pytest.mark.parametrize("until", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_wanted_by_takes_no_nonsense(until: str) -> None:
    assert wanted_by({"show": "nope", "q": " \x00 ", "until": until}) == Wanted()


def test_days_are_those_of_the_place() -> None:
    rows = [row(2, "session.started"), row(1, "cart.expired", ago=60 * 15)]

    days = by_day(told(rows, Names()), UTC)

    assert [day.on for day in days] == [date(2026, 11, 23), date(2026, 11, 22)]
