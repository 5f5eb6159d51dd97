"""A shared device and the people at it: each proves who they are by a PIN of four to eight digits.

The device was opened by somebody's password and second factor; a PIN only changes the person in
that session, or stands in as the second identity for one decision. Whoever may do everything has no
place in that list. A try is counted before the PIN is looked at, in a transaction of its own, so it
stays counted whatever follows: five wrong ones at a device lock the person there, twenty anywhere
lock them everywhere, until they sign in by password or a quarter of an hour has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.models import PinTries, StaffPin, User, UserKind
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.access.sessions import Device, SecondFactorRequired, actor_of_user
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from omni.rest import limits

TRIES_AT_DEVICE = 5
TRIES_OF_PERSON = 20
LOCKED_FOR = timedelta(minutes=15)
PASSWORD_TRIES = 10
# Four digits that people choose first, beside those that a rule finds.
COMMON = frozenset({"2580", "0852", "1004", "6969", "1379", "147258", "159753", "123321"})
_STRAIGHT = "01234567890"


class PinTooSimple(Invalid):
    code = "pin_too_simple"
    message = _(
        "This PIN is too easy to guess. Choose four to eight digits: no row, no repetition."
    )


class PasswordNotRight(NotAllowed):
    code = "password_not_right"
    message = _("The password is not right. Type it again, or reset it.")


class WrongPin(NotAllowed):
    """``details``: attempts_left."""

    code = "wrong_pin"
    message = _("The PIN is not right. Type it again.")


class PinLocked(TooMany):
    code = "pin_locked"
    message = _("Too many wrong PINs. Sign in with your password, or wait a quarter of an hour.")


class PinNotSet(Conflict):
    code = "pin_not_set"
    message = _("This person has no PIN yet. Sign in with the password and set one.")


class SamePerson(NotAllowed):
    code = "same_person"
    message = _("This takes a second person. Let a colleague type their PIN.")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be chosen at a store's device."""

    user_id: UUID
    name: str
    has_pin: bool


class _PinHasher(Argon2PasswordHasher):
    """Some 20 ms a try: the keyed digest keeps copies of the database, the counter all others."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


_PEOPLE = """
SELECT u.id, coalesce(nullif(u.display_name, ''), u.email), p.user_id IS NOT NULL
FROM omni_user u LEFT JOIN omni_staff_pin p ON p.user_id = u.id
WHERE u.kind = 'staff' AND u.is_active AND NOT u.is_superuser
  AND (%(user)s::uuid IS NULL OR u.id = %(user)s)
  AND EXISTS (SELECT FROM omni_grant g
              WHERE g.user_id = u.id
                AND (g.scope_kind = 'all'
                     OR (g.scope_kind = 'location' AND g.scope_id = %(location)s::uuid))
                AND g.valid_from <= %(now)s
                AND (g.valid_until IS NULL OR g.valid_until > %(now)s))
ORDER BY 2, 1
"""


def people_at(location_id: UUID | None, *, user_id: UUID | None = None) -> list[Colleague]:
    """Who may be chosen at a device of this store: staff with a grant that covers it, by name.

    Without a store: staff with a grant for everywhere.
    """
    values: dict[str, Any] = {"location": location_id, "user": user_id, "now": clock.now()}
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, values)
        return [Colleague(*row) for row in cursor.fetchall()]


def set_own_pin(*, pin: str, password: str, actor: Actor) -> None:
    """A member of staff sets or changes their PIN, and proves by password that it is them.

    Process: a wrong password counts. Raises: NotAllowed, PinTooSimple, PasswordNotRight,
    TooManyAttempts.
    """
    if actor.kind != "staff" or actor.user_id is None:
        raise NotAllowed
    _check_shape(pin)
    limits.spend("staff_pin_password", str(actor.user_id), PASSWORD_TRIES, LOCKED_FOR)
    user = User.objects.filter(pk=actor.user_id, kind=UserKind.STAFF, is_active=True).first()
    if user is None or not user.check_password(password):
        raise PasswordNotRight
    limits.forgive("staff_pin_password", str(actor.user_id))
    hasher = _PinHasher()
    secret = hasher.encode(_keyed(pin, user.pk, settings.SECRET_KEY), hasher.salt())
    with transaction.atomic():
        StaffPin.objects.update_or_create(
            user=user, defaults={"secret": secret, "set_at": clock.now()}
        )
        forgive(user.pk)
        log_view(actor=actor, kind="pin.set", subject_id=user.pk)


@transaction.atomic
def reset_pin(*, user_id: UUID, location_id: UUID, actor: Actor) -> None:
    """A manager takes a forgotten PIN away; the person sets a new one by password. Repeatable.

    Raises: NotFound, NotAllowed.
    """
    actor.require(Permission.ACCESS_RESET_PIN, location_id=location_id)
    _colleague(location_id, user_id)
    StaffPin.objects.filter(user_id=user_id).delete()
    forgive(user_id)
    log_view(actor=actor, kind="pin.reset", subject_id=user_id)


def switch_by_pin(*, device: Device, user_id: UUID, pin: str, actor: Actor) -> User:
    """Somebody else goes on at this device; ``sessions.switch_session`` then makes it so.

    Process: a wrong PIN counts. Raises: NotFound, PinNotSet, WrongPin, PinLocked,
    SecondFactorRequired (mandatory, and the person has none), SessionOver (who opened the device
    may no longer).
    """
    device.check()
    user = _proven(device, user_id, pin, actor)
    log_view(
        actor=actor,
        kind="session.switched",
        subject_id=user.pk,
        reason=f"location:{device.location_id}",
    )
    return user


def prove_second(*, device: Device, user_id: UUID, pin: str, actor: Actor) -> Actor:
    """A colleague stands in for one decision: their actor, to be used in this request and no other.

    Process: a wrong PIN counts. Raises: SamePerson, and as ``switch_by_pin``.
    """
    if user_id == actor.user_id:
        raise SamePerson
    user = _proven(device, user_id, pin, actor)
    log_view(actor=actor, kind="pin.second", subject_id=user.pk)
    return actor_of_user(user, request_id=actor.request_id)


def forgive(user_id: UUID) -> None:
    """Forget the wrong PINs of somebody who proved themselves otherwise."""
    tries = PinTries.objects.filter(user_id=user_id)
    tries.exclude(device_id=None).delete()  # in the order in which they are counted
    tries.delete()


# --- steps ----------------------------------------------------------------------------------------


def _proven(device: Device, user_id: UUID, pin: str, actor: Actor) -> User:
    colleague = _colleague(device.location_id, user_id)
    if not colleague.has_pin:
        raise PinNotSet
    left = _spend(user_id, device.id, actor)
    row = StaffPin.objects.select_related("user").filter(user_id=user_id).first()
    if row is None:
        raise PinNotSet
    if not _matches(pin, row):
        if not left:
            raise PinLocked(retry_after=int(LOCKED_FOR.total_seconds()))
        raise WrongPin(attempts_left=left)
    _give_back(user_id, device.id)
    user: User = row.user
    if settings.STAFF_MFA_REQUIRED and not is_mfa_enabled(user):
        raise SecondFactorRequired
    return user


def _colleague(location_id: UUID, user_id: UUID) -> Colleague:
    found = people_at(location_id, user_id=user_id)
    if not found:
        raise NotFound
    return found[0]


_SPEND = """
INSERT INTO omni_pin_tries AS t (user_id, device_id, spent, resets_at)
VALUES (%(user)s, %(device)s, 1, %(until)s)
ON CONFLICT (user_id, device_id) DO UPDATE SET
    spent = CASE WHEN t.resets_at <= %(now)s THEN 1 ELSE t.spent + 1 END,
    resets_at = excluded.resets_at
WHERE t.resets_at <= %(now)s OR t.spent < %(most)s
RETURNING spent
"""


def _spend(user_id: UUID, device_id: UUID, actor: Actor) -> int:
    """Count a try at this device and anywhere; how many are left here. Raises: PinLocked."""
    with transaction.atomic(durable=True):
        now = clock.now()
        # The device first: tries at one that is locked count no further against the person.
        here = _counted(user_id, device_id, TRIES_AT_DEVICE, now)
        anywhere = None if here is None else _counted(user_id, None, TRIES_OF_PERSON, now)
        if here == TRIES_AT_DEVICE:
            log_view(actor=actor, kind="pin.last_try", subject_id=user_id)
    if here is None or anywhere is None:
        raise PinLocked(retry_after=int(LOCKED_FOR.total_seconds()))
    return TRIES_AT_DEVICE - here


def _counted(user_id: UUID, device_id: UUID | None, most: int, now: Any) -> int | None:
    values: dict[str, Any] = {"user": user_id, "device": device_id, "most": most, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, values | {"until": now + LOCKED_FOR})
        row = cursor.fetchone()
    return int(row[0]) if row else None


_GIVE_BACK = """
WITH here AS (DELETE FROM omni_pin_tries WHERE user_id = %(user)s AND device_id = %(device)s
              RETURNING spent)
UPDATE omni_pin_tries t SET spent = greatest(0, t.spent - here.spent) FROM here
WHERE t.user_id = %(user)s AND t.device_id IS NULL
"""


def _give_back(user_id: UUID, device_id: UUID) -> None:
    """What was spent at this device; wrong ones elsewhere may be somebody else's."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"user": user_id, "device": device_id})


def _check_shape(pin: str) -> None:
    digits = pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8
    if not digits or pin in COMMON or len(set(pin)) == 1 or _is_row(pin) or _repeats(pin):
        raise PinTooSimple


def _is_row(pin: str) -> bool:
    return pin in _STRAIGHT or pin in _STRAIGHT[::-1]


def _repeats(pin: str) -> bool:
    """12 12, 123 123, 11 22."""
    half, odd = divmod(len(pin), 2)
    twice = not odd and pin[:half] == pin[half:]
    return twice or (not odd and len(set(pin)) <= 2 and pin[0] == pin[1] and pin[-1] == pin[-2])


def _matches(pin: str, row: StaffPin) -> bool:
    hasher = _PinHasher()
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hasher.verify(_keyed(pin, row.user_id, key), row.secret) for key in secrets)


def _keyed(pin: str, user_id: UUID, secret: str) -> str:
    return salted_hmac(
        "omni.access.pins", f"{user_id}:{pin}", secret=secret, algorithm="sha256"
    ).hexdigest()
