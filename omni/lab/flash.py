"""Races over HTTP: many buyers for a few units, and one cart checked out many times at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from uuid import uuid4

from omni.lab import books
from omni.lab.buyers import (
    Basket,
    Line,
    Reply,
    Watch,
    at_once,
    fill_basket,
    insist,
    open_tills,
    side_by_side,
)
from omni.lab.merchant import PRICE_MINOR, SCARCE_UNITS, Merchant
from omni.lab.report import Report
from omni.lab.stage import Site

BUYERS = 50
SOLD = "sold"
LOST = "lost"


def race_flash(
    site: Site,
    merchant: Merchant,
    *,
    runs: int,
    seed: int,
    kinds: Sequence[str] = ("web", "app", "till"),
) -> Report:
    """50 buyers in web, app and till for 10 units: ten are sold, the rest is told what is left."""
    report, dice, began = Report("race flash"), random.Random(seed), time.monotonic()  # noqa: S311
    if "till" in kinds:
        open_tills(site, merchant)
    for _run in range(runs):
        variant = merchant.scarce.pop()
        outcomes = _one_flash(site, merchant, variant, _mixed(kinds, dice), report)
        report.runs += 1
        report.attempts += BUYERS
        report.accepted += outcomes.count(SOLD)
        report.expected += SCARCE_UNITS
        on_hand, committed, held = books.level(site, variant)
        if outcomes.count(SOLD) != SCARCE_UNITS or (on_hand - committed, held) != (0, 0):
            report.violations.append(
                f"{outcomes.count(SOLD)} sold of {SCARCE_UNITS}:"
                f" on hand {on_hand}, committed {committed}, held {held}"
            )
    report.seconds = time.monotonic() - began
    return report


def _one_flash(
    site: Site, merchant: Merchant, variant: str, chosen: Sequence[str], report: Report
) -> list[str]:
    watch = Watch()
    buyers = side_by_side(
        [partial(_KINDS[kind], site, merchant, variant, watch) for kind in chosen]
    )
    lines = [line for line, _race in buyers]
    side_by_side([line.open for line in lines], threads=BUYERS)
    results = at_once([race for _line, race in buyers])
    for line in lines:
        line.close()
    outcomes = []
    by = report.measured.setdefault("sold_by", {})
    for kind, replies in zip(chosen, results, strict=True):
        report.latencies += [reply.seconds for reply in replies]
        outcome = _judge(replies, report)
        outcomes.append(outcome)
        if outcome == SOLD:
            by[kind] = by.get(kind, 0) + 1
    return outcomes


Racer = tuple[Line, Callable[[], list[Reply]]]


def _on_the_web(site: Site, merchant: Merchant, variant: str, watch: Watch) -> Racer:
    """Checks out at once."""
    line = Line(site, {"X-Channel-Key": merchant.web_key})
    basket = fill_basket(line, merchant, watch, [(variant, 1)])
    line.close()
    return line, lambda: [line.send(*basket.checkout())]


def _in_the_app(site: Site, merchant: Merchant, variant: str, watch: Watch) -> Racer:
    """Holds first, as an app does when its checkout is opened, and then checks out."""
    line = Line(site, {"X-Channel-Key": merchant.app_key})
    basket = fill_basket(line, merchant, watch, [(variant, 1)])
    line.close()

    def race() -> list[Reply]:
        held = line.send(
            "POST",
            f"/api/v1/carts/{basket.cart}/hold",
            {"version": basket.version},
            {"X-Cart-Token": basket.token, "Idempotency-Key": str(uuid4())},
        )
        if held.status != 200:
            return [held]
        method, path, body, headers = basket.checkout()
        return [held, line.send(method, path, body | {"version": held.body["version"]}, headers)]

    return line, race


def _at_the_till(site: Site, merchant: Merchant, variant: str, watch: Watch) -> Racer:
    """Rings up what lies on the counter and takes cash, at one of the store's tills."""
    line = Line(site, {"Authorization": f"Bearer {merchant.till_key}"})
    price = {"amount": PRICE_MINOR, "currency": "EUR"}
    sale = {
        "shift_id": random.choice(merchant.shifts),  # noqa: S311
        "lines": [{"variant_id": variant, "quantity": 1}],
        "tenders": [{"tender": "cash", "amount": price}],
    }
    key = {"Idempotency-Key": str(uuid4())}
    return line, lambda: [line.send("POST", "/api/v1/staff/sales", sale, key)]


_KINDS = {"web": _on_the_web, "app": _in_the_app, "till": _at_the_till}


def _mixed(kinds: Sequence[str], dice: random.Random) -> list[str]:
    """50 buyers of these kinds in equal parts, in any order."""
    chosen = [kinds[place % len(kinds)] for place in range(BUYERS)]
    dice.shuffle(chosen)
    return chosen


def _judge(replies: list[Reply], report: Report) -> str:
    last = replies[-1]
    if last.status == 201:
        return SOLD
    if len(replies) > 1:
        report.violations.append(f"held and then refused: {last.status} {last.body}")
    elif last.status != 409 or last.code != "out_of_stock":
        report.violations.append(f"a loser was told {last.status} {last.body}")
    elif not _tells_what_is_left(last):
        report.violations.append(f"a loser was not told what is left: {last.body}")
    return LOST


def _tells_what_is_left(reply: Reply) -> bool:
    lines = reply.body.get("details", {}).get("lines", [])
    return bool(lines) and all(0 <= line["available"] < line["requested"] for line in lines)


def race_double_checkout(site: Site, merchant: Merchant, *, runs: int, seed: int) -> Report:
    """One cart, checked out 50 times at once, with 50 keys and with the same key: one order."""
    report, dice, began = Report("race double_checkout"), random.Random(seed), time.monotonic()  # noqa: S311
    for run in range(runs):
        watch = Watch()
        line = Line(site, {"X-Channel-Key": merchant.web_key})
        wishes = [(variant, dice.randrange(1, 4)) for variant in dice.sample(merchant.plenty, 2)]
        basket = fill_basket(line, merchant, watch, wishes)
        line.close()
        told = _check_out_together(site, merchant, basket, is_same_key=bool(run % 2), watch=watch)
        _note_double(site, basket, told, report)
        report.attempts += watch.attempts
        report.latencies += watch.latencies
        report.violations += watch.violations
        report.runs += 1
    report.seconds = time.monotonic() - began
    return report


def _check_out_together(
    site: Site, merchant: Merchant, basket: Basket, *, is_same_key: bool, watch: Watch
) -> list[Reply]:
    lines = [Line(site, {"X-Channel-Key": merchant.web_key}) for _buyer in range(BUYERS)]
    side_by_side([line.open for line in lines], threads=BUYERS)
    watch.latencies.clear()
    watch.attempts = 0
    requests = [basket.checkout("" if is_same_key else str(uuid4())) for _line in lines]
    told = at_once(
        [
            partial(insist, line, watch, *request)
            for line, request in zip(lines, requests, strict=True)
        ]
    )
    for line in lines:
        line.close()
    return told


def _note_double(site: Site, basket: Basket, told: list[Reply], report: Report) -> None:
    orders = books.order_ids(site, basket.cart)
    report.accepted += len(orders)
    report.expected += 1
    if len(orders) != 1:
        report.violations.append(f"{len(orders)} orders of one cart")
    for reply in told:
        if reply.status != 201 or [reply.body["order"]["id"]] != orders:
            report.violations.append(f"one of 50 was told {reply.status} {reply.body}")
