"""How the walk calls the routes of the work in stores: pickups, parcels, returns, the till."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omni.lab.authz import Ref

Line = dict[str, Any]

_WORK = "staff/fulfilment-orders"
_PICKUP = "staff/pickups"
_ID = "<uuid:fulfilment_order_id>"
_RETURN = "staff/returns/<uuid:return_id>"
_SHIFT = "staff/shifts/<uuid:shift_id>"
_DAY = "staff/store-days/<uuid:day_id>"

_EUR = {"amount": 100, "currency": "EUR"}
_WHY: Line = {"body": {"reason": "walk"}}
_NOTHING: Line = {"body": {}}
_PICK: Line = {"body": {"line_id": Ref("work_line"), "picked": 1}}
_REJECT: Line = {"body": {"reason": "no_capacity", "line_ids": [Ref("work_line")]}}
_WORK_QUERIES: tuple[dict[str, Any], ...] = (
    {},
    {"limit": 1},
    {"location_id": Ref("location")},
    {"order_id": Ref("order")},
)
_UNITS = [{"order_line_id": Ref("sold_line"), "quantity": 1}]
_CASE_UNITS = [{"line_id": Ref("return_line"), "quantity": 1}]
_CASH = [{"tender": "cash", "amount": {"amount": 500, "currency": "EUR"}}]

LINES: Mapping[str, Line] = {
    # --- work
    f"GET {_WORK}": {"queries": _WORK_QUERIES},
    f"GET {_WORK}/{_ID}": {},
    f"POST {_WORK}/{_ID}/accept": _NOTHING,
    f"POST {_WORK}/{_ID}/start-picking": _NOTHING,
    f"POST {_WORK}/{_ID}/pick": _PICK,
    f"POST {_WORK}/{_ID}/hold": _WHY,
    f"POST {_WORK}/{_ID}/resume": _NOTHING,
    f"POST {_WORK}/{_ID}/reject": _REJECT,
    f"POST {_WORK}/{_ID}/put-back": _NOTHING,
    f"POST {_WORK}/{_ID}/pack": {"body": {"carrier": "walk"}},
    f"POST {_WORK}/{_ID}/dispatch": _NOTHING,
    f"POST {_WORK}/{_ID}/deliver": _NOTHING,
    f"POST {_WORK}/{_ID}/attempt": _NOTHING,
    f"POST {_WORK}/{_ID}/refuse": _WHY,
    f"POST {_WORK}/{_ID}/send-back": _WHY,
    f"POST {_WORK}/{_ID}/receive-back": _NOTHING,
    f"POST {_WORK}/{_ID}/lost": _NOTHING,
    f"GET {_PICKUP}": {"queries": _WORK_QUERIES},
    f"GET {_PICKUP}/{_ID}": {},
    f"POST {_PICKUP}/{_ID}/accept": _NOTHING,
    f"POST {_PICKUP}/{_ID}/start-picking": _NOTHING,
    f"POST {_PICKUP}/{_ID}/pick": _PICK,
    f"POST {_PICKUP}/{_ID}/reject": _REJECT,
    f"POST {_PICKUP}/{_ID}/ready": {"body": {"shelf": "A1"}},
    f"POST {_PICKUP}/{_ID}/take-back": _WHY,
    f"POST {_PICKUP}/{_ID}/hand-over": {"body": {"code": "AAAAAAAA"}, "reaches": False},
    f"POST {_PICKUP}/{_ID}/refuse": _WHY,
    f"POST {_PICKUP}/{_ID}/reinstate": _NOTHING,
    f"POST {_PICKUP}/{_ID}/undo-hand-over": _WHY,
    f"POST {_PICKUP}/{_ID}/put-back": _NOTHING,
    f"POST {_PICKUP}/{_ID}/renew-code": _NOTHING,
    f"POST {_PICKUP}/{_ID}/extend": _WHY,
    f"POST pickups/{_ID}/extend": _NOTHING,
    f"POST pickups/{_ID}/delegate": {"body": {"name": "Walk"}},
    f"POST pickups/{_ID}/arrival": {"body": {"note": "bay 1"}},
    # Cancelling and returning.
    "POST orders/<uuid:order_id>/cancel": {
        "body": {"lines": [{"order_line_id": Ref("order_line"), "quantity": 1}]}
    },
    "POST orders/<uuid:order_id>/cancel-requests": {"body": {"reason": "walk"}},
    "POST staff/orders/<uuid:order_id>/cancel": {
        "body": {"lines": [{"order_line_id": Ref("order_line"), "quantity": 1}]}
    },
    "GET orders/<uuid:order_id>/returns": {"path": {"order_id": "sold_order"}},
    "POST orders/<uuid:order_id>/returns": {
        "path": {"order_id": "sold_order"},
        "body": {"lines": _UNITS},
    },
    "POST returns/<uuid:return_id>/cancel": _NOTHING,
    "GET staff/returns": {
        "queries": (
            {},
            {"limit": 1},
            {"location_id": Ref("location")},
            {"order_id": Ref("sold_order")},
        )
    },
    "POST staff/returns": {
        "body": {
            "location_id": Ref("location"),
            "order_id": Ref("sold_order"),
            "lines": _UNITS,
        }
    },
    "POST staff/returns/no-receipt": {
        "body": {
            "location_id": Ref("location"),
            "channel_id": Ref("shop"),
            "customer_id": Ref("customer"),
            "lines": [{"variant_id": Ref("variant"), "quantity": 1}],
            "evidence": "walk",
        },
    },
    # The number on a receipt opens the goods of an order to whoever takes returns, at any store.
    "GET staff/returns/order": {"queries": ({"number": Ref("receipt")},)},
    f"GET {_RETURN}": {},
    f"POST {_RETURN}/authorise": _NOTHING,
    f"POST {_RETURN}/decline": _WHY,
    f"POST {_RETURN}/cancel": _NOTHING,
    f"POST {_RETURN}/in-transit": _NOTHING,
    f"POST {_RETURN}/lost": _NOTHING,
    f"POST {_RETURN}/receive": {"body": {"location_id": Ref("location"), "lines": _CASE_UNITS}},
    f"POST {_RETURN}/inspect": {
        "body": {
            "decisions": [{"line_id": Ref("return_line"), "quantity": 1, "disposition": "sellable"}]
        }
    },
    f"POST {_RETURN}/send-back": _NOTHING,
    # --- the till
    "GET staff/registers": {"queries": ({}, {"location_id": Ref("location")})},
    "GET staff/shifts": {"queries": ({}, {"limit": 1}, {"register_id": Ref("register")})},
    "POST staff/shifts": {"body": {"register_id": Ref("register"), "opening_float": _EUR}},
    f"GET {_SHIFT}": {},
    f"GET {_SHIFT}/figures": {},
    f"POST {_SHIFT}/suspend": _NOTHING,
    f"POST {_SHIFT}/resume": _NOTHING,
    f"POST {_SHIFT}/count": {"body": {"counted": _EUR}},
    f"POST {_SHIFT}/recount": _NOTHING,
    f"POST {_SHIFT}/close": {"body": {"difference_reason": "walk"}},
    f"POST {_SHIFT}/force-close": _WHY,
    f"POST {_SHIFT}/cash": {"body": {"kind": "paid_in", "amount": _EUR, "reason": "walk"}},
    "POST staff/sales": {
        "body": {
            "shift_id": Ref("shift"),
            "customer_id": Ref("customer"),
            "lines": [{"variant_id": Ref("variant"), "quantity": 1}],
            "tenders": _CASH,
        }
    },
    "POST staff/sales/collections": {
        "body": {
            "shift_id": Ref("shift"),
            "pickup_id": Ref("fulfilment_order"),
            "code": "AAAAAAAA",
            "tenders": [],
        },
        "reaches": False,
    },
    "POST staff/sales/refunds": {
        "body": {"shift_id": Ref("shift"), "order_number": Ref("receipt")}
    },
    "POST staff/sales/return-payouts": {
        "body": {"shift_id": Ref("shift"), "return_id": Ref("return")},
        "reaches": False,
    },
    "POST staff/sales/returns": {
        "body": {
            "shift_id": Ref("shift"),
            "order_id": Ref("sold_order"),
            "lines": _UNITS,
        }
    },
    "POST staff/sales/exchanges": {
        "body": {
            "shift_id": Ref("shift"),
            "order_id": Ref("sold_order"),
            "lines": _UNITS,
            "new_lines": [{"variant_id": Ref("variant"), "quantity": 1}],
        }
    },
    "POST staff/sales/open-cart": {
        "body": {"shift_id": Ref("shift"), "code": "AAAA-AAAA"},
        "reaches": False,
    },
    "POST staff/sales/carts/<uuid:cart_id>/give-back": {
        "body": {"shift_id": Ref("shift")},
        "reaches": False,
    },
    "POST staff/sales/carts/<uuid:cart_id>/park": {
        "body": {"shift_id": Ref("shift")},
        "reaches": False,
    },
    "POST staff/sales/carts/<uuid:cart_id>/recall": {
        "body": {"shift_id": Ref("shift")},
        "reaches": False,
    },
    "GET staff/sales/parked": {"queries": ({"location_id": Ref("location")},)},
    "GET staff/price-check": {"queries": ({"register_id": Ref("register"), "text": Ref("sku")},)},
    "GET staff/kept-pieces": {
        "queries": ({}, {"location_id": Ref("location")}, {"customer_id": Ref("customer")})
    },
    "POST staff/kept-pieces/<uuid:reservation_id>/release": _NOTHING,
    "POST staff/customers/<uuid:customer_id>/kept-pieces": {
        "body": {"variant_id": Ref("variant"), "location_id": Ref("location")}
    },
    # --- the store's day
    "GET staff/store-days": {"queries": ({}, {"limit": 1}, {"location_id": Ref("location")})},
    f"GET {_DAY}": {},
    f"POST {_DAY}/reconcile": _NOTHING,
    f"POST {_DAY}/terminal-batches": {"body": {"register_id": Ref("register"), "total": _EUR}},
    f"POST {_DAY}/safe-count": {"body": {"denominations": {"100": 1}}},
    f"POST {_DAY}/deposits": {"body": {"denominations": {"100": 1}}},
    f"POST {_DAY}/close": _NOTHING,
    f"POST {_DAY}/reopen": _NOTHING,
    "POST staff/sales/<uuid:order_id>/void": {
        "path": {"order_id": "till_order"},
        "body": {"shift_id": Ref("shift"), "reason": "walk"},
    },
}
