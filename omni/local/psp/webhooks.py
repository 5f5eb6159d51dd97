"""Deliveries of events to the merchant, signed after Standard Webhooks, retried from the journal.

Decided here: the journal holds what is due; a delivery counts as done only when a 2xx answer is
written back. A crash between answer and write sends it again, as real providers do. Redirects
are not followed, and an endpoint that never answers gets the whole schedule, then ``failed``.
"""

import json
import logging
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from omni.local.psp.journal import Row, now
from omni.local.psp.payments import Provider

logger = logging.getLogger("omni.local.psp")

SENDERS = 4
ATTEMPTS = 16
LONGEST_WAIT_SECONDS = 60.0
ANSWER_SECONDS = 10.0


class Courier:
    """Sends what is due and settles refunds whose time has come, until it is stopped."""

    def __init__(self, provider: Provider, *, url: str | None, secret: str, retry: float) -> None:
        self._provider, self._journal = provider, provider.journal
        self._url, self._webhook, self._retry = url, Webhook(secret), retry
        self._stopped, self._nudged = threading.Event(), threading.Event()
        self._in_flight: set[int] = set()
        self._guard = threading.Lock()
        self._client = httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False)
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="psp-sender")
        self._thread = threading.Thread(target=self._run, name="psp-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        """Something may be due now."""
        self._nudged.set()

    def stop(self) -> None:
        self._stopped.set()
        self._nudged.set()
        self._thread.join(timeout=2)
        self._senders.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._settle_refunds()
                self._send_due()
                wait = self._seconds_to_next()
            except Exception:
                logger.exception("courier round failed")
                wait = 1.0
            self._nudged.wait(timeout=wait)
            self._nudged.clear()

    def _settle_refunds(self) -> None:
        sql = (
            "SELECT id FROM refunds WHERE status = 'pending' AND settle_at <= ? ORDER BY settle_at"
        )
        for row in self._journal.all(sql, now()):
            with self._journal.transaction():
                self._provider.settle_refund(row["id"])

    def _send_due(self) -> None:
        if self._url is None:
            return
        rows = self._journal.all(
            "SELECT d.id, d.event_id, d.attempts, e.body FROM deliveries d"
            " JOIN events e ON e.id = d.event_id"
            " WHERE d.status = 'pending' AND d.due_at <= ? ORDER BY d.due_at, d.id LIMIT 200",
            now(),
        )
        for row in rows:
            with self._guard:
                if row["id"] in self._in_flight or len(self._in_flight) >= SENDERS:
                    continue
                self._in_flight.add(row["id"])
            self._senders.submit(self._send, row)

    def _send(self, row: Row) -> None:
        try:
            answered, error = self._post(row)
            self._settle_delivery(row, answered=answered, error=error)
        except Exception:
            logger.exception("delivery %s failed", row["id"])
        finally:
            with self._guard:
                self._in_flight.discard(row["id"])
            self._nudged.set()

    def _post(self, row: Row) -> tuple[int | None, str | None]:
        moment = datetime.now(tz=UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": row["event_id"],
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._webhook.sign(row["event_id"], moment, row["body"]),
        }
        try:
            answer = self._client.post(str(self._url), content=row["body"], headers=headers)
        except httpx.HTTPError as error:
            return None, type(error).__name__
        return answer.status_code, None

    def _settle_delivery(self, row: Row, *, answered: int | None, error: str | None) -> None:
        attempts = row["attempts"] + 1
        done = answered is not None and 200 <= answered < 300
        status = "delivered" if done else "failed" if attempts >= ATTEMPTS else "pending"
        jitter = random.uniform(0.8, 1.2)  # noqa: S311
        wait = min(self._retry * 2 ** (attempts - 1), LONGEST_WAIT_SECONDS) * jitter
        with self._journal.transaction():
            self._journal.execute(
                "UPDATE deliveries SET attempts = ?, status = ?, due_at = ?, answered = ?,"
                " last_error = ?, delivered_at = ? WHERE id = ?",
                attempts, status, now() + wait, answered, error, now() if done else None, row["id"],
            )  # fmt: skip

    def _seconds_to_next(self) -> float:
        """Until the next delivery or refund is due; at most a second, since time is shared."""
        row = self._journal.one(
            "SELECT min(due) AS due FROM ("
            " SELECT min(due_at) AS due FROM deliveries WHERE status = 'pending' UNION ALL"
            " SELECT min(settle_at) FROM refunds WHERE status = 'pending')"
        )
        due = row["due"] if row else None
        if due is None:
            return 1.0
        # Everything due now may be in flight already: the sender nudges when it is done.
        return min(1.0, max(0.05, due - now()))


def event_bodies(provider: Provider) -> list[Row]:
    """Every event ever told, oldest first: what a merchant asks for after its own loss."""
    rows = provider.journal.all("SELECT body FROM events ORDER BY sequence")
    return [json.loads(row["body"]) for row in rows]
