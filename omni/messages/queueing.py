"""How a message comes into the ledger: in the transaction of what it tells of, once per cause."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any
from uuid import UUID

from django.db import transaction

from omni.access.actor import Actor
from omni.core import clock
from omni.events import nudge
from omni.messages.models import Basis, Message
from omni.messages.sealing import Content, seal

SEND_TASK = "omni.tasks.send_messages"
LONGEST_SUBJECT = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that somebody decided on.

    ``reference`` names its cause (an event and the purpose): the same twice is one message.
    ``secrets`` are the parts of the content that nobody but the recipient may read.
    """

    reference: str
    purpose: str
    medium: str
    recipient: str
    language: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    basis: str = Basis.ORDER
    subject_kind: str = ""
    subject_id: str = ""
    customer_id: UUID | None = None
    channel_id: UUID | None = None
    secrets: tuple[str, ...] = ()
    expires_at: datetime | None = None


@transaction.atomic
def queue_message(*, draft: Draft, actor: Actor) -> Message:
    """Put a message into the ledger; it leaves once the caller's transaction is committed.

    A repeat (same reference) returns the message that is there.
    """
    queue_messages(drafts=[draft], actor=actor)
    message: Message = Message.objects.get(reference=draft.reference)
    return message


@transaction.atomic
def queue_messages(*, drafts: Sequence[Draft], actor: Actor) -> None:
    """Set-based form: those whose reference is new, with one statement."""
    if drafts:
        _insert(drafts, actor, wait=timedelta(0))
        transaction.on_commit(lambda: nudge.nudge(SEND_TASK), robust=True)


@transaction.atomic
def keep_for_caller(*, draft: Draft, wait: timedelta, actor: Actor) -> UUID:
    """Put a message into the ledger that the caller itself will send: others leave it alone for a
    while. Returns its id; a repeat (same reference) returns that of the message that is there."""
    _insert([draft], actor, wait=wait)
    found: UUID = Message.objects.values_list("pk", flat=True).get(reference=draft.reference)
    return found


def sender_of(brand: str, email: str) -> str:
    """A sender as mails show it; empty where a brand has no address of its own."""
    return formataddr((one_line(brand), email)) if email else ""


def one_line(text: str) -> str:
    """Without line breaks and control characters, which would end a header or forge a line."""
    visible = "".join(" " if unicodedata.category(c) in _UNSEEN else c for c in text)
    return " ".join(visible.split())


# Control characters, unpaired surrogates, separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


def _insert(drafts: Sequence[Draft], actor: Actor, *, wait: timedelta) -> None:
    now = clock.now()
    rows = [_row(draft, actor, now) for draft in drafts]
    for row in rows:
        row.next_attempt_at = now + wait
    Message.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _row(draft: Draft, actor: Actor, now: datetime) -> Message:
    subject = one_line(draft.subject)[:LONGEST_SUBJECT]
    whole = Content(subject, draft.text.replace("\x00", ""), draft.html.replace("\x00", ""))
    shown = whole.without(draft.secrets)
    names: dict[str, Any] = {
        name: getattr(draft, name)
        for name in (
            "reference", "purpose", "medium", "basis", "recipient", "sender", "language",
            "subject_kind", "subject_id", "customer_id", "channel_id", "expires_at",
        )
    }  # fmt: skip
    return Message(
        **names,
        subject=shown.subject,
        text=shown.text,
        html=shown.html,
        sealed=seal(whole) if draft.secrets else b"",
        principal=actor.principal,
        created_at=now,
        next_attempt_at=now,
    )
