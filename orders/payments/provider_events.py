"""What providers tell by webhook: verified, stored, then applied.

Decided here: a message is stored once per event id, forever, before it is applied. Applying folds
the whole set of messages about a payment, so that duplicates and any order end in the same state.
What cannot be applied yet stays marked so, and is tried again with the next message and the sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from omni.access.actor import SYSTEM, Actor
from omni.core import clock
from omni.core.errors import DomainError
from omni.work import operations as work
from orders.payments import settlement
from orders.payments.gateways import online_gateway
from orders.payments.gateways.base import ForgedMessage, ProviderPayment, ProviderUnavailable
from orders.payments.models import Payment, ProviderEvent


class SignatureInvalid(DomainError):
    status = 401
    code = "signature_invalid"
    message = _(
        "The message is not signed by the payment provider, or too old. Sign it and send it again."
    )


def receive_provider_event(
    *, provider: str, headers: Mapping[str, str], body: bytes, actor: Actor = SYSTEM
) -> UUID | None:
    """Take in one signed webhook message; returns the order that it concerns, if it is ours.

    The raw bytes are verified (signature, five minutes); then the message is stored, durable, and
    applied. A repeat of an applied message changes nothing. Raises: SignatureInvalid (nothing is
    stored).
    """
    gateway = online_gateway(provider)
    try:
        message = gateway.verify(headers, body)
    except ForgedMessage as forged:
        raise SignatureInvalid from forged
    subject = gateway.subject_of(message)[:120]
    _store(provider, subject, message)
    return apply_provider_events(provider=provider, subject=subject, actor=actor)


@transaction.atomic
def apply_provider_events(*, provider: str, subject: str, actor: Actor = SYSTEM) -> UUID | None:
    """Fold all stored messages about one payment into our rows; returns its order, if it is ours.

    Repeatable. Locks: order, payment. Emits: what ``settlement.apply_facts`` finds new.
    """
    payment_id = _payment_of(provider, subject, actor=actor)
    if payment_id is None:
        return None
    locked = settlement.lock_payment(payment_id, actor=actor)
    # Read under the lock: whoever stores a message now applies it after this transaction.
    events = _events(provider, subject)
    heard = _fold(provider, events)
    if heard is None or all(event.applied_at for event in events):
        return locked.order.pk
    deferred = settlement.apply_facts(locked, heard)
    ready = [
        event.pk
        for event in events
        if event.applied_at is None and _refund_id(event) not in deferred
    ]
    ProviderEvent.objects.filter(pk__in=ready).update(applied_at=locked.now)
    return locked.order.pk


# --- steps ----------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _store(provider: str, subject: str, message: Mapping[str, Any]) -> None:
    event = ProviderEvent(
        provider=provider,
        provider_event_id=str(message["id"])[:120],
        type=str(message.get("type", ""))[:60],
        subject=subject,
        payload=message,
        received_at=clock.now(),
    )
    ProviderEvent.objects.bulk_create([event], ignore_conflicts=True)


def _events(provider: str, subject: str) -> list[ProviderEvent]:
    return list(ProviderEvent.objects.filter(provider=provider, subject=subject).order_by("pk"))


def _fold(provider: str, events: list[ProviderEvent]) -> ProviderPayment | None:
    try:
        return online_gateway(provider).fold(event.payload for event in events)
    except ProviderUnavailable:
        return None


def _payment_of(provider: str, subject: str, *, actor: Actor) -> UUID | None:
    """Our payment: the key that started it is its id. A payment of a stranger is an incident."""
    if not subject:
        return None
    events = _events(provider, subject)
    heard = _fold(provider, events)
    try:
        payment_id = UUID(heard.key) if heard is not None else None
    except ValueError:
        payment_id = None
    if payment_id and Payment.objects.filter(pk=payment_id, provider=provider).exists():
        return payment_id
    work.open_incident(
        kind="unknown_provider_payment",
        subject_kind="provider_payment",
        subject_id=subject,
        summary=translate("The payment provider tells of a payment that nobody here started."),
        details={"provider": provider, "events": [event.provider_event_id for event in events]},
        actor=actor,
    )
    return None


def _refund_id(event: ProviderEvent) -> str:
    refund = (event.payload.get("data") or {}).get("refund") or {}
    return str(refund.get("id", ""))
