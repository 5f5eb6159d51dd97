"""That the raw statements and the product do the same: the same rows read, the same rows written.

Run before anything is measured. A rival that did less would make any ratio worthless.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg

from bench import jobs
from bench.clients import Client, talk
from bench.fill import filled_carts
from bench.jobs import World
from bench.stage import Stage
from bench.statements import statements

CATEGORIES = (1, 7, 20, 33, 40)
# What an order is in both: as many rows of these, and as many units of stock promised.
SHARED = ("orders_order", "orders_orderline")
UNITS = "units_committed"


class NotTheSame(RuntimeError):
    """The raw statement and the product differ."""


def assert_same_list(stage: Stage, world: World) -> None:
    """The raw list returns the products, prices and units that the product shows."""
    statement = statements("product_list")["list"]
    client = Client(stage.address)
    with psycopg.connect(world.dsn) as connection:
        for number in CATEGORIES:
            category = f"category-{number}"
            values = {"channel": world.channel, "category": category, **jobs.LYON}
            raw = [
                (slug, price, units)
                for slug, _name, price, units in connection.execute(statement, values)
            ]
            answer = json.loads(talk(client, jobs.one(jobs.list_call(world, category))))
            ours = [
                (
                    each["slug"],
                    each["price_from"]["amount"],
                    [store["available"] for store in each["availability"]],
                )
                for each in answer["results"]
            ]
            if raw != ours:
                raise NotTheSame(f"{category}:\n{raw[:3]} …\n{ours[:3]} …")
    print(f"product list: the same rows in {len(CATEGORIES)} categories")


def assert_same_order(stage: Stage, world: World) -> None:
    """A raw order is as many orders and lines, and promises as many units, as one of ours.

    Around them both write rows of their own, which are printed: the product keeps stock that is
    promised apart from movements, and books a payment when it is made. A raw order that wrote more
    rows than ours would be no fair rival, one that wrote less than an order would be none at all.
    """
    client = Client(stage.address)
    carts = filled_carts(world, 1)
    with psycopg.connect(world.dsn, autocommit=True) as connection:
        turns = jobs.raw_checkout(world)(connection, 0)
        next(turns)
        raw = _written(connection, lambda: next(turns))
        conversation = next(jobs.checkout(world, carts)(0))
        ours = _written(connection, lambda: talk(client, conversation))
    for side, written in (("raw", raw), ("ours", ours)):
        print(f"checkout, rows by {side}:", ", ".join(f"{k} {v}" for k, v in written.items()))
    same = all(raw[name] == ours[name] for name in (*SHARED, UNITS))
    if not same or sum(raw.values()) > sum(ours.values()):
        raise NotTheSame("an order is not the same on both sides")


def _written(connection: psycopg.Connection[Any], act: Callable[[], object]) -> dict[str, int]:
    """The rows that the act added to each table of orders, stock and the log, and the units."""
    before = _counts(connection)
    act()
    after = _counts(connection)
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


def _counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND (relname LIKE 'orders!_%' ESCAPE '!' OR relname LIKE 'inventory!_%' ESCAPE '!'"
        " OR relname = 'omni_event') ORDER BY relname"
    ).fetchall()
    columns = [f"(SELECT count(*) FROM {table}) AS {table}" for (table,) in tables]
    columns.append(f"(SELECT sum(committed)::bigint FROM inventory_stocklevel) AS {UNITS}")
    cursor = connection.execute(f"SELECT {', '.join(columns)}")
    names = [column.name for column in cursor.description or ()]
    row = cursor.fetchone()
    assert row is not None
    return dict(zip(names, row, strict=True))
