"""A POST that writes stock, orders or money is carried out once, however often it is sent.

A plain operation runs in the transaction that this module opens: one statement takes the lock of
the key, looks it up and reads the clock; one INSERT at the end keeps the answer; all of it commits
together or not at all. A process (which calls a provider) must not hold a transaction meanwhile:
it claims its key first, with a lease that a crash lets lapse, and keeps the answer afterwards.

Answers may hold secrets that are given only once (the token of a guest's cart). So the key is
stored as a digest and the answer encrypted under the key itself: only a repeat can read it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext_lazy as _

from omni.core import clock
from omni.core.errors import Conflict, DomainError, Invalid, Unprocessable
from omni.core.secrets import digest
from omni.core.statements import hot_cursor

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PLAIN = "plain"
PROCESS = "process"
KEPT = timedelta(days=7)
# A call of a provider that times out, and what follows it. Should one run longer, its repeat
# carries the same attempt on, so a short lease costs nothing; a long one keeps buyers waiting after
# a crash.
LEASE = timedelta(seconds=30)

_NONCE = 12

# Long enough that nobody hits another's key by chance: guests of a channel share a name space.
_FORM = re.compile(r"[\x21-\x7e]{16,200}")


class IdempotencyKeyMissing(Invalid):
    code = "idempotency_key_missing"
    message = _(
        "This request needs an Idempotency-Key header. Send one (a fresh UUID per intention)."
    )


class IdempotencyKeyMalformed(Invalid):
    code = "idempotency_key_malformed"
    message = _("This Idempotency-Key is not 16 to 200 visible ASCII characters. Best send a UUID.")


class IdempotencyInProgress(Conflict):
    code = "idempotency_in_progress"
    message = _("A request with this Idempotency-Key is being carried out. Try again in a moment.")


class IdempotencyKeyReused(Unprocessable):
    code = "idempotency_key_reused"
    message = _("This Idempotency-Key was used for another request. Use a fresh one.")


class IdempotencyKey(models.Model):
    """The answer of one request, kept for seven days so that a repeat gets the same one.

    Written by this module only. Unique per principal, method with route, and key (its digest).
    ``status`` is null while a process runs; ``lease_until`` says how long its claim holds.
    ``response`` is the JSON text as it was sent, encrypted; a replay is equal to the byte.
    """

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=150)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=64)
    body_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    response = models.BinaryField(default=b"")
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "omni_idempotency_key"
        constraints = [
            models.UniqueConstraint(
                fields=["principal", "route", "key"], name="omni_idempotency_key_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(status__isnull=False) | models.Q(lease_until__isnull=False),
                name="omni_idempotency_key_done_or_leased",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="omni_idempotency_created")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What identifies one intention of one principal."""

    principal: str
    route: str
    key: str
    body_hash: str
    secret: bytes = field(repr=False)

    @property
    def lock(self) -> int:
        """The advisory lock of this key, a signed 64-bit number."""
        name = f"{self.principal}\n{self.route}\n{self.key}".encode()
        return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)

    def seal(self, text: str) -> bytes:
        """The answer as it is stored."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.secret).encrypt(nonce, text.encode(), None)

    def open(self, stored: bytes | memoryview) -> str:
        """The answer as it was sent."""
        nonce, sealed = bytes(stored[:_NONCE]), bytes(stored[_NONCE:])
        return AESGCM(self.secret).decrypt(nonce, sealed, None).decode()


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer as it goes out: status, JSON text, and whether it is a replay."""

    status: int
    text: str
    replayed: bool = False


Work = Callable[[], Stored]


def claim(*, principal: str, route: str, key: str | None, path: str, body: Any) -> Claim:
    """The claim of a request. Raises: IdempotencyKeyMissing, IdempotencyKeyMalformed."""
    if not key:
        raise IdempotencyKeyMissing
    if not _FORM.fullmatch(key):
        raise IdempotencyKeyMalformed
    principal = principal[:150]
    return Claim(
        principal=principal,
        route=route[:200],
        key=digest(key),
        body_hash=body_hash(path, body, key=f"idempotency body\n{principal}\n{key}"),
        secret=hashlib.sha256(f"idempotency answer\n{principal}\n{key}".encode()).digest(),
    )


def body_hash(path: str, body: Any, *, key: str) -> str:
    """HMAC-SHA-256 of path and canonical body: order of members and blanks do not matter.

    Under the request's own key, which is not stored: forms hold PINs, and whoever has a copy of the
    database could try all of them against a plain digest.
    """
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    told = f"{path}\n{canonical}".encode("utf-8", "surrogatepass")
    return hmac.new(key.encode(), told, hashlib.sha256).hexdigest()


_LOOK_UP = """
SELECT pg_try_advisory_xact_lock(%s), clock_timestamp(), k.status, k.body_hash, k.response,
       k.lease_until
FROM (SELECT 1) one LEFT JOIN omni_idempotency_key k
     ON k.principal = %s AND k.route = %s AND k.key = %s
"""
_KEEP = """
INSERT INTO omni_idempotency_key
    (principal, route, key, body_hash, status, response, lease_until, created_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_RECLAIM = """
UPDATE omni_idempotency_key SET lease_until = %s WHERE principal = %s AND route = %s AND key = %s
"""
_SETTLE = """
UPDATE omni_idempotency_key SET status = %s, response = %s, lease_until = NULL
WHERE principal = %s AND route = %s AND key = %s AND status IS NULL
"""
# By its lease, for a repeat may have taken the claim over from one that ran too long.
_GIVE_BACK = """
DELETE FROM omni_idempotency_key
WHERE principal = %s AND route = %s AND key = %s AND status IS NULL AND lease_until = %s
"""


def run_plain(claim: Claim, work: Work) -> Stored:
    """Do the work in one transaction with its key, or replay the answer it gave before.

    Raises: IdempotencyInProgress, IdempotencyKeyReused, and what the work raises (nothing stays).
    """
    try:
        with transaction.atomic():
            replay = _look_up(claim)
            if replay is not None:
                return replay
            done = work()
            _keep(claim, done.status, claim.seal(done.text), lease=None)
            return done
    except (DomainError, IntegrityError) as error:
        # The look-up reads what was committed before its statement began. When a twin committed in
        # between, this run met the twin's effects, so the twin's answer is the right one.
        twin = _answer_of_twin(claim)
        if twin is not None:
            return twin
        if isinstance(error, IntegrityError) and "omni_idempotency_key_unique" in str(error):
            raise IdempotencyInProgress(retry_after=1) from error
        raise


def run_process(claim: Claim, work: Work) -> Stored:
    """Do the work outside any transaction under a claim, or replay the answer it gave before.

    A failure gives the claim back; a crash lets its lease lapse, and a repeat resumes the attempt.
    Raises: IdempotencyInProgress, IdempotencyKeyReused, and what the work raises.
    """
    taken = _take_claim(claim)
    if isinstance(taken, Stored):
        return taken
    try:
        done = work()
    except BaseException:
        _execute(_GIVE_BACK, [claim.principal, claim.route, claim.key, taken])
        raise
    sealed = claim.seal(done.text)
    _execute(_SETTLE, [done.status, sealed, claim.principal, claim.route, claim.key])
    return done


def sweep(*, chunk: int = 10_000) -> int:
    """Remove keys older than seven days, a chunk per transaction. How many they were."""
    old = IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT)
    removed = 0
    while True:
        ids = list(old.order_by("created_at").values_list("pk", flat=True)[:chunk])
        removed += IdempotencyKey.objects.filter(pk__in=ids).delete()[0]
        if len(ids) < chunk:
            return removed


def _look_up(claim: Claim) -> Stored | None:
    with hot_cursor() as cursor:
        cursor.execute(_LOOK_UP, [claim.lock, claim.principal, claim.route, claim.key])
        locked, moment, status, stored_hash, sealed, lease = cursor.fetchone()
    if not locked:
        raise IdempotencyInProgress(retry_after=1)
    clock.prime(moment)
    return _judge(claim, status, stored_hash, sealed, lease)


def _judge(
    claim: Claim, status: int | None, stored_hash: str | None, sealed: bytes, lease: Any
) -> Stored | None:
    if stored_hash is None:
        return None
    if stored_hash != claim.body_hash:
        raise IdempotencyKeyReused
    if status is not None:
        return Stored(status, claim.open(sealed), replayed=True)
    if lease is not None and lease > clock.now():
        raise IdempotencyInProgress(retry_after=1)
    return None


def _answer_of_twin(claim: Claim) -> Stored | None:
    if connection.in_atomic_block and connection.needs_rollback:
        return None
    row = IdempotencyKey.objects.filter(
        principal=claim.principal, route=claim.route, key=claim.key
    ).first()
    if row is None or row.status is None or row.body_hash != claim.body_hash:
        return None
    return Stored(row.status, claim.open(row.response), replayed=True)


def _take_claim(claim: Claim) -> Stored | datetime:
    """The answer that it has, or the end of the lease that this call holds from now on."""
    with transaction.atomic(durable=True):
        replay = _look_up(claim)
        if replay is not None:
            return replay
        lease = clock.now() + LEASE
        scope = [claim.principal, claim.route, claim.key]
        if _execute(_RECLAIM, [lease, *scope]) == 0:
            _keep(claim, None, b"", lease=lease)
    return lease


def _keep(claim: Claim, status: int | None, sealed: bytes, *, lease: Any) -> None:
    _execute(
        _KEEP,
        [
            claim.principal,
            claim.route,
            claim.key,
            claim.body_hash,
            status,
            sealed,
            lease,
            clock.now(),
        ],
    )


def _execute(sql: str, parameters: list[Any]) -> int:
    with hot_cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
