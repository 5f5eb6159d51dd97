"""``kill -9`` of each part during checkouts: nothing that was acknowledged is lost or doubled.

Forty clients complete carts that were filled before, a part of them paid online at the provider.
Each writes every acknowledgement to a file of its own, synced before it goes on, and repeats with
the same key what it got no definite answer to. The part is killed while at least thirty requests
are in flight; afterwards every acknowledgement is looked for in the database and every row of the
database among the acknowledgements.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from omni.lab import books, processes
from omni.lab.buyers import (
    PATIENCE_SECONDS,
    Basket,
    Line,
    NeverAnswered,
    Reply,
    Watch,
    fill_basket,
    insist,
    side_by_side,
)
from omni.lab.merchant import Merchant
from omni.lab.report import Report
from omni.lab.stage import Site, Stage

CLIENTS = 40
BASKETS = 4  # of each client in a round
IN_FLIGHT = 30
STRIKE_SECONDS = 30.0
FIRST_SECONDS = 10.0
CARD, CARD_NUMBER = "tok_visa", "4242424242424242"
# Captured at once by the provider, but its messages may come one by one.
WAITING = ("unknown", "pending", "requires_action", "authorised")


@dataclass(frozen=True, slots=True)
class Victim:
    """A part, and whether its own process is meant or any that belongs to it."""

    target: str
    is_exact: bool


@dataclass(frozen=True, slots=True)
class Acknowledgements:
    """A client's own file: what it was told, on disk before it goes on."""

    path: Path

    def write(self, **facts: Any) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(facts) + "\n")
            file.flush()
            os.fsync(file.fileno())


def chaos_kill9(
    stage: Stage, merchant: Merchant, *, runs: int, seed: int, targets: Sequence[str] = ()
) -> Report:
    """Kill a part in each run, all parts in turn; later also what stands behind or below it."""
    report, dice, began = Report("chaos kill9"), random.Random(seed), time.monotonic()  # noqa: S311
    before, struck = books.opening(stage), set[str]()
    with tempfile.TemporaryDirectory(prefix="omni-lab-told-") as folder:
        for target in _order(runs, dice, targets):
            victim = Victim(target, is_exact=target not in struck)
            struck.add(target)
            measured = _round(stage, merchant, victim, Path(folder), dice, report)
            report.measured.setdefault("kills", []).append(measured)
            report.runs += 1
            told = list(_told(Path(folder)))
            report.violations += books.compare(stage, before, told)
            report.violations += books.compare_money(stage)
            report.violations += books.audit(stage)
        report.accepted = len({each["cart"] for each in _told(Path(folder))})
    report.expected = runs * CLIENTS * BASKETS
    if report.accepted != report.expected:
        report.violations.append(f"{report.accepted} orders of {report.expected} carts")
    report.seconds = time.monotonic() - began
    return report


def _order(runs: int, dice: random.Random, targets: Sequence[str]) -> list[str]:
    """Each part equally often, shuffled."""
    order: list[str] = list(targets)
    while len(order) < runs:
        order += dice.sample(processes.TARGETS, len(processes.TARGETS))
    return order[:runs]


def _round(
    stage: Stage,
    merchant: Merchant,
    victim: Victim,
    folder: Path,
    dice: random.Random,
    report: Report,
) -> dict[str, Any]:
    baskets = _fill(stage, merchant, dice, is_paid_online=victim.target == "psp")
    watch, clients = Watch(), []
    for number, mine in enumerate(baskets):
        told = Acknowledgements(folder / f"client-{number}.jsonl")
        client = threading.Thread(
            target=_client, args=(stage, merchant, mine, told, watch), name=f"client-{number}"
        )
        clients.append(client)
    for client in clients:
        client.start()
    in_flight, what = _strike(stage, victim, dice, watch)
    for client in clients:
        client.join(2 * PATIENCE_SECONDS)
    answered = time.monotonic() - (watch.struck_at or 0)
    settled, lag = books.settle(stage), books.catch_up(stage)
    first = watch.first_after
    for text, is_broken in (
        (f"{in_flight} requests in flight when {what} was killed", in_flight < IN_FLIGHT),
        (f"first 201 after {first} s", first is None or first > FIRST_SECONDS),
        ("payments stay in doubt", settled is None),
        ("subscriptions do not catch up", lag is None),
        ("clients do not end", any(client.is_alive() for client in clients)),
    ):
        if is_broken:
            watch.violation(f"{what}: {text}")
    report.violations += watch.violations
    report.attempts += watch.attempts
    report.latencies += watch.latencies
    return {
        "killed": what,
        "in_flight": in_flight,
        "first_201": _rounded(first),
        "all_answered": _rounded(answered),
        "settled": _rounded(settled),
        "lag_0": _rounded(lag),
    }


def _fill(
    site: Site, merchant: Merchant, dice: random.Random, *, is_paid_online: bool
) -> list[list[Basket]]:
    """The carts of every client. A third is paid online; all, where the provider is to die."""
    watch = Watch()

    def fill(seed: int) -> list[Basket]:
        mine, line = random.Random(seed), Line(site, {"X-Channel-Key": merchant.web_key})  # noqa: S311
        made = []
        for number in range(BASKETS):
            wishes = [
                (variant, mine.randrange(1, 4)) for variant in mine.sample(merchant.plenty, 2)
            ]
            is_online = is_paid_online or number % 3 == 1
            payment = "online" if is_online else "pay_at_collection"
            made.append(fill_basket(line, merchant, watch, wishes, payment=payment))
        line.close()
        return made

    return side_by_side([partial(fill, dice.getrandbits(32)) for _client in range(CLIENTS)])


def _client(
    site: Site, merchant: Merchant, baskets: Sequence[Basket], told: Acknowledgements, watch: Watch
) -> None:
    line = Line(site, {"X-Channel-Key": merchant.web_key})
    for basket in baskets:
        try:
            _complete(line, basket, told, watch)
        except NeverAnswered as error:
            watch.violation(f"never answered: {error}")
        except Exception as error:  # noqa: BLE001  a client that stops is a violation, not a crash
            watch.violation(f"a client stopped: {type(error).__name__} {error}")
    line.close()


def _complete(line: Line, basket: Basket, told: Acknowledgements, watch: Watch) -> None:
    """Check out, and pay where it is to be paid now; each acknowledgement is written down."""
    reply = insist(line, watch, *basket.checkout())
    if reply.status != 201:
        watch.violation(f"a checkout was told {reply.status} {reply.body}")
        return
    order = reply.body["order"]
    facts = {
        "cart": basket.cart,
        "order": order["id"],
        "total": basket.total["amount"],
        "lines": basket.lines,
        "payment": basket.payment,
    }
    told.write(**facts)
    if basket.payment != "online":
        return
    paid = _pay(line, basket, order["id"], reply.body["token"], watch)
    if paid.body.get("status") == "captured":
        told.write(**facts, captured=paid.body["captured"]["amount"])
    else:
        watch.violation(f"a payment was told {paid.status} {paid.body}")


def _pay(line: Line, basket: Basket, order: str, token: str, watch: Watch) -> Reply:
    """Start the payment; while its outcome is unknown, ask for it again.

    The card's token is sent once and never stored: where the provider died before it heard of it,
    the payment goes on at the provider's page, as ``next_action`` says, and the buyer follows.
    """
    path, proof = f"/api/v1/orders/{order}/payments", {"X-Order-Token": token}
    body = {"return_url": "https://shop.example/thanks", "card_token": CARD}
    until = time.monotonic() + PATIENCE_SECONDS
    reply = insist(line, watch, "POST", path, body, proof | {"Idempotency-Key": basket.pay_key})
    while reply.body.get("status") in WAITING and time.monotonic() < until:
        if reply.body["status"] == "requires_action":
            _approve(reply.body["next_action"]["url"])
        time.sleep(0.5)
        reply = insist(line, watch, "GET", f"{path}/{reply.body['id']}", None, proof)
    return reply


def _approve(page: str) -> None:
    """The buyer types a card into the provider's page; a repeat changes nothing there."""
    with contextlib.suppress(httpx.HTTPError):
        httpx.post(page, data={"decision": "approve", "card": CARD_NUMBER}, trust_env=False)


def _strike(stage: Stage, victim: Victim, dice: random.Random, watch: Watch) -> tuple[int, str]:
    """Wait for enough requests in flight, and kill. How many there were, and what was killed."""
    answered = dice.randrange(10, CLIENTS)
    until = time.monotonic() + STRIKE_SECONDS
    while True:
        pid, what = processes.find(stage, victim.target, dice, is_exact=victim.is_exact)
        while len(watch.latencies) < answered or watch.in_flight < IN_FLIGHT:
            if time.monotonic() > until:
                break
            time.sleep(0.002)
        in_flight = watch.in_flight
        with contextlib.suppress(ProcessLookupError):  # a session that ended by itself
            os.kill(pid, signal.SIGKILL)
            watch.strike()
            return in_flight, what


def _told(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("client-*.jsonl")):
        for text in path.read_text().splitlines():
            yield json.loads(text)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)
