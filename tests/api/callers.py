"""Every principal with its way in, what it sees, what it owns, and what is foreign to it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from omni.lab.authz import CLERK, EVERYTHING, MANAGER
from tests.api.canaries import Caller, Ids, World
from tests.factories.omni import (
    key_headers,
    make_api_key,
    make_channel_key,
    make_staff,
    shop_headers,
    staff_client,
)

STAFF_SEE = frozenset({"shared", "web-a", "web-b"})
STAFF_SEE |= {"eve-profile", "dan-profile", "gil-profile", "gus-profile"}
NOTES = frozenset({"eve-notes", "dan-notes"})
AT_LYON = frozenset({"lyon", "lyon-store", "eve", "gil"})
AT_NICE = frozenset({"nice", "nice-store", "dan", "gus"})
# Not foreign to staff: customers belong to no store, the catalog is one.
OF_ALL_STAFF = frozenset({"customer", "address", "identifier", "email", "variant", "own_variant"})
OF_ALL_STAFF |= {"shop", "sku", "product_slug", "category_slug", "visitor", "challenge", "session"}


def add_callers(world: World) -> None:
    ids = world.ids
    web_a, web_b = (make_channel_key(ids[place]["channel"]) for place in ("lyon", "nice"))

    def add(name: str, sees: frozenset[str], own: Ids, foreign: list[Ids], **way: Any) -> None:
        client = way.get("client") or Client()
        world.callers[name] = Caller(name, client, way.get("headers", {}), sees, own, foreign)

    at_a = frozenset({"shared", "web-a", "lyon-store"})
    at_b = frozenset({"shared", "web-b", "nice-store"})
    everyone = [ids["eve"], ids["dan"]]
    add("anonymous", frozenset(), {}, everyone)
    add(
        "guest",
        at_a | {"gil"},
        ids["gil"],
        [_of_shoppers(ids["eve"]), _of_shoppers(ids["dan"])],
        headers=shop_headers(web_a, None, **_tokens(ids["gil"])),
    )
    for name, who, key, seen, others in (
        ("customer", "eve", web_a, at_a, ("dan", "gil")),
        ("other customer", "dan", web_b, at_b, ("eve", "gus")),
    ):
        session = f"Bearer {ids[who]['session_secret']}"
        add(
            name,
            seen | {who, f"{who}-profile"},
            ids[who],
            [_of_shoppers(ids[each]) for each in others],
            headers=shop_headers(key, None, Authorization=session, **_tokens(ids[who])),
        )
    _staff(world, add)


def _staff(world: World, add: Any) -> None:
    ids = world.ids
    lyon, nice = ids["lyon"]["location"], ids["nice"]["location"]
    at_lyon, at_nice = STAFF_SEE | NOTES | AT_LYON, STAFF_SEE | NOTES | AT_NICE
    far_from_lyon = [_of_place(ids["dan"]), _of_place(ids["gus"])]
    far_from_nice = [_of_place(ids["eve"]), _of_place(ids["gil"])]
    for name, held in (("clerk", CLERK), ("manager", MANAGER)):
        client = staff_client(make_staff(*held, location_id=lyon))
        add(name, at_lyon, ids["eve"], far_from_lyon, client=client)
    client = staff_client(make_staff(*MANAGER, location_id=nice))
    add("other store", at_nice, ids["dan"], far_from_nice, client=client)
    key = make_api_key(*MANAGER, scope_kind="location", scope_ids=[nice])
    add("key of other scope", at_nice, ids["dan"], far_from_nice, headers=key_headers(key))
    key = make_api_key("catalog.view", scope_kind="location", scope_ids=[lyon])
    add("narrow key", frozenset(), {}, [ids["eve"], ids["dan"]], headers=key_headers(key))
    everything = frozenset(world.owner_of.values()) | STAFF_SEE | NOTES | AT_LYON | AT_NICE
    client = staff_client(make_staff(*EVERYTHING))
    add("head office", everything, ids["eve"] | ids["head"], [], client=client)


def _tokens(ids: Ids) -> dict[str, str]:
    return {"X-Cart-Token": ids["cart_token"], "X-Order-Token": ids["order_token"]}


# The version and the total are no secrets: they are sent as they are, with every id.
PLAIN = frozenset({"cart_version", "cart_total", "variant", "visitor", "category_slug", "receipt"})


def _of_shoppers(ids: Ids) -> Ids:
    return {kind: value for kind, value in ids.items() if kind not in PLAIN}


def _of_place(ids: Ids) -> Ids:
    return {k: v for k, v in ids.items() if k not in PLAIN and k not in OF_ALL_STAFF}
