"""How a request proves who it is: at most one query for a storefront, a customer or a program.

Every class gives (user, Actor); DRF keeps the Actor as ``request.auth``. A credential that is sent
but not valid is refused (401) even where none is needed, so that a mistake shows at once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from omni.access.actor import Actor, Granted
from omni.access.sessions import staff_actor
from omni.core import clock
from omni.core.secrets import digest
from omni.core.statements import hot_cursor

CHANNEL_HEADER = "HTTP_X_CHANNEL_KEY"

SESSION_ALONE = _(
    "A customer's session counts in its channel only. Send X-Channel-Key: ck_… beside it."
)

_NOBODY = AnonymousUser()

Proven = tuple[Any, Actor] | None


class _Bearer(BaseAuthentication):
    prefix = ""

    def bearer(self, request: Request) -> str | None:
        """The bearer token of this class's kind, if the request carries one."""
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token.strip()
        if token.startswith(self.prefix):
            return str(token)
        return None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


_API_KEY = """
SELECT id, name, permissions, scope_kind, scope_ids,
       last_used_at IS NULL OR last_used_at < clock_timestamp() - interval '5 minutes'
FROM omni_api_key
WHERE digest = %s AND revoked_at IS NULL
  AND (expires_at IS NULL OR expires_at > clock_timestamp() + %s)
"""


class ApiKeyAuthentication(_Bearer):
    """``Authorization: Bearer ak_…``: a program."""

    prefix = "ak_"

    def authenticate(self, request: Request) -> Proven:
        token = self.bearer(request)
        if token is None:
            _refuse_other_schemes(request)
            return None
        row = _one(_API_KEY, [digest(token), clock.offset()])
        if row is None:
            raise AuthenticationFailed
        key_id, name, permissions, scope_kind, scope_ids, stale = row
        if stale:
            _execute(
                "UPDATE omni_api_key SET last_used_at = clock_timestamp() WHERE id = %s", [key_id]
            )
        actor = Actor(
            kind="api_key",
            api_key_id=key_id,
            grants=_key_grants(permissions, scope_kind, scope_ids),
            name=name,
            request_id=request_id(request),
        )
        return _NOBODY, actor


_CUSTOMER = """
SELECT c.channel_id, s.user_id, s.customer_id, s.device, u.display_name, s.id,
       s.last_seen_at < clock_timestamp() - interval '5 minutes'
FROM omni_channel_key c
LEFT JOIN (omni_session_token s JOIN omni_user u ON u.id = s.user_id)
    ON s.digest = %s AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp() + %s
       AND (s.channel_id IS NULL OR s.channel_id = c.channel_id)
       AND u.is_active AND u.kind = 'customer' AND u.auth_epoch = s.auth_epoch
WHERE c.digest = %s AND c.revoked_at IS NULL
"""


class SessionTokenAuthentication(_Bearer):
    """``Authorization: Bearer st_…`` beside a channel key: a signed-in customer."""

    prefix = "st_"

    def authenticate(self, request: Request) -> Proven:
        token = self.bearer(request)
        if token is None:
            return None
        channel_key = request.META.get(CHANNEL_HEADER, "")
        if not channel_key:
            raise AuthenticationFailed(SESSION_ALONE)
        row = _one(_CUSTOMER, [digest(token), clock.offset(), digest(channel_key)])
        if row is None or row[1] is None:
            raise AuthenticationFailed
        channel_id, user_id, customer_id, device, name, token_id, stale = row
        if stale:
            _execute(
                "UPDATE omni_session_token SET last_seen_at = clock_timestamp() WHERE id = %s",
                [token_id],
            )
        actor = Actor(
            kind="customer",
            user_id=user_id,
            customer_id=customer_id,
            channel_id=channel_id,
            device=device,
            name=name,
            request_id=request_id(request),
        )
        return _NOBODY, actor


_CHANNEL = "SELECT channel_id, name FROM omni_channel_key WHERE digest = %s AND revoked_at IS NULL"


class ChannelKeyAuthentication(BaseAuthentication):
    """``X-Channel-Key: ck_…`` alone: a guest of a storefront."""

    def authenticate(self, request: Request) -> Proven:
        key = request.META.get(CHANNEL_HEADER)
        if key is None:
            return None
        row = _one(_CHANNEL, [digest(key)])
        if row is None:
            raise AuthenticationFailed
        return _NOBODY, Actor(
            kind="anonymous", channel_id=row[0], name=row[1], request_id=request_id(request)
        )


class StaffSessionAuthentication(BaseAuthentication):
    """The session cookie of a signed-in member of staff; writes need the CSRF token."""

    def authenticate(self, request: Request) -> Proven:
        actor = staff_actor(request._request)  # noqa: SLF001  the session lives on Django's request
        if actor is None:
            return None
        _enforce_csrf(request._request)  # noqa: SLF001
        return request._request.user, actor  # noqa: SLF001


def request_id(request: Request | HttpRequest) -> str:
    """The id that the outermost middleware gave this request."""
    inner = getattr(request, "_request", request)
    return str(getattr(inner, "request_id", ""))


def _refuse_other_schemes(request: Request) -> None:
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header and not header.lower().startswith("bearer st_"):
        raise AuthenticationFailed


def _key_grants(
    permissions: list[str], scope_kind: str, scope_ids: list[UUID]
) -> tuple[Granted, ...]:
    held = frozenset(permissions)
    if scope_kind == "all":
        return (Granted(held),)
    return tuple(Granted(held, scope_kind, scope_id) for scope_id in scope_ids)


def _enforce_csrf(request: HttpRequest) -> None:
    check = CSRFCheck(lambda _request: None)  # type: ignore[arg-type]
    check.process_request(request)
    if check.process_view(request, _enforce_csrf, (), {}):  # type: ignore[arg-type]
        raise PermissionDenied(code="csrf_failed")


def _one(sql: str, parameters: list[Any]) -> tuple[Any, ...] | None:
    with hot_cursor() as cursor:
        cursor.execute(sql, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _execute(sql: str, parameters: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
