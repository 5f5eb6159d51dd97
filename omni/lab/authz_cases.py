"""How the walk calls each route: one line for each method of each endpoint.

Ids stand as ``Ref(kind)``; the walk puts own, foreign and random ones in. A route that is not here,
or whose parameters are not all named, is a gap (``gaps``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omni.lab import authz_store_cases
from omni.lab.authz import Case, Ref, admin_pages, endpoints, parameters

# What a path parameter of this name means wherever a case does not say otherwise.
PARAMETERS: Mapping[str, str] = {
    "address_id": "address",
    "cart_id": "cart",
    "customer_id": "customer",
    "day_id": "store_day",
    "reservation_id": "kept_piece",
    "delivery_id": "delivery",
    "endpoint_id": "endpoint",
    "fulfilment_order_id": "fulfilment_order",
    "identifier_id": "identifier",
    "line_id": "cart_line",
    "location_id": "location",
    "order_id": "order",
    "payment_id": "payment",
    "return_id": "return",
    "session_id": "session",
    "shift_id": "shift",
    "slug": "product_slug",
    "code": "store_code",
    "variant_id": "variant",
}

_ADDRESS = {
    "name": "Walk",
    "street": "1 rue",
    "postal_code": "69001",
    "city": "Lyon",
    "country": "FR",
}
_AT_CART = {"version": Ref("cart_version")}
_PAY = {"return_url": "https://shop.example/back", "card_token": "tok_visa"}
_STORY = {"kind": "page.viewed", "key": "walk-0000001", "facts": {"path": "/"}}
_WORK: tuple[Mapping[str, Any], ...] = (
    {},
    {"limit": 1},
    {"location_id": Ref("location")},
    {"subject_id": Ref("order")},
)


def _case(route: str, terms: Mapping[str, Any]) -> Case:
    own = terms.get("path", {})
    named = {name: own.get(name) or PARAMETERS.get(name, "") for name in parameters(route)}
    return Case(**{**terms, "path": named})


_LINES: dict[str, dict[str, Any]] = {
    "GET ping": {},
    # --- webhooks
    "GET webhooks/event-types": {},
    "GET webhooks/endpoints": {},
    "POST webhooks/endpoints": {"body": {"url": "https://192.0.2.1/in", "types": ["order.*"]}},
    "GET webhooks/endpoints/<uuid:endpoint_id>": {},
    "PATCH webhooks/endpoints/<uuid:endpoint_id>": {"body": {"description": "walk"}},
    "DELETE webhooks/endpoints/<uuid:endpoint_id>": {},
    "POST webhooks/endpoints/<uuid:endpoint_id>/activate": {"body": {}},
    "POST webhooks/endpoints/<uuid:endpoint_id>/disable": {"body": {}},
    "POST webhooks/endpoints/<uuid:endpoint_id>/rotate-secret": {"body": {}},
    "POST webhooks/endpoints/<uuid:endpoint_id>/replay": {
        "body": {"since": "2026-01-01T00:00:00Z"}
    },
    "GET webhooks/deliveries": {"queries": ({}, {"endpoint": Ref("endpoint")})},
    "GET webhooks/deliveries/<int:delivery_id>": {},
    "POST webhooks/deliveries/<int:delivery_id>/replay": {"body": {}},
    # --- work
    "GET staff/incidents": {"queries": _WORK},
    "GET staff/incidents/<uuid:row_id>": {"path": {"row_id": "incident"}},
    "POST staff/incidents/<uuid:row_id>/decide": {
        "path": {"row_id": "incident"},
        "body": {"decision": "ignored"},
    },
    "POST staff/incidents/<uuid:row_id>/close": {"path": {"row_id": "incident"}, "body": {}},
    "GET staff/tasks": {"queries": _WORK},
    "GET staff/tasks/<uuid:row_id>": {"path": {"row_id": "task"}},
    "POST staff/tasks/<uuid:row_id>/take": {"path": {"row_id": "task"}, "body": {}},
    "POST staff/tasks/<uuid:row_id>/give-back": {"path": {"row_id": "task"}, "body": {}},
    "POST staff/tasks/<uuid:row_id>/finish": {"path": {"row_id": "task"}, "body": {}},
    "POST staff/tasks/<uuid:row_id>/drop": {"path": {"row_id": "task"}, "body": {}},
    "GET staff/approvals": {"queries": _WORK},
    "GET staff/approvals/<uuid:row_id>": {"path": {"row_id": "approval"}},
    "POST staff/approvals/<uuid:row_id>/decide": {
        "path": {"row_id": "approval"},
        "body": {"granted": True},
    },
    # --- stock
    "GET staff/stock/levels": {
        "queries": (
            {},
            {"limit": 1},
            {"location_id": Ref("location")},
            {"variant_id": Ref("variant")},
            {"code": Ref("sku")},
        )
    },
    "GET staff/stock/levels/<uuid:variant_id>/<uuid:location_id>": {},
    "GET staff/stock/levels/<uuid:variant_id>/<uuid:location_id>/movements": {},
    "POST staff/stock/receipts": {
        "body": {
            "location_id": Ref("location"),
            "lines": [{"variant_id": Ref("variant"), "quantity": 1}],
        }
    },
    "POST staff/stock/corrections": {
        "body": {
            "location_id": Ref("location"),
            "variant_id": Ref("variant"),
            "change": 1,
            "reason": "found",
        }
    },
    "POST staff/stock/bucket-moves": {
        "body": {
            "location_id": Ref("location"),
            "variant_id": Ref("variant"),
            "quantity": 1,
            "to_bucket": "damaged",
            "reason": "broken",
        }
    },
    # --- accounts
    "GET account": {},
    "PATCH account": {"body": {"given_name": "Walk"}},
    "POST account/sign-up": {
        "body": {"email": Ref("email"), "password": "correct horse battery staple"}
    },
    "POST account/verify": {
        "body": {"challenge_id": Ref("challenge"), "code": "AAAAAAAA"},
        "reaches": False,
    },
    "GET account/session": {},
    "POST account/session": {
        "body": {"email": Ref("email"), "password": "wrong horse battery staple"},
        "reaches": False,
    },
    "DELETE account/session": {},
    "DELETE account/session/<uuid:session_id>": {},
    "POST account/password": {
        "body": {"current_password": "wrong horse", "password": "another horse battery"},
        "reaches": False,
    },
    "POST account/password/reset": {"body": {"email": Ref("email")}},
    "POST account/password/reset/confirm": {
        "body": {
            "challenge_id": Ref("challenge"),
            "code": "AAAAAAAA",
            "password": "another horse battery",
        },
        "reaches": False,
    },
    "POST account/email": {
        "body": {"email": Ref("email"), "current_password": "correct horse battery staple"}
    },
    "POST account/email/confirm": {
        "body": {"challenge_id": Ref("challenge"), "code": "AAAAAAAA"},
        "reaches": False,
    },
    "GET account/addresses": {},
    "POST account/addresses": {"body": _ADDRESS},
    "PATCH account/addresses/<uuid:address_id>": {"body": {"city": "Paris"}},
    "DELETE account/addresses/<uuid:address_id>": {},
    "GET account/consents": {},
    "POST account/consents": {"body": {"purpose": "email_marketing", "is_granted": True}},
    # --- customers, for staff
    "GET staff/customers": {"queries": ({"search": "zq"}, {"search": Ref("email")})},
    "GET staff/customers/<uuid:customer_id>": {},
    "PATCH staff/customers/<uuid:customer_id>": {"body": {"given_name": "Walk"}},
    "POST staff/customers/<uuid:customer_id>/identifiers": {
        "body": {"kind": "loyalty_card", "value": "4000123"}
    },
    "DELETE staff/customers/<uuid:customer_id>/identifiers/<int:identifier_id>": {},
    "POST staff/customers/<uuid:customer_id>/notes": {
        "body": {"text": "walked by", "location_id": Ref("location")}
    },
    "POST staff/customers/<uuid:customer_id>/block": {"body": {"reason": "walk"}},
    "POST staff/customers/<uuid:customer_id>/unblock": {"body": {"reason": "walk"}},
    "GET staff/customers/<uuid:customer_id>/consents": {},
    # --- storefront
    "GET channel": {},
    "GET categories": {},
    "GET products": {
        "queries": (
            {"facets": "true"},
            {"limit": 1},
            {"search": "zq"},
            {"search": Ref("sku")},
            {"category": Ref("category_slug"), "facets": "true"},
            {"store": Ref("store_code")},
            {"lat": "45.7", "lon": "4.8"},
            {"price_min": 1, "price_max": 100000, "sort": "price"},
        )
    },
    "GET variants": {"queries": ({"id": Ref("variant")},)},
    "GET products/<slug:slug>": {},
    "GET products/<slug:slug>/availability": {},
    "GET stores": {"queries": ({}, {"lat": "45.7", "lon": "4.8"}, {"service": "pickup"})},
    "GET stores/<slug:code>": {},
    # --- carts
    "POST carts": {"body": {"device_id": "walk"}},
    "POST carts/open-by-code": {"body": {"code": "AAAA-AAAA"}, "reaches": False},
    "GET carts/<uuid:cart_id>": {},
    "PATCH carts/<uuid:cart_id>": {"body": {**_AT_CART, "contact": {"name": "Walk"}}},
    "POST carts/<uuid:cart_id>/lines": {
        "body": {
            **_AT_CART,
            "variant_id": Ref("variant"),
            "method": "pickup",
            "location_id": Ref("location"),
        }
    },
    "PATCH carts/<uuid:cart_id>/lines/<uuid:line_id>": {"body": {**_AT_CART, "quantity": 2}},
    "DELETE carts/<uuid:cart_id>/lines/<uuid:line_id>": {
        "queries": ({"version": Ref("cart_version")},)
    },
    "POST carts/<uuid:cart_id>/hold": {"body": _AT_CART},
    "DELETE carts/<uuid:cart_id>/hold": {},
    "POST carts/<uuid:cart_id>/handoff-code": {"body": {}},
    "POST carts/<uuid:cart_id>/claim": {"body": {}},
    "POST carts/<uuid:cart_id>/checkout": {
        "body": {**_AT_CART, "total": Ref("cart_total"), "payment": "pay_at_collection"}
    },
    # --- orders
    "GET account/orders": {"queries": ({}, {"limit": 1})},
    "POST orders/look-up": {
        "body": {"number": Ref("order_number"), "email": "nobody@example.com"},
        "reaches": False,
    },
    "GET orders/<uuid:order_id>": {},
    "GET staff/orders": {
        "queries": (
            {},
            {"limit": 1},
            {"customer_id": Ref("buyer")},
            {"channel_id": Ref("channel")},
            {"number": Ref("order_number")},
            {"email": Ref("order_email")},
        )
    },
    "GET staff/orders/<uuid:order_id>": {},
    "GET orders/<uuid:order_id>/payments": {},
    "POST orders/<uuid:order_id>/payments": {"body": _PAY},
    "GET orders/<uuid:order_id>/payments/<uuid:payment_id>": {},
    "POST payments/webhooks/psp": {"body": {"type": "payment.captured"}, "reaches": False},
    "GET staff/orders/<uuid:order_id>/payments": {},
    "GET staff/orders/<uuid:order_id>/refunds": {},
    "POST staff/orders/<uuid:order_id>/refunds": {
        "body": {"amount": {"amount": 1, "currency": "EUR"}, "reason": "walk"}
    },
    # --- timeline
    "POST interactions": {"body": {"interactions": [{**_STORY, "visitor_id": Ref("visitor")}]}},
    "POST staff/interactions": {
        "body": {
            "interactions": [
                {
                    **_STORY,
                    "kind": "store.visited",
                    "facts": {"note": "walk"},
                    "customer_id": Ref("customer"),
                    "location_id": Ref("location"),
                }
            ]
        }
    },
    "GET account/timeline": {"queries": ({}, {"channel": Ref("channel")}, {"limit": 1})},
    "GET staff/customers/<uuid:customer_id>/timeline": {
        "path": {"customer_id": "buyer"},
        "queries": ({"reason": Ref("order_reason")}, {"reason": "visit"}),
        "reaches": False,
    },
}

CASES: Mapping[str, Case] = {
    f"{line.split()[0]} /api/v1/{line.split()[1]}": _case(line.split()[1], terms)
    for line, terms in {**_LINES, **authz_store_cases.LINES}.items()
}


def gaps() -> Iterator[str]:
    """Routes of the product that the walk does not know how to call, and cases without a route."""
    known = set()
    for entry in endpoints():
        name = f"{entry.method} {entry.path}"
        known.add(name)
        case = CASES.get(name)
        if case is None:
            yield f"{name} has no case"
            continue
        unnamed = [each for each in parameters(entry.path) if not case.path.get(each)]
        if unnamed:
            yield f"{name} does not say what {', '.join(unnamed)} is"
    for entry in admin_pages():
        if entry.permission is None:
            yield f"{entry.path} declares no permission"
    yield from (f"{name} is no route" for name in CASES if name not in known)
