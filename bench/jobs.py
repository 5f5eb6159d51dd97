"""What is measured: each job as raw SQL and as the product does it over HTTP."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg

from bench.clients import Call, Conversation
from bench.statements import statements

VARIANTS = 20_000
STORES = 20
EMAIL = "buyer-{0}@example.com"
LYON = {"lat": 45.75, "lon": 4.85}


@dataclass(frozen=True, slots=True)
class World:
    """Keys of the rows of ``world.sql``, and the storefront's key."""

    dsn: str
    key: str
    channel: str
    variants: list[str]
    locations: list[str]

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Channel-Key": self.key}


def two_variants(world: World, dice: random.Random) -> tuple[str, str]:
    first, second = dice.sample(world.variants, 2)
    return first, second


# --- checkout -------------------------------------------------------------------------------------


def order_values(world: World, dice: random.Random) -> dict[str, Any]:
    # Levels are locked in the order of their keys, as the product does.
    first, second = sorted(two_variants(world, dice))
    return {
        "order": uuid4(),
        "cart": uuid4(),
        "payment": uuid4(),
        "line_a": uuid4(),
        "line_b": uuid4(),
        "channel": world.channel,
        "location": dice.choice(world.locations),
        "variant_a": first,
        "variant_b": second,
        "total": 2000,
        "email": EMAIL.format(dice.randrange(10_000)),
    }


def raw_checkout(world: World) -> Any:
    """An order in the fewest writes, as the eight statements of ``raw/checkout.sql``."""
    steps = list(statements("checkout").values())

    def job(connection: psycopg.Connection[Any], number: int) -> Iterator[None]:
        dice = random.Random(number)
        yield
        while True:
            values = order_values(world, dice)
            with connection.transaction():
                for step in steps:
                    changed = connection.execute(step, values, prepare=True)
                    if changed.rowcount == 0:
                        raise RuntimeError(f"nothing changed: {step}")
            yield

    return job


def checkout(world: World, carts: list[list[tuple[str, str, dict[str, Any]]]]) -> Any:
    """The completing request of carts that are filled already: (cart, token, total)."""

    def job(number: int) -> Iterator[Conversation]:
        for cart, token, total in carts[number]:
            yield _complete(world, cart, token, total, version=3)

    return job


def _complete(
    world: World, cart: str, token: str, total: dict[str, Any], *, version: int
) -> Conversation:
    yield Call(
        "POST",
        f"/api/v1/carts/{cart}/checkout",
        {
            "version": version,
            "total": total,
            "payment": "pay_at_collection",
            "contact": {"email": EMAIL.format(random.randrange(10_000))},
        },
        world.headers | {"X-Cart-Token": token, "Idempotency-Key": str(uuid4())},
        201,
    )


def whole_order(world: World) -> Any:
    """Begin a cart, put two lines in, check out: four requests."""

    def job(number: int) -> Iterator[Conversation]:
        dice = random.Random(1000 + number)
        while True:
            yield _order(world, dice)

    return job


def _order(world: World, dice: random.Random) -> Conversation:
    opened = json.loads((yield Call("POST", "/api/v1/carts", {}, world.headers, 201)))
    state, token = opened["cart"], opened["token"]
    cart, version = state["id"], state["version"]
    headers, location = world.headers | {"X-Cart-Token": token}, dice.choice(world.locations)
    for variant in two_variants(world, dice):
        line = {
            "version": version,
            "variant_id": variant,
            "quantity": 1,
            "method": "pickup",
            "location_id": location,
        }
        state = json.loads((yield Call("POST", f"/api/v1/carts/{cart}/lines", line, headers, 201)))
        version = state["version"]
    yield from _complete(world, cart, token, state["total"], version=version)


# --- reading --------------------------------------------------------------------------------------


def raw_product_list(world: World) -> Any:
    statement = statements("product_list")["list"]

    def job(connection: psycopg.Connection[Any], number: int) -> Iterator[None]:
        dice = random.Random(number)
        yield
        while True:
            category = f"category-{dice.randrange(1, 41)}"
            rows = connection.execute(
                statement, {"channel": world.channel, "category": category, **LYON}, prepare=True
            ).fetchall()
            connection.commit()
            if len(rows) != 24:
                raise RuntimeError(f"{len(rows)} rows")
            yield

    return job


def list_call(world: World, category: str) -> Call:
    query = f"category={category}&sort=name&lat={LYON['lat']}&lon={LYON['lon']}"
    return Call("GET", f"/api/v1/products?{query}", headers=world.headers)


def product_list(world: World) -> Any:
    def job(number: int) -> Iterator[Conversation]:
        dice = random.Random(number)
        while True:
            yield one(list_call(world, f"category-{dice.randrange(1, 41)}"))

    return job


def product_detail(world: World) -> Any:
    def job(number: int) -> Iterator[Conversation]:
        dice = random.Random(number)
        while True:
            slug = f"product-{dice.randrange(1, VARIANTS // 2 + 1)}"
            yield one(Call("GET", f"/api/v1/products/{slug}", headers=world.headers))

    return job


def nothing(world: World) -> Any:
    """An authenticated endpoint of ours that does nothing: what every request costs."""

    def job(number: int) -> Iterator[Conversation]:
        while True:
            yield one(Call("GET", "/api/v1/ping", headers=world.headers))

    return job


def cart_change(world: World, carts: list[tuple[str, str, str]]) -> Any:
    """Change the quantity of a line, each process in a cart of its own: (cart, token, line)."""

    def job(number: int) -> Iterator[Conversation]:
        cart, token, line = carts[number]
        headers = world.headers | {"X-Cart-Token": token}
        version = 3

        def change() -> Conversation:
            nonlocal version
            body = {"version": version, "quantity": 1 + version % 5}
            answer = yield Call("PATCH", f"/api/v1/carts/{cart}/lines/{line}", body, headers)
            version = json.loads(answer)["version"]

        while True:
            yield change()

    return job


def one(call: Call) -> Conversation:
    yield call
