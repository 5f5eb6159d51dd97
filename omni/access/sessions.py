"""The signed-in member of staff behind a Django session, and when that session ends.

A session ends after three hours without use, twelve hours after sign-in, and at once when the login
is closed or its ``auth_epoch`` rises (Django compares the hash at each request). Customers never
have one: the sign-in backend knows staff only. Where a second factor is mandatory, a session
without one may do nothing but set it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import login, logout
from django.db import connection
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from omni.access.actor import EVERYTHING, Actor, Granted
from omni.access.models import User, UserKind
from omni.access.session_store import GRANTS, Brought
from omni.core import clock
from omni.core.errors import NotAllowed
from omni.core.ids import uuid7

IDLE = timedelta(hours=3)
ABSOLUTE = timedelta(hours=12)
NOTE_EVERY = timedelta(minutes=1)

# What an open page asks by itself while nobody touches it.
LIVE_HEADER = "X-Omni-Live"

SIGNED_IN = "omni_signed_in_at"
SEEN = "omni_seen_at"
DEVICE = "omni_device"
# What belongs to the device and not to the person at it: place, age, who opened it.
OF_DEVICE = "omni_"


class SecondFactorRequired(NotAllowed):
    code = "second_factor_required"
    message = _("Your sign-in needs a second factor. Set it up first.")


class SessionOver(NotAllowed):
    code = "session_over"
    message = _("This device has to be opened anew. Sign in with your password.")


@dataclass(frozen=True, slots=True)
class Device:
    """A session that a password opened, at a store, whoever stands at it now.

    ``opened_by`` and ``proof`` name the login that opened it, and as it was then: a password that
    changes, or sessions that are ended, end what was opened with them for the next person too.
    """

    id: UUID
    location_id: UUID
    opened_by: UUID
    proof: str

    def check(self) -> None:
        """Raises SessionOver if who opened it may no longer sign in as they did."""
        opener = User.objects.filter(pk=self.opened_by, kind=UserKind.STAFF, is_active=True).first()
        if opener is None or not constant_time_compare(self.proof, opener.get_session_auth_hash()):
            raise SessionOver


_GRANTS_OF = GRANTS.format(
    what="r.permissions, g.scope_kind, g.scope_id, g.refund_limit_minor, g.discount_limit_bps",
    user="%(user)s",
)


def staff_actor(request: HttpRequest, *, second_factor: bool = True) -> Actor | None:
    """The actor of a staff session that still holds, or None. Kept for the request's duration.

    Raises: SecondFactorRequired.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user: Any = request.user
    if not (user.is_authenticated and user.is_staff and user.is_active):
        return None
    if second_factor and lacks_second_factor(request):
        raise SecondFactorRequired
    known: Actor | None = getattr(request, "_staff_actor", None)
    if known is None or known.user_id != user.pk:
        brought = brought_with(request, user)
        known = actor_of_user(
            user,
            request_id=str(getattr(request, "request_id", "")),
            grants=brought.grants if brought else None,
        )
        request._staff_actor = known  # type: ignore[attr-defined]  # noqa: SLF001
    return known


def brought_with(request: HttpRequest, user: Any) -> Brought | None:
    """What the session brought along, if it is this person's."""
    brought: Brought | None = getattr(request.session, "brought", None)
    return brought if brought is not None and brought.user.pk == user.pk else None


def moment_brought(request: HttpRequest) -> datetime | None:
    """The time at which the session was read, so that a page need not ask for it."""
    brought: Brought | None = getattr(request.session, "brought", None)
    return brought.at if brought is not None else None


def actor_of_user(
    user: Any, *, request_id: str = "", grants: tuple[Granted, ...] | None = None
) -> Actor:
    """The actor of a member of staff with the grants that hold now, or that are known already."""
    held = grants_of(user.pk) if grants is None and not user.is_superuser else grants
    return Actor(
        kind="staff",
        user_id=user.pk,
        grants=(EVERYTHING,) if user.is_superuser else held or (),
        name=str(user),
        request_id=request_id,
    )


def grants_of(user_id: UUID) -> tuple[Granted, ...]:
    """What a member of staff may do now."""
    with connection.cursor() as cursor:
        terms: dict[str, Any] = {"user": user_id, "offset": clock.offset()}
        cursor.execute(_GRANTS_OF, terms)
        rows = cursor.fetchall()
    return tuple(Granted(frozenset(permissions), *scope) for permissions, *scope in rows)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether a second factor is mandatory and this person has none yet."""
    if not settings.STAFF_MFA_REQUIRED:
        return False
    brought = brought_with(request, request.user)
    if brought is not None and brought.has_second_factor:
        return False
    # They may have set it up in this very request.
    return not is_mfa_enabled(request.user)


def end_if_over(request: HttpRequest) -> None:
    """Sign out a session that is too old or was idle too long; else note that it was used."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    session = request.session
    if "_auth_user_id" not in session:
        return
    # The machine's own clock will do here, and costs no round trip.
    now = datetime.now(UTC) + clock.offset()
    signed_in = _moment(session.get(SIGNED_IN))
    seen = _moment(session.get(SEEN))
    if signed_in is None or seen is None:
        session[SIGNED_IN] = session[SEEN] = int(now.timestamp())
        return
    if now - signed_in >= ABSOLUTE or now - seen >= IDLE:
        logout(request)
    elif now - seen >= NOTE_EVERY and LIVE_HEADER not in request.headers:
        session[SEEN] = int(now.timestamp())


def device_of(request: HttpRequest, *, location_id: UUID) -> Device:
    """The device behind a signed-in session: the first who stands at it opened it."""
    session = request.session
    known = session.get(DEVICE)
    if known is None:
        user: Any = request.user
        known = [str(uuid7()), str(user.pk), user.get_session_auth_hash()]
        session[DEVICE] = known
    return Device(UUID(known[0]), location_id, UUID(known[1]), known[2])


def switch_session(request: HttpRequest, user: User) -> None:
    """Go on as somebody who proved themselves by PIN (``pins.switch_by_pin``).

    The session gets a new key and loses all that was the last person's, also that they proved
    themselves lately; place, age and opener stay, so it ends when it would have ended.
    """
    session = request.session
    kept = {key: value for key, value in session.items() if key.startswith(OF_DEVICE)}
    session.flush()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session.update(kept)


def _moment(stored: Any) -> datetime | None:
    return datetime.fromtimestamp(stored, UTC) if isinstance(stored, int) else None
