"""What the database must say after an experiment: nothing lost, nothing doubled, all caught up."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from omni.lab.stage import Site, Stage

SETTLE_SECONDS = 120.0

WAITING_EVENTS = """
SELECT count(*) FROM omni_event e WHERE EXISTS (
    SELECT FROM omni_subscription s WHERE (e.xid, e.id) > (s.position_xid, s.position_id))
"""
_DOUBT = """
SELECT (SELECT count(*) FROM orders_payment WHERE status IN ('pending', 'unknown'))
     + (SELECT count(*) FROM orders_paymentattempt WHERE status = 'open')
     + (SELECT count(*) FROM orders_providerevent WHERE applied_at IS NULL AND subject <> '')
     + (SELECT count(*) FROM orders_payment p JOIN orders_order o ON o.id = p.order_id
         WHERE p.status = 'captured' AND o.status = 'placed')
"""
_ORDERS = """
SELECT o.cart_id::text, o.id::text, o.status, o.total_minor, o.payment_status,
       (SELECT jsonb_agg(jsonb_build_array(l.variant_id, l.quantity)) FROM orders_orderline l
         WHERE l.order_id = o.id),
       (SELECT jsonb_agg(jsonb_build_array(v.variant_id, r.quantity))
          FROM orders_orderline l JOIN inventory_reservation r ON r.order_line_id = l.id
          JOIN inventory_stocklevel v ON v.id = r.level_id
         WHERE l.order_id = o.id AND r.status = 'committed'),
       (SELECT coalesce(sum(p.captured_minor), 0) FROM orders_payment p WHERE p.order_id = o.id),
       (SELECT coalesce(sum(e.amount_minor), 0) FROM orders_paymentevent e
          JOIN orders_payment p ON p.id = e.payment_id
         WHERE p.order_id = o.id AND e.kind = 'capture'),
       (SELECT count(*) FROM orders_fulfilmentorder f WHERE f.order_id = o.id),
       (SELECT count(*) FROM omni_event e WHERE e.aggregateid = o.id AND e.type = 'order.placed')
  FROM orders_order o WHERE o.cart_id IS NOT NULL
"""
_LEVEL = """
SELECT on_hand, committed, held FROM inventory_stocklevel WHERE variant_id = %(variant)s
"""
_PROMISED = "SELECT coalesce(sum(committed), 0), coalesce(sum(held), 0) FROM inventory_stocklevel"
_CARTS = "SELECT cart_id::text FROM orders_order WHERE cart_id IS NOT NULL"
_PAYMENTS = """
SELECT id::text, order_id::text, status, captured_minor, refunded_minor, provider_reference
  FROM orders_payment WHERE tender = 'online'
"""


@dataclass(frozen=True, slots=True)
class Opening:
    """What stood in the books before an experiment began."""

    carts: frozenset[str]
    committed: int
    held: int


def opening(site: Site) -> Opening:
    ((committed, held),) = site.query(_PROMISED)
    return Opening(frozenset(row[0] for row in site.query(_CARTS)), committed, held)


def audit(site: Site) -> list[str]:
    """The invariants that are broken, in words; empty when the audit is clean."""
    done = site.manage("audit", "--json")
    try:
        findings = json.loads(done.stdout.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return [f"audit did not run: {done.stderr[-1000:]}"]
    broken = [each for each in findings["invariants"] if each["count"] or each["error"]]
    return [
        f"audit {each['code']}: {each['title']}: {each['error'] or each['rows'][:3]}"
        for each in broken
    ]


def catch_up(site: Site, *, seconds: float = SETTLE_SECONDS) -> float | None:
    """Seconds until every subscription has read the whole log; None if it did not."""
    return _wait_for_none(site, WAITING_EVENTS, seconds)


def settle(site: Site, *, seconds: float = SETTLE_SECONDS) -> float | None:
    """Seconds until no payment is in doubt and every paid order is confirmed; None if some is."""
    return _wait_for_none(site, _DOUBT, seconds)


def level(site: Site, variant: str) -> tuple[int, int, int]:
    """On hand, committed, held."""
    ((on_hand, committed, held),) = site.query(_LEVEL, {"variant": variant})
    return on_hand, committed, held


def order_ids(site: Site, cart: str) -> list[str]:
    """Orders of a cart: at most one."""
    found = site.query("SELECT id::text FROM orders_order WHERE cart_id = %(cart)s", {"cart": cart})
    return [row[0] for row in found]


def compare(site: Site, before: Opening, acknowledged: Iterable[dict[str, Any]]) -> list[str]:
    """Every acknowledgement against the database, and what is new there against them.

    An acknowledgement: cart, order, total, lines, payment; ``captured`` once money was taken.
    """
    orders = {row[0]: row for row in site.query(_ORDERS) if row[0] not in before.carts}
    broken: list[str] = []
    told: dict[str, dict[str, Any]] = {}
    for each in acknowledged:
        first = told.setdefault(each["cart"], each)
        if first["order"] != each["order"]:
            broken.append(f"doubled: cart {each['cart']} was told two orders")
        told[each["cart"]] = first | each
    for cart, each in told.items():
        row = orders.pop(cart, None)
        broken += [f"lost: {cart}"] if row is None else _differences(each, row)
    broken += [f"doubled: order {row[1]} was acknowledged to nobody" for row in orders.values()]
    broken += _stock_differences(site, before, told.values())
    return broken


def compare_money(stage: Stage) -> list[str]:
    """The provider's journal against our ledger, payment by payment, and one charge an order."""
    ours = {row[0]: row for row in stage.query(_PAYMENTS)}
    broken: list[str] = []
    charged: dict[str, int] = {}
    for theirs in stage.psp_journal()["payments"]:
        row = ours.pop(theirs["idempotency_key"], None)
        if row is None:
            broken.append(f"money lost: {theirs['id']} is not in our ledger")
            continue
        if (row[3], row[4], row[5]) != (theirs["captured"], theirs["refunded"], theirs["id"]):
            broken.append(
                f"money differs: {theirs['id']} captured {theirs['captured']}, ours {row}"
            )
        charged[row[1]] = charged.get(row[1], 0) + bool(theirs["captured"])
    broken += [f"charged {count} times: order {key}" for key, count in charged.items() if count > 1]
    broken += [f"money made up: {row[0]}" for row in ours.values() if row[3]]
    return broken


def _differences(told: dict[str, Any], row: tuple[Any, ...]) -> list[str]:
    _cart, order, status, total, payment_status, lines, committed, captured, entries, work, log = (
        row
    )
    wanted = sorted(map(list, told["lines"]))
    money = told.get("captured", 0)
    facts = {
        "order": (told["order"], order),
        "status": ("confirmed" if told["payment"] != "online" or money else "placed", status),
        "total": (told["total"], total),
        "lines": (wanted, sorted(lines or [])),
        "committed": (wanted, sorted(committed or [])),
        "captured": (money, captured),
        "payment entries": (money, entries),
        "work": (status == "confirmed", work > 0),
        "events": (1, log),
    }
    return [
        f"order {order} ({payment_status}): {name} should be {right}, is {found}"
        for name, (right, found) in facts.items()
        if right != found
    ]


def _stock_differences(site: Site, before: Opening, told: Iterable[dict[str, Any]]) -> list[str]:
    units = sum(quantity for each in told for _variant, quantity in each["lines"])
    ((committed, held),) = site.query(_PROMISED)
    promised = (committed - before.committed, held - before.held)
    if promised == (units, 0):
        return []
    return [f"stock: {promised[0]} committed and {promised[1]} held for {units} units sold"]


def _wait_for_none(site: Site, statement: str, seconds: float) -> float | None:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if site.query(statement)[0][0] == 0:
                return time.monotonic() - began
        except Exception:  # noqa: BLE001, S110  the database may be starting again
            pass
        time.sleep(0.2)
    return None
