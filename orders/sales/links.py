"""The link of an order's page: given out by mail, found by its digest, revocable.

Derived from the deployment's key, so that each mail can carry the same link without the database
holding it; the digest beside the order is how it is found and how it is revoked. Signing in is not
needed: people open mails on another device than the one that they bought with.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.secrets import digest, matches
from orders.sales.models import OrderLink
from orders.sales.queries import orders_visible_to

# After the last mail: longer than any return window and the talk that may follow it.
LASTS = timedelta(days=180)
_SALT = "orders.sales.link"


@transaction.atomic
def give_out_link(*, order_id: UUID) -> str:
    """The token of the order's page, made at its first use; from now on it works for half a year.

    When the key that made it is gone it is made anew, and the old one ends.
    """
    until = clock.now() + LASTS
    token = next(_tokens(order_id, 1))
    row, _is_new = OrderLink.objects.get_or_create(
        order_id=order_id, defaults={"digest": digest(token), "expires_at": until}
    )
    token = _known(row) or _renew(row)
    if row.expires_at < until - timedelta(days=1):
        row.expires_at = until
        row.save(update_fields=["expires_at"])
    return token


@transaction.atomic
def revoke_link(*, order_id: UUID, actor: Actor) -> None:
    """The link opens nothing any more; the next mail carries another. Raises: NotFound."""
    visible = orders_visible_to(actor, permission=Permission.ORDERS_CANCEL)
    if not visible.filter(pk=order_id).exists():
        raise NotFound
    end_link(order_id)


def end_link(order_id: UUID) -> None:
    """Whoever had the link has it no more; nothing where none was given out."""
    row = OrderLink.objects.select_for_update(no_key=True).filter(order_id=order_id).first()
    if row is not None:
        _renew(row)


def _renew(row: OrderLink) -> str:
    row.version += 1
    token = next(_tokens(row.order_id, row.version))
    row.digest = digest(token)
    row.save(update_fields=["version", "digest"])
    return token


def _known(row: OrderLink) -> str | None:
    tokens = _tokens(row.order_id, row.version)
    return next((token for token in tokens if matches(token, row.digest)), None)


def _tokens(order_id: UUID, version: int) -> Iterator[str]:
    """By the current key first, then by those before it."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        mac = salted_hmac(_SALT, f"{order_id}:{version}", secret=key, algorithm="sha256")
        yield f"ol_{base64.urlsafe_b64encode(mac.digest()).decode().rstrip('=')}"
