"""The broker is away: a checkout answers as ever, and what follows from it only comes later.

First it hangs (stopped, its socket accepts), then it is killed and kept down. Four buyers shop
meanwhile, one request at a time, so that what is measured is the answer and not a queue.
"""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager
from functools import partial

from omni.lab import books, processes
from omni.lab.buyers import Basket, Line, Watch, fill_basket, side_by_side
from omni.lab.merchant import Merchant
from omni.lab.report import Report, percentile
from omni.lab.stage import Stage

BUYERS = 4
ORDERS = 10  # of each buyer, each way
LIMIT_SECONDS = 1.0
TARGET = "valkey"


def chaos_broker(stage: Stage, merchant: Merchant, *, runs: int, seed: int) -> Report:
    """Shop without the broker, let it come back, and see that nothing was missed."""
    report, dice, began = Report("chaos broker"), random.Random(seed), time.monotonic()  # noqa: S311
    told: list[dict[str, object]] = []
    before = books.opening(stage)
    for _run in range(runs):
        for way in (processes.frozen, processes.kept_down):
            told += _shop_without(way(stage, TARGET), way.__name__, stage, merchant, dice, report)
        report.runs += 1
    report.accepted, report.expected = len(told), runs * 2 * BUYERS * ORDERS
    report.violations += books.compare(stage, before, told)
    if report.accepted != report.expected:
        report.violations.append(f"{report.accepted} orders of {report.expected} carts")
    report.seconds = time.monotonic() - began
    return report


def _shop_without(
    away: AbstractContextManager[None],
    way: str,
    stage: Stage,
    merchant: Merchant,
    dice: random.Random,
    report: Report,
) -> list[dict[str, object]]:
    watch = Watch()
    baskets = [_fill(stage, merchant, dice, watch) for _buyer in range(BUYERS)]
    with away:
        time.sleep(0.5)  # so that no message is on its way any more
        buyers = [partial(_buy, stage, merchant, mine, report) for mine in baskets]
        bought = [each for mine in side_by_side(buyers, threads=BUYERS) for each in mine]
        waiting = stage.query(books.WAITING_EVENTS)[0][0]
    lag = books.catch_up(stage)
    if lag is None:
        report.violations.append(f"{way}: subscriptions do not catch up")
    seconds = [each for _facts, each in bought]
    slowest = max(seconds)
    if slowest > LIMIT_SECONDS:
        report.violations.append(f"{way}: a checkout took {slowest:.2f} s")
    report.measured[way] = {
        "slowest_ms": round(1000 * slowest, 1),
        "p95_ms": round(1000 * percentile(seconds, 0.95), 1),
        "events_waiting": waiting,
        "lag_0_after": None if lag is None else round(lag, 2),
    }
    return [facts for facts, _seconds in bought if facts]


def _fill(stage: Stage, merchant: Merchant, dice: random.Random, watch: Watch) -> list[Basket]:
    line = Line(stage, {"X-Channel-Key": merchant.web_key})
    made = [
        fill_basket(
            line, merchant, watch, [(variant, 1) for variant in dice.sample(merchant.plenty, 2)]
        )
        for _order in range(ORDERS)
    ]
    line.close()
    return made


def _buy(
    stage: Stage, merchant: Merchant, baskets: list[Basket], report: Report
) -> list[tuple[dict[str, object], float]]:
    """One checkout after the other. A broker that is away is no reason for a second try."""
    line = Line(stage, {"X-Channel-Key": merchant.web_key})
    line.open()
    bought: list[tuple[dict[str, object], float]] = []
    for basket in baskets:
        reply = line.send(*basket.checkout())
        report.attempts += 1
        report.latencies.append(reply.seconds)
        if reply.status != 201:
            report.violations.append(f"a checkout was told {reply.status} {reply.body}")
            bought.append(({}, reply.seconds))
            continue
        facts = {
            "cart": basket.cart,
            "order": reply.body["order"]["id"],
            "total": basket.total["amount"],
            "lines": basket.lines,
            "payment": basket.payment,
        }
        bought.append((facts, reply.seconds))
    line.close()
    return bought
