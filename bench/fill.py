"""Fills the bench's database: the merchant of ``world.sql``, its key, and carts to complete."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from bench.clients import PROCESSES
from bench.jobs import World
from bench.stage import Stage

WORLD = Path(__file__).parent / "world.sql"


def make_world(stage: Stage) -> World:
    """Load the merchant, and make a key for its channel through the product's own operation."""
    dsn = stage.manage("shell", "-c", _DSN).strip().splitlines()[-1]
    with psycopg.connect(dsn) as connection:
        connection.execute(WORLD.read_text().replace("%%", "%"))
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        channel = _column(connection, "SELECT id FROM inventory_channel WHERE code = 'bench'")[0]
        variants = _column(connection, "SELECT id FROM inventory_variant ORDER BY sku")
        locations = _column(connection, "SELECT id FROM inventory_location ORDER BY code")
    key = stage.manage("shell", "-c", _KEY.format(channel=channel)).strip().splitlines()[-1]
    return World(dsn, key, channel, variants, locations)


_DSN = """
from django.db import connection
from psycopg.conninfo import make_conninfo
known = ("host", "port", "dbname", "user", "password")
print(make_conninfo(**{k: v for k, v in connection.get_connection_params().items() if k in known}))
"""
_KEY = """
from omni.access import operations as access
from omni.access.actor import SYSTEM
print(access.create_channel_key(channel_id="{channel}", name="bench", actor=SYSTEM).secret)
"""


def filled_carts(world: World, count: int) -> list[list[tuple[str, str, dict[str, Any]]]]:
    """Carts of two pickup lines, ``count`` for each process, straight in the database."""
    dice = random.Random(7)
    prices = dict.fromkeys(world.variants, 0)
    with psycopg.connect(world.dsn) as connection:
        rows = connection.execute("SELECT variant_id, price_minor FROM inventory_listing")
        prices.update({str(variant): price for variant, price in rows})
        made = []
        for _process in range(PROCESSES):
            mine = []
            for _number in range(count):
                pair = dice.sample(world.variants, 2)
                cart, token = _cart(connection, world, pair, dice.choice(world.locations))
                total = {"amount": sum(prices[each] for each in pair), "currency": "EUR"}
                mine.append((cart, token, total))
            made.append(mine)
        connection.commit()
    return made


def cart_lines(world: World) -> list[tuple[str, str, str]]:
    """A cart with two lines for each process, and the first line's id."""
    found = []
    carts = filled_carts(world, 1)
    with psycopg.connect(world.dsn) as connection:
        for ((cart, token, _total),) in carts:
            line = connection.execute(
                "SELECT id FROM orders_cartline WHERE cart_id = %s ORDER BY id LIMIT 1", [cart]
            ).fetchone()
            assert line is not None
            found.append((cart, token, str(line[0])))
    return found


def _cart(
    connection: psycopg.Connection[Any], world: World, variants: list[str], location: str
) -> tuple[str, str]:
    cart, token = str(uuid4()), f"ct_{uuid4().hex}{uuid4().hex}"
    connection.execute(
        "INSERT INTO orders_cart (id, channel_id, status, version, currency, token_digest,"
        " device_id, contact_name, email, phone, handoff_digest, created_at, updated_at)"
        " VALUES (%s, %s, 'active', 3, 'EUR', %s, '', '', '', '', '', now(), now())",
        [cart, world.channel, hashlib.sha256(token.encode()).hexdigest()],
    )
    for variant in variants:
        connection.execute(
            "INSERT INTO orders_cartline (id, cart_id, variant_id, quantity, method, location_id,"
            " added_at) VALUES (%s, %s, %s, 1, 'pickup', %s, now())",
            [uuid4(), cart, variant, location],
        )
    return cart, token


def _column(connection: psycopg.Connection[Any], statement: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(statement).fetchall()]
