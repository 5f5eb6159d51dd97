"""Sending: claims go out side by side, the database is spoken to from the calling thread alone."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from omni.access.actor import Actor
from omni.messages import ledger
from omni.messages.ledger import Claim, Outcome
from omni.messages.models import Message
from omni.messages.providers import provider_for
from omni.messages.providers.base import Outgoing, Provider, Refused, TryLater
from omni.messages.queueing import Draft, keep_for_caller

CONCURRENCY = 8
POLL = 0.2  # seconds between looks for new work while some are under way


def send_due(*, seconds: float = 20.0) -> int:
    """Send what is due until nothing is, or the time is up. Returns the number of tries.

    Several may run at once: leases keep them apart.
    """
    deadline = time.monotonic() + seconds
    ledger.end_expired()
    claims = ledger.claim(limit=CONCURRENCY)
    if not claims:
        return 0
    flying: dict[Future[Outcome], Claim] = {}
    tried = 0
    with ThreadPoolExecutor(max_workers=CONCURRENCY, thread_name_prefix="omni-messages") as pool:
        while claims or flying:
            for claimed in claims:
                provider = provider_for(claimed.outgoing.medium)
                flying[pool.submit(hand_over, provider, claimed.outgoing)] = claimed
            done, _ = wait(flying, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                ledger.settle(flying.pop(future), future.result())
                tried += 1
            room = CONCURRENCY - len(flying)
            claims = ledger.claim(limit=room) if room and time.monotonic() < deadline else []
    return tried


def send_at_once(*, draft: Draft, actor: Actor, is_final: bool = False) -> Message:
    """Queue a message and try it at once, for somebody who waits for it; how it stands afterwards.

    ``is_final``: there is no later try, because whoever waits will ask for another one. A process:
    refuses to run inside a transaction. A repeat (same reference) sends nothing again.
    """
    message_id = keep_for_caller(draft=draft, wait=ledger.LEASE, actor=actor)
    for claimed in ledger.claim(limit=1, only=message_id):
        outcome = hand_over(provider_for(claimed.outgoing.medium), claimed.outgoing)
        ledger.settle(claimed, outcome, is_final=is_final)
    message: Message = Message.objects.get(pk=message_id)
    return message


def hand_over(provider: Provider | None, outgoing: Outgoing) -> Outcome:
    """One try; whatever happens is an outcome, never an exception."""
    if provider is None:
        return Outcome("refused", error="no_provider")
    if not outgoing.text:
        return Outcome("refused", provider.name, error="sealed_by_a_lost_key")
    try:
        reference = provider.send(outgoing)
    except Refused as error:
        return Outcome("refused", provider.name, error=error.reason)
    except TryLater as error:
        return Outcome("later", provider.name, error=error.reason)
    except Exception as error:  # noqa: BLE001  a provider's fault must not cost the others
        return Outcome("later", provider.name, error=type(error).__name__)
    return Outcome("sent", provider.name, reference, keeps_content=provider.keeps_content)
