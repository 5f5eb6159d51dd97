"""Sending: claims are posted side by side, none waits for another's receiver.

The database is spoken to from the calling thread alone; the posts run in an event loop of their own
thread, each under one deadline from name resolution to the answer's headers. Bodies of answers are
not read, redirects not followed, proxies of the environment not used.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Self

import httpx

from omni.webhooks import deliveries, envelope, targets
from omni.webhooks.deliveries import Claim, Outcome

CONCURRENCY = 20
TIME_LIMIT = 10.0  # seconds for one post, everything included
POLL = 0.2  # seconds between looks for new work while posts are under way


def send_due(*, seconds: float = 20.0) -> int:
    """Post what is due until nothing is, or the time is up. Returns the number of posts.

    Several may run at once: leases keep them apart.
    """
    deadline = time.monotonic() + seconds
    flying: dict[Future[Outcome], Claim] = {}
    posted = 0
    claims = deliveries.claim(limit=CONCURRENCY)
    if not claims:
        return 0
    with Poster() as poster:
        while claims or flying:
            flying |= {poster.post(claimed): claimed for claimed in claims}
            done, _ = wait(flying, timeout=POLL, return_when=FIRST_COMPLETED)
            for future in done:
                deliveries.settle(flying.pop(future), future.result())
                posted += 1
            room = CONCURRENCY - len(flying)
            claims = deliveries.claim(limit=room) if room and time.monotonic() < deadline else []
    return posted


class Poster:
    """An event loop in a thread of its own that posts claims."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="omni-webhooks", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=TIME_LIMIT)
        if not self._thread.is_alive():
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def post(self, claimed: Claim) -> Future[Outcome]:
        return asyncio.run_coroutine_threadsafe(post(claimed), self._loop)


async def post(claimed: Claim) -> Outcome:
    """One post; whatever happens is an outcome, never an exception."""
    moment = datetime.now(UTC)
    began = time.monotonic()
    status, error = None, ""
    try:
        async with asyncio.timeout(TIME_LIMIT):
            status = await _send(claimed, moment)
        error = "" if status < 300 else "redirect" if status < 400 else "refused"
    except (TimeoutError, httpx.TimeoutException):
        error = "timeout"
    except (targets.AddressRefused, targets.UrlNotAllowed):
        error = "address_refused"
    except (httpx.ConnectError, ssl.SSLError):
        error = "no_connection"
    except (httpx.HTTPError, OSError, ValueError):
        error = "broken_answer"
    except LookupError:
        error = "nothing_to_send"
    took = int((time.monotonic() - began) * 1000)
    return Outcome(attempted_at=moment, duration_ms=took, status_code=status, error=error)


async def _send(claimed: Claim, moment: datetime) -> int:
    if not claimed.body or not claimed.secrets:
        raise LookupError(claimed.message_id)
    target = targets.parse(claimed.url)
    address = await targets.resolve(target)
    headers = envelope.headers(
        id_=claimed.message_id, moment=moment, body_=claimed.body, secrets=claimed.secrets
    )
    # A connection is not kept: the pool would know it by address, and names can share one.
    async with httpx.AsyncClient(
        verify=_tls(),
        timeout=TIME_LIMIT,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    ) as client:
        request = client.build_request(
            "POST",
            target.url_at(address),
            content=claimed.body.encode(),
            headers={**headers, "host": target.host_header},
            extensions={"sni_hostname": target.host},
        )
        answer = await client.send(request, stream=True)
        await answer.aclose()
    return answer.status_code


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
