"""The jobs over HTTP beside their raw SQL, in pairs, on the product as it runs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import jobs
from bench.clients import http_rate, medians, sql_rate
from bench.equal import assert_same_list, assert_same_order
from bench.fill import cart_lines, filled_carts, make_world
from bench.jobs import World
from bench.plans import print_plan
from bench.report import Result
from bench.stage import Stage, running
from bench.statements import statements

Rate = Callable[[], float]
JOBS = ("checkout", "whole-order", "product-list", "product-detail", "cart-change")
# The most checkouts that one process may do in a second, so many carts are made before it.
CARTS_A_SECOND = 40
CAUGHT_UP_SECONDS = 5
GIVE_UP_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Job:
    """What is measured against what, and the least ratio."""

    name: str
    least: float
    raw: Rate
    ours: Rate


def measure(names: Collection[str], *, seconds: float, pairs: int, explain: bool) -> list[Result]:
    """Start the product, prove that both sides do the same, then measure the named jobs."""
    with running() as stage:
        world = make_world(stage)
        assert_same_list(stage, world)
        assert_same_order(stage, world)
        if explain:
            _explain(world)
        wanted = [job for job in _jobs(stage, world, seconds) if job.name in names]
        results = [_measured(job, pairs) for job in wanted]
        results.append(_caught_up(world))
    return results


def _jobs(stage: Stage, world: World, seconds: float) -> list[Job]:
    def over_http(job: Callable[[], Any]) -> Rate:
        return lambda: http_rate(stage.address, job(), seconds=seconds)

    def in_sql(job: Any) -> Rate:
        return lambda: sql_rate(world.dsn, job, seconds=seconds)

    def complete() -> Any:
        return jobs.checkout(world, filled_carts(world, int(seconds * CARTS_A_SECOND)))

    empty = over_http(lambda: jobs.nothing(world))
    order = in_sql(jobs.raw_checkout(world))
    listed = in_sql(jobs.raw_product_list(world))
    return [
        Job("checkout", 0.06, order, over_http(complete)),
        Job("whole-order", 0.03, order, over_http(lambda: jobs.whole_order(world))),
        Job("product-list", 0.10, listed, over_http(lambda: jobs.product_list(world))),
        Job("product-detail", 0.5, empty, over_http(lambda: jobs.product_detail(world))),
        Job(
            "cart-change", 0.5, empty, over_http(lambda: jobs.cart_change(world, cart_lines(world)))
        ),
    ]


def _measured(job: Job, count: int) -> Result:
    pairs = [(job.raw(), job.ours()) for _number in range(count)]
    raw, ours, ratio = medians(pairs)
    print(f"{job.name}: {ours:.1f}/s beside {raw:.1f}/s, ratio {ratio:.3f}", flush=True)
    goal = f"ratio at least {job.least}"
    return Result(job.name, "/s", raw, ours, ratio, goal, ratio >= job.least, pairs)


def _explain(world: World) -> None:
    """The plans of the raw statements, which show that they are fair rivals."""
    listed = {"channel": world.channel, "category": "category-1", **jobs.LYON}
    with psycopg.connect(world.dsn) as connection, connection.cursor() as cursor:
        for name, statement in statements("product_list").items():
            print(f"  raw product_list: {name}")
            print_plan(cursor, statement, listed)
        ordered = jobs.order_values(world, random.Random(1))
        for name, statement in statements("checkout").items():
            print(f"  raw checkout: {name}")
            print_plan(cursor, statement, ordered)
        connection.rollback()


def _caught_up(world: World) -> Result:
    """Seconds until every subscription has read the whole log."""
    start = time.monotonic()
    with psycopg.connect(world.dsn, autocommit=True) as connection:
        while time.monotonic() - start < GIVE_UP_SECONDS:
            row = connection.execute(
                "SELECT count(*) FROM omni_subscription s WHERE EXISTS (SELECT FROM omni_event e"
                " WHERE (e.xid, e.id) > (s.position_xid, s.position_id))"
            ).fetchone()
            if row and row[0] == 0:
                break
            time.sleep(0.1)
    took = time.monotonic() - start
    goal = f"at most {CAUGHT_UP_SECONDS} s"
    return Result("log caught up after", "s", None, took, None, goal, took <= CAUGHT_UP_SECONDS)
