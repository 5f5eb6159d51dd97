"""Reads over logins and their sessions. Each depends on the actor: nobody sees another's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from customers.accounts.models import Account
from omni.access.actor import Actor
from omni.access.models import SessionToken
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.secrets import digest


def account_of(actor: Actor) -> Account:
    """The account of a signed-in customer, with login and customer. Raises: NotFound."""
    if actor.kind != "customer" or actor.user_id is None or actor.customer_id is None:
        raise NotFound
    found = Account.objects.select_related("user", "customer").filter(
        user_id=actor.user_id, customer_id=actor.customer_id
    )
    account: Account | None = found.first()
    if account is None:
        raise NotFound
    return account


def sessions_of(actor: Actor) -> Sequence[SessionToken]:
    """The devices on which the customer is signed in now, the last seen first."""
    account = account_of(actor)
    live = SessionToken.objects.filter(
        user_id=account.user_id,
        auth_epoch=account.user.auth_epoch,
        revoked_at=None,
        expires_at__gt=clock.now(),
    )
    return list(live.order_by("-last_seen_at", "-id")[:200])


def session_id(token: str) -> UUID | None:
    """Which session the secret belongs to."""
    found: UUID | None = (
        SessionToken.objects.filter(digest=digest(token)).values_list("id", flat=True).first()
    )
    return found
