"""Limits that guard a secret: counters in the database, spent by one guarded statement.

Under any number of parallel tries the counter never passes its limit, because check and write are
one UPSERT. A try is spent before the secret is compared and stays spent whatever follows: ``spend``
commits on its own and refuses to run inside a transaction that could still roll back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from omni.core import clock
from omni.core.errors import TooMany
from omni.core.secrets import digest


class TooManyAttempts(TooMany):
    code = "too_many_attempts"
    message = _("Too many attempts. Wait as long as the answer says, then try again.")


class LimitCounter(models.Model):
    """Tries of one subject at one guarded thing within the running window.

    Written by ``spend`` and ``forgive`` only. The subject is stored as a digest. ``spent`` never
    passes the limit that the caller named.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=64)
    spent = models.IntegerField()
    resets_at = models.DateTimeField()

    class Meta:
        db_table = "omni_limit_counter"
        constraints = [
            models.UniqueConstraint(fields=["name", "subject"], name="omni_limit_counter_unique"),
            models.CheckConstraint(
                condition=models.Q(spent__gte=1), name="omni_limit_counter_spent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.spent}"


@dataclass(frozen=True, slots=True)
class Spent:
    """What is left after a try that was allowed."""

    remaining: int
    resets_in: int


_SPEND = """
INSERT INTO omni_limit_counter AS c (name, subject, spent, resets_at)
VALUES (%(name)s, %(subject)s, 1, %(now)s + %(window)s)
ON CONFLICT (name, subject) DO UPDATE SET
    spent = CASE WHEN c.resets_at <= %(now)s THEN 1 ELSE c.spent + 1 END,
    resets_at = CASE WHEN c.resets_at <= %(now)s THEN excluded.resets_at ELSE c.resets_at END
WHERE c.resets_at <= %(now)s OR c.spent < %(limit)s
RETURNING spent, ceil(extract(epoch FROM resets_at - %(now)s))::int
"""
_WAIT = """
SELECT greatest(1, ceil(extract(epoch FROM resets_at - %s))::int)
FROM omni_limit_counter WHERE name = %s AND subject = %s
"""


def spend(name: str, subject: str, limit: int, window: timedelta) -> Spent:
    """Use up one try of ``limit`` within ``window`` for this subject; it stays used up.

    Raises: TooManyAttempts (with Retry-After); RuntimeError inside a transaction.
    """
    key = digest(subject)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        now = clock.now()
        terms: dict[str, Any] = {"name": name, "subject": key, "limit": limit}
        cursor.execute(_SPEND, terms | {"now": now, "window": window})
        row = cursor.fetchone()
        if row is not None:
            return Spent(remaining=limit - row[0], resets_in=row[1])
        cursor.execute(_WAIT, [now, name, key])
        waiting = cursor.fetchone()
    raise TooManyAttempts(retry_after=waiting[0] if waiting else 1)


def forgive(name: str, subject: str) -> None:
    """Forget the tries of a subject that has proved itself."""
    LimitCounter.objects.filter(name=name, subject=digest(subject)).delete()


def sweep() -> int:
    """Remove counters whose window is over. Safe at any time: they would start anew anyway."""
    deleted, _rows = LimitCounter.objects.filter(resets_at__lt=clock.now()).delete()
    return deleted
