"""Sessions in the database, which bring along who is signed in: one statement a request.

A page of staff needs the session, the login, whether it has a second factor, the grants and the
time. Asked one by one those are five round trips before a page does anything of its own; the row of
a session therefore knows its login, and loading it brings the rest. What was brought is as fresh as
the session itself, and holds for this request alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from omni.access.actor import Granted
from omni.access.models import User
from omni.core import clock
from omni.core.statements import hot_cursor


class StaffSession(AbstractBaseSession):
    """One device's session. Written by ``SessionStore`` alone; ``user_id`` is whose it is now.

    What is in it, and when it ends: ``omni.access.sessions``. Expired rows are swept daily.
    """

    user_id = models.UUIDField(null=True, editable=False)

    class Meta:
        db_table = "omni_session"

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        return SessionStore


@dataclass(frozen=True, slots=True)
class Brought:
    """Who a session belongs to, as they stood when it was read. ``at`` is that moment."""

    user: User
    grants: tuple[Granted, ...]
    has_second_factor: bool
    at: datetime


_COLUMNS = [field.attname for field in User._meta.concrete_fields]  # noqa: SLF001
GRANTS = """
SELECT {what}
FROM omni_grant g JOIN omni_role r ON r.id = g.role_id
WHERE g.user_id = {user} AND g.valid_from <= clock_timestamp() + %(offset)s
  AND (g.valid_until IS NULL OR g.valid_until > clock_timestamp() + %(offset)s)
"""
_GRANTED = GRANTS.format(
    what="jsonb_agg(jsonb_build_array(r.permissions, g.scope_kind, g.scope_id,"
    " g.refund_limit_minor, g.discount_limit_bps))",
    user="u.id",
)
_LOAD = f"""
SELECT s.session_data, clock_timestamp(), ({_GRANTED})::text,
    EXISTS (SELECT FROM mfa_authenticator m WHERE m.user_id = u.id),
    {", ".join(f"u.{name}" for name in _COLUMNS)}
FROM omni_session s
LEFT JOIN omni_user u ON u.id = s.user_id AND u.kind = 'staff' AND u.is_active
WHERE s.session_key = %(key)s AND s.expire_date > %(now)s
"""  # noqa: S608  names of our own columns


class SessionStore(db.SessionStore):
    """Django's store of sessions, whose loading answers what every page of staff asks next."""

    brought: Brought | None = None

    @classmethod
    def get_model_class(cls) -> type[StaffSession]:
        return StaffSession

    def load(self) -> dict[str, Any]:
        self.brought = None
        terms = {"key": self.session_key, "now": timezone.now(), "offset": clock.offset()}
        with hot_cursor() as cursor:
            cursor.execute(_LOAD, terms)
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        data, moment, grants, has_second_factor, *values = row
        if values[_COLUMNS.index("id")] is not None:
            self.brought = Brought(
                User.from_db("default", _COLUMNS, values),
                _granted(grants),
                has_second_factor,
                clock.reading(clock.prime(moment)),
            )
        kept: dict[str, Any] = self.decode(data)
        return kept

    def create_model_instance(self, data: dict[str, Any]) -> StaffSession:
        signed_in = data.get(SESSION_KEY)
        return StaffSession(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=UUID(signed_in) if signed_in else None,
        )


def _granted(told: str | None) -> tuple[Granted, ...]:
    return tuple(
        Granted(frozenset(permissions), kind, UUID(scope) if scope else None, *limits)
        for permissions, kind, scope, *limits in json.loads(told or "[]")
    )
