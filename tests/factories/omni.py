"""Smallest valid logins, grants and credentials, and clients that use them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.test import Client

from omni.access import operations as access
from omni.access.actor import SYSTEM, Actor
from omni.access.models import Grant, Role, User, UserKind
from omni.access.operations import IssuedKey
from omni.access.sessions import actor_of_user
from omni.core import clock
from omni.core.ids import uuid7
from tests.factories.inventory import make_channel

PASSWORD = "correct horse battery"


def make_user(**over: Any) -> User:
    """A member of staff without any grant."""
    fields: dict[str, Any] = {
        "kind": UserKind.STAFF,
        "email": f"{uuid7().hex}@example.com",
        "password": PASSWORD,
        "display_name": "Ada",
    } | over
    return User.objects.create_user(**fields)


def make_role(*permissions: str, **over: Any) -> Role:
    code = f"role-{uuid7().hex}"
    return Role.objects.create(
        **{"code": code, "name": code, "permissions": sorted(map(str, permissions))} | over
    )


def make_grant(user: User, *permissions: str, **terms: Any) -> Grant:
    """A role with these permissions, granted everywhere unless the terms say where.

    Written as it is: where a test has no places, any id stands for one.
    """
    fields = {"scope_kind": "all", "valid_from": clock.now()} | terms
    grant: Grant = Grant.objects.create(user=user, role=make_role(*permissions), **fields)
    return grant


def make_staff(*permissions: str, location_id: UUID | None = None, **over: Any) -> User:
    """A member of staff with these permissions, everywhere or at one location."""
    user = make_user(**over)
    if permissions:
        scope = {"scope_kind": "location", "scope_id": location_id} if location_id else {}
        make_grant(user, *permissions, **scope)
    return user


def staff_actor(*permissions: str, location_id: UUID | None = None, **over: Any) -> Actor:
    """The actor of such a member of staff."""
    return actor_of_user(make_staff(*permissions, location_id=location_id, **over))


def staff_client(user: User, **options: Any) -> Client:
    """A browser in which this member of staff is signed in."""
    client = Client(**options)
    client.force_login(user)
    return client


def make_channel_key(channel_id: UUID | None = None, **over: Any) -> IssuedKey:
    fields: dict[str, Any] = {"name": "Web shop", "actor": SYSTEM} | over
    return access.create_channel_key(channel_id=channel_id or make_channel().pk, **fields)


def make_api_key(*permissions: str, **over: Any) -> IssuedKey:
    fields: dict[str, Any] = {"name": "Warehouse system", "actor": SYSTEM} | over
    return access.create_api_key(permissions=permissions, **fields)


def make_session_token(
    user: User | None = None, channel_id: UUID | None = None, **over: Any
) -> IssuedKey:
    fields: dict[str, Any] = {"customer_id": uuid7()} | over
    user = user or make_user(kind=UserKind.CUSTOMER, display_name="Dan")
    return access.issue_session_token(user=user, channel_id=channel_id, **fields)


def shop_headers(key: IssuedKey, session: IssuedKey | None = None, **more: str) -> dict[str, str]:
    """What a storefront sends for a guest, or for a signed-in customer."""
    headers = {"X-Channel-Key": key.secret, **more}
    if session is not None:
        headers["Authorization"] = f"Bearer {session.secret}"
    return headers


def key_headers(key: IssuedKey, **more: str) -> dict[str, str]:
    """What a program sends."""
    return {"Authorization": f"Bearer {key.secret}", **more}


def fresh_key() -> dict[str, str]:
    """The header of a new intention."""
    return {"Idempotency-Key": str(uuid7())}
