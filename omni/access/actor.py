"""Who does something: one frozen value that every operation and query receives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from omni.core.errors import NotAllowed

ActorKind = Literal["anonymous", "customer", "staff", "api_key", "system"]
LimitName = Literal["refund_limit_minor", "discount_limit_bps"]


@dataclass(frozen=True, slots=True)
class Granted:
    """Permissions that hold everywhere, at one location or in one channel, with their limits.

    ``permissions`` None means all that exist. A limit of None does not limit.
    """

    permissions: frozenset[str] | None
    scope_kind: str = "all"
    scope_id: UUID | None = None
    refund_limit_minor: int | None = None
    discount_limit_bps: int | None = None

    def has(self, permission: str) -> bool:
        return self.permissions is None or permission in self.permissions

    def covers(self, location_id: UUID | None, channel_id: UUID | None) -> bool:
        """Whether it holds there; without a place, whether it holds anywhere."""
        if self.scope_kind == "all" or (location_id is None and channel_id is None):
            return True
        return self.scope_id == (location_id if self.scope_kind == "location" else channel_id)


EVERYTHING = Granted(permissions=None)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a program, a storefront's guest or the system itself, as it stands right now."""

    kind: ActorKind
    user_id: UUID | None = None
    customer_id: UUID | None = None
    channel_id: UUID | None = None
    api_key_id: UUID | None = None
    device: str = ""
    grants: tuple[Granted, ...] = ()
    name: str = ""
    request_id: str = ""

    @property
    def principal(self) -> str:
        """Who this is in logs and ledgers: ``staff:<id>``, ``customer:<id>``, ``key:<id>``…"""
        if self.kind == "staff":
            return f"staff:{self.user_id}"
        if self.kind == "customer":
            return f"customer:{self.customer_id or self.user_id}"
        if self.kind == "api_key":
            return f"key:{self.api_key_id}"
        if self.kind == "system":
            return "system"
        return f"channel:{self.channel_id}" if self.channel_id else "anonymous"

    def may(
        self,
        permission: str,
        *,
        location_id: UUID | None = None,
        channel_id: UUID | None = None,
    ) -> bool:
        """Whether the permission is granted there; without a place, whether anywhere."""
        return any(grant.covers(location_id, channel_id) for grant in self._with(permission))

    def require(
        self,
        permission: str,
        *,
        location_id: UUID | None = None,
        channel_id: UUID | None = None,
    ) -> None:
        """Raises: NotAllowed."""
        if not self.may(permission, location_id=location_id, channel_id=channel_id):
            raise NotAllowed(permission=str(permission))

    def may_everywhere(self, permission: str) -> bool:
        """Whether the permission is granted without a scope."""
        return any(grant.scope_kind == "all" for grant in self._with(permission))

    def location_ids(self, permission: str) -> frozenset[UUID] | None:
        """Where the permission is granted: locations, or None for everywhere."""
        return self._scope_ids(permission, "location")

    def channel_ids(self, permission: str) -> frozenset[UUID] | None:
        """Where the permission is granted: channels, or None for everywhere."""
        return self._scope_ids(permission, "channel")

    def limit(
        self, permission: str, name: LimitName, *, location_id: UUID | None = None
    ) -> int | None:
        """The highest limit among the grants that hold there; None is no limit, 0 none granted."""
        limits = [
            getattr(grant, name)
            for grant in self._with(permission)
            if grant.covers(location_id, None)
        ]
        if any(limit is None for limit in limits):
            return None
        return max(limits, default=0)

    def _with(self, permission: str) -> Iterator[Granted]:
        return (grant for grant in self.grants if grant.has(permission))

    def _scope_ids(self, permission: str, kind: str) -> frozenset[UUID] | None:
        ids: set[UUID] = set()
        for grant in self._with(permission):
            if grant.scope_kind == "all":
                return None
            if grant.scope_kind == kind and grant.scope_id is not None:
                ids.add(grant.scope_id)
        return frozenset(ids)


SYSTEM = Actor(kind="system", grants=(EVERYTHING,), name="system")
ANONYMOUS = Actor(kind="anonymous")


def anonymous() -> Actor:
    """DRF's value for a request without any credential."""
    return ANONYMOUS
