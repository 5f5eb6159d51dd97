"""Messages in hand: taken under a lease, settled by what the provider said.

No transaction is open while something is sent: ``claim`` commits the lease, ``settle`` writes the
result. A sender that dies lets its leases lapse, and another sends again under the same id.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.states import move
from omni.events.operations import record
from omni.messages.events import MessageNotSent, MessageSent
from omni.messages.models import MESSAGE_MOVES, Message, MessageStatus
from omni.messages.providers.base import Outgoing
from omni.messages.sealing import Content, open_sealed
from omni.work import operations as work

# Waits before the second try, the third, and so on: ten tries within a day. Who waits at a counter
# for a code needs it soon, or not at all.
SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 10800, 21600, 43200)
)
JITTER = 0.1
# Longer than any provider is waited for.
LEASE = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message in hand: all that is needed to send it, without the database."""

    lease: UUID
    outgoing: Outgoing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider said. ``keeps_content``: the ledger is where the recipient reads."""

    result: Literal["sent", "later", "refused"]
    provider: str = ""
    reference: str = ""
    error: str = ""
    keeps_content: bool = False


_CLAIM = """
WITH picked AS (
    SELECT id FROM omni_message
     WHERE status IN ('queued', 'sending') AND (next_attempt_at <= %(now)s OR id = %(only)s)
       AND (locked_until IS NULL OR locked_until <= %(now)s)
       AND (expires_at IS NULL OR expires_at > %(now)s)
       AND (%(only)s::uuid IS NULL OR id = %(only)s)
     ORDER BY next_attempt_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE omni_message AS m
   SET status = 'sending', attempts = m.attempts + 1,
       lease = gen_random_uuid(), locked_until = %(until)s
  FROM picked WHERE m.id = picked.id
RETURNING m.id, m.lease, m.medium, m.sender, m.recipient, m.subject, m.text, m.html, m.sealed
"""


@transaction.atomic(durable=True)
def claim(*, limit: int, only: UUID | None = None) -> list[Claim]:
    """Take due messages in hand, the longest waiting first; or this one, due or not.

    ``queued → sending`` (and the lapsed lease of a sender that died) in one statement, so that no
    two senders get the same. What others hold is left to them.
    """
    now = clock.now()
    terms: dict[str, Any] = {"now": now, "until": now + LEASE, "limit": limit, "only": only}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, terms)
        rows = cursor.fetchall()
    return [_claimed(row) for row in rows]


@transaction.atomic(durable=True)
def settle(claimed: Claim, outcome: Outcome, *, is_final: bool = False) -> None:
    """Write what the provider said: sent, a later try, refused, or given up.

    ``is_final``: there is no later try. A result that comes after its lease was taken over changes
    nothing. Emits: message.sent, message.not_sent (of a message to a customer, or about
    something).
    """
    message = Message.objects.filter(pk=claimed.outgoing.message_id).locked().first()
    if message is None or message.lease != claimed.lease:
        return
    now = clock.now()
    also: dict[str, Any] = {
        "lease": None,
        "locked_until": None,
        "provider": outcome.provider,
        "last_error": outcome.error[:120],
    }
    if outcome.result == "sent":
        _settle_sent(message, claimed, outcome, also | {"sent_at": now})
    elif outcome.result == "refused":
        _end(message, MessageStatus.REFUSED, also)
    elif is_final or message.attempts > len(SCHEDULE):
        _end(message, MessageStatus.FAILED, also)
        _report(message)
    else:
        wait = SCHEDULE[message.attempts - 1]
        # Jitter keeps many that failed together from coming together again.
        wait *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
        also["next_attempt_at"] = now + wait
        move(message, MessageStatus.QUEUED, moves=MESSAGE_MOVES, **also)


@transaction.atomic
def end_expired() -> int:
    """Give up what nobody sent before it became pointless (a code that works no more)."""
    now = clock.now()
    late = Message.objects.filter(
        status=MessageStatus.QUEUED, next_attempt_at__lte=now, expires_at__lte=now
    )
    ended = 0
    for message in late.locked()[:100]:
        _end(message, MessageStatus.FAILED, {"last_error": "expired"})
        ended += 1
    return ended


def _claimed(row: tuple[Any, ...]) -> Claim:
    message_id, lease, medium, sender, recipient, *shown, sealed = row
    whole = open_sealed(sealed) if bytes(sealed) else Content(*shown)
    content = whole or Content("", "")
    return Claim(lease, Outgoing(message_id, medium, sender, recipient, *content.parts()))


def _settle_sent(message: Message, claimed: Claim, outcome: Outcome, also: dict[str, Any]) -> None:
    also |= {"provider_reference": outcome.reference[:200], "sealed": b""}
    if outcome.keeps_content:
        sent = claimed.outgoing
        also |= {"subject": sent.subject, "text": sent.text, "html": sent.html}
    move(message, MessageStatus.SENT, moves=MESSAGE_MOVES, **also)
    if message.customer_id:
        record(MessageSent(**_facts(message)), actor=SYSTEM)


def _end(message: Message, status: MessageStatus, also: dict[str, Any]) -> None:
    move(message, status, moves=MESSAGE_MOVES, **also, sealed=b"")
    if message.customer_id or message.subject_kind:
        record(MessageNotSent(**_facts(message), reason=message.last_error), actor=SYSTEM)


def _facts(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.pk,
        "customer_id": message.customer_id,
        "channel_id": message.channel_id,
        "purpose": message.purpose,
        "medium": str(message.medium),
        "subject_kind": message.subject_kind,
        "subject_id": message.subject_id,
    }


def _report(message: Message) -> None:
    """One open incident per provider counts up: a server that is down is one trouble, not many."""
    provider = message.provider or "none"
    work.open_incident(
        kind="messages_given_up",
        subject_kind="message_provider",
        subject_id=provider,
        summary=_("Messages cannot be sent (%(provider)s): %(error)s")
        % {"provider": provider, "error": message.last_error},
        details={
            "message_id": str(message.pk),
            "purpose": message.purpose,
            "about": f"{message.subject_kind}:{message.subject_id}",
        },
        actor=SYSTEM,
    )
