"""Managing endpoints: who is told what. Secrets leave here once, when they are made."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotFound
from omni.core.states import move
from omni.events.event import event_types
from omni.webhooks import queries, targets
from omni.webhooks.models import (
    DELIVERY_MOVES,
    ENDPOINT_MOVES,
    DeliveryStatus,
    EndpointStatus,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)

OVERLAP = timedelta(hours=24)  # how long the secret before the current one stays valid
MOST_ENDPOINTS = 50
_TYPE = re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)*(\.\*)?")


class UnknownEventType(Invalid):
    code = "unknown_event_type"
    message = _("There is no event of this type. Give types, families (order.*) or *.")


class TooManyEndpoints(Conflict):
    code = "too_many_webhook_endpoints"
    message = _("There are too many endpoints. Remove one first.")


@transaction.atomic
def create_endpoint(
    *, url: str, types: Sequence[str], description: str = "", actor: Actor
) -> tuple[WebhookEndpoint, str]:
    """Tell another system of events from now on. Returns the endpoint and its first secret.

    Raises: UrlNotAllowed, UnknownEventType, TooManyEndpoints.
    """
    queries.require_management(actor)
    targets.parse(url)
    _check_types(types)
    if WebhookEndpoint.objects.exclude(status=EndpointStatus.REMOVED).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints(most=MOST_ENDPOINTS)
    now = clock.now()
    endpoint: WebhookEndpoint = WebhookEndpoint.objects.create(
        url=url,
        types=_tidy(types),
        description=description,
        active_since=now,
        types_changed_at=now,
        created_at=now,
        created_by=actor.principal,
    )
    return endpoint, _add_secret(endpoint, now)


@transaction.atomic
def change_endpoint(
    *,
    endpoint_id: UUID,
    url: str | None = None,
    types: Sequence[str] | None = None,
    description: str | None = None,
    actor: Actor,
) -> WebhookEndpoint:
    """Change address, types or description. Raises: NotFound, UrlNotAllowed, UnknownEventType."""
    endpoint = _locked(endpoint_id, actor)
    changes: dict[str, Any] = {}
    if url is not None:
        targets.parse(url)
        changes["url"] = url
    if types is not None:
        _check_types(types)
        if _tidy(types) != endpoint.types:
            changes |= {"types": _tidy(types), "types_changed_at": clock.now()}
    if description is not None:
        changes["description"] = description
    for name, value in changes.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(changes))
    return endpoint


@transaction.atomic
def activate_endpoint(*, endpoint_id: UUID, actor: Actor) -> WebhookEndpoint:
    """Send again, first what was left pending. Raises: NotFound, InvalidTransition."""
    endpoint = _locked(endpoint_id, actor)
    move(
        endpoint,
        EndpointStatus.ACTIVE,
        moves=ENDPOINT_MOVES,
        active_since=clock.now(),
        disabled_reason="",
        failing_since=None,
    )
    return endpoint


@transaction.atomic
def disable_endpoint(*, endpoint_id: UUID, reason: str = "", actor: Actor) -> WebhookEndpoint:
    """Send nothing until it is activated; events meanwhile can be replayed then.

    Raises: NotFound, InvalidTransition.
    """
    endpoint = _locked(endpoint_id, actor)
    why = reason or str(_("disabled by %(who)s") % {"who": actor.principal})
    move(endpoint, EndpointStatus.DISABLED, moves=ENDPOINT_MOVES, disabled_reason=why[:200])
    return endpoint


@transaction.atomic
def remove_endpoint(*, endpoint_id: UUID, actor: Actor) -> None:
    """End it for good: what is pending is cancelled, its secrets are forgotten. Raises: NotFound,
    InvalidTransition."""
    endpoint = _locked(endpoint_id, actor)
    move(endpoint, EndpointStatus.REMOVED, moves=ENDPOINT_MOVES)
    endpoint.secrets.all().delete()
    left = WebhookDelivery.objects.filter(endpoint=endpoint, status=DeliveryStatus.PENDING)
    for delivery in left.locked():
        move(
            delivery,
            DeliveryStatus.CANCELLED,
            moves=DELIVERY_MOVES,
            locked_until=None,
            lease=None,
        )


@transaction.atomic
def rotate_secret(*, endpoint_id: UUID, actor: Actor) -> str:
    """A new secret signs beside the present one, which ends in a day; an older one ends now.

    Raises: NotFound.
    """
    endpoint = _locked(endpoint_id, actor)
    now = clock.now()
    endpoint.secrets.filter(expires_at__isnull=False).delete()
    endpoint.secrets.filter(expires_at=None).update(expires_at=now + OVERLAP)
    return _add_secret(endpoint, now)


def matching(types: Sequence[str], type_: str) -> bool:
    """Whether an event type fits one of an endpoint's types."""
    return any(
        wanted in ("*", type_) or (wanted.endswith(".*") and type_.startswith(wanted[:-1]))
        for wanted in types
    )


def _add_secret(endpoint: WebhookEndpoint, now: datetime) -> str:
    # Standard Webhooks: base64 of 24 to 64 random bytes behind "whsec_".
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    WebhookSecret.objects.create(endpoint=endpoint, secret=secret, created_at=now)
    return secret


def _check_types(types: Sequence[str]) -> None:
    known = event_types()
    for wanted in types:
        fits = _TYPE.fullmatch(wanted) and any(matching([wanted], name) for name in known)
        if not fits and wanted != "*":
            raise UnknownEventType(type=wanted, known=list(known))
    if not types:
        raise UnknownEventType(type="", known=list(known))


def _tidy(types: Sequence[str]) -> list[str]:
    return sorted(set(types))


def _locked(endpoint_id: UUID, actor: Actor) -> WebhookEndpoint:
    queries.require_management(actor)
    rows = WebhookEndpoint.objects.filter(pk=endpoint_id).exclude(status=EndpointStatus.REMOVED)
    endpoint: WebhookEndpoint | None = rows.locked().first()
    if endpoint is None:
        raise NotFound
    return endpoint
