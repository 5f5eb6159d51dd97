"""``python -m bench [--seconds N] [--pairs N] [--only NAME,…]``: the table of speed."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import psycopg

from bench import jobs
from bench.clients import http_rate, medians, sql_rate
from bench.fill import cart_lines, filled_carts, make_world
from bench.jobs import World
from bench.stage import Stage, running

Rate = Callable[[], float]
# The most checkouts that one process may do in a span, so many carts are made before it.
CARTS_A_SECOND = 40
CAUGHT_UP_SECONDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with running() as stage:
        world = make_world(stage)
        _explain(world)
        for name, goal, raw, ours in _table(stage, world, options.seconds):
            if options.only and name not in options.only.split(","):
                continue
            pairs = [(raw(), ours()) for _number in range(options.pairs)]
            before, after, ratio = medians(pairs)
            word = "reached" if ratio >= goal else "NOT REACHED"
            print(
                f"{name:16} {before:9.1f}/s beside it {after:9.1f}/s"
                f"  ratio {ratio:6.3f}  goal {goal:5.2f}  {word}",
                flush=True,
            )
        print(f"the log was caught up after {_catch_up(stage, world):.1f} s", flush=True)


def _table(stage: Stage, world: World, seconds: float) -> list[tuple[str, float, Rate, Rate]]:
    """Name, goal of the ratio, what it is measured against, ours."""

    def over_http(job: Callable[[], object]) -> Rate:
        return lambda: http_rate(stage.address, job(), seconds=seconds)  # type: ignore[arg-type]

    def in_sql(job: object) -> Rate:
        return lambda: sql_rate(world.dsn, job, seconds=seconds)  # type: ignore[arg-type]

    carts = int(seconds * CARTS_A_SECOND)
    empty = over_http(lambda: jobs.nothing(world))
    raw = in_sql(jobs.raw_checkout(world))
    return [
        (
            "checkout",
            0.06,
            raw,
            over_http(lambda: jobs.checkout(world, filled_carts(world, carts))),
        ),
        ("whole order", 0.03, raw, over_http(lambda: jobs.whole_order(world))),
        (
            "product list",
            0.10,
            in_sql(jobs.raw_product_list(world)),
            over_http(lambda: jobs.product_list(world)),
        ),
        ("product detail", 0.5, empty, over_http(lambda: jobs.product_detail(world))),
        ("cart change", 0.5, empty, over_http(lambda: jobs.cart_change(world, cart_lines(world)))),
    ]


def _explain(world: World) -> None:
    """The plan of the raw list, which shows that it is a fair rival."""
    statement = jobs.statements("product_list")["list"]
    values = {"channel": world.channel, "category": "category-1", **jobs.LYON}
    with psycopg.connect(world.dsn) as connection:
        for (line,) in connection.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", values):
            print(f"    {line}")


def _catch_up(stage: Stage, world: World) -> float:
    """Seconds until every subscription has read the whole log."""
    start = time.monotonic()
    with psycopg.connect(world.dsn, autocommit=True) as connection:
        while time.monotonic() - start < 120:
            row = connection.execute(
                "SELECT count(*) FROM omni_subscription s WHERE EXISTS (SELECT FROM omni_event e"
                " WHERE (e.xid, e.id) > (s.position_xid, s.position_id))"
            ).fetchone()
            if row and row[0] == 0:
                break
            time.sleep(0.1)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
