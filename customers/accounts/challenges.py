"""Codes by e-mail: made, sent and answered.

Whether an address is known is nobody's business: every request makes a row, hashes the same and
sends a mail; only the mail differs. A try is counted before the code is compared, by one guarded
statement in a transaction of its own, so parallel guesses never get more than five.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from customers.accounts import mail
from customers.accounts.models import MAX_TRIES, ChallengePurpose, EmailChallenge
from inventory.channels.models import Channel
from omni.access.models import User
from omni.core import clock
from omni.core.errors import Invalid, NotFound
from omni.core.secrets import canonical_code, digest, matches
from omni.rest import limits

LASTS = timedelta(minutes=15)
KEPT = timedelta(days=1)


class WrongCode(Invalid):
    code = "wrong_code"
    message = _("The code is wrong, used up or too old. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall happen once the owner of the address has proved to be that."""

    purpose: ChallengePurpose
    email: str
    channel_id: UUID
    user: User | None = None
    name: str = ""
    language: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the caller learns: which code to give back, and until when. Never whether it exists."""

    challenge_id: UUID
    expires_at: datetime


def send(*, wish: Wish, answerable: bool, source: str) -> Sent:
    """A code goes to the address; or, where it must not work, a mail that says why not.

    A process: the row is committed before the mail leaves. ``source`` is the network address of
    the caller. Raises: TooManyAttempts, MailUnavailable, NotFound (channel).
    """
    limits.spend("account_mail_source", source, 60, timedelta(hours=1))
    limits.spend("account_mail", wish.email, 6, timedelta(hours=1))
    code = _new_code(wish.purpose)
    challenge, channel = _prepare(wish, code if answerable else "")
    mail.send(
        template=_template(wish.purpose, answerable),
        email=wish.email,
        channel=channel,
        language=wish.language,
        challenge_id=challenge.id,
        code=code if answerable else "",
        expires_at=challenge.expires_at,
    )
    return Sent(challenge.id, challenge.expires_at)


def spend_try(
    *, challenge_id: UUID, code: str, purpose: ChallengePurpose, user_id: UUID | None = None
) -> None:
    """One try with a code. Right: the caller goes on and uses the challenge up by ``take``.

    Raises: WrongCode (also for one that is unknown, another's, expired or used up); RuntimeError
    inside a transaction, which could roll the counted try back.
    """
    with transaction.atomic(durable=True):
        rows = EmailChallenge.objects.filter(id=challenge_id, purpose=purpose)
        if user_id:
            rows = rows.filter(user_id=user_id)
        counted = rows.filter(used_at=None, tries__lt=MAX_TRIES, expires_at__gt=clock.now()).update(
            tries=F("tries") + 1
        )
        stored = rows.values_list("code_digest", flat=True).first() if counted else ""
    if not matches(canonical_code(code), stored or ""):
        raise WrongCode


def take(*, challenge_id: UUID) -> EmailChallenge:
    """Use a challenge up, in the transaction of what it was for. Raises: WrongCode on repeat."""
    challenge: EmailChallenge = EmailChallenge.objects.locked().get(id=challenge_id)
    if challenge.used_at is not None:
        raise WrongCode
    challenge.used_at = clock.now()
    challenge.save(update_fields=["used_at"])
    return challenge


@transaction.atomic
def sweep_challenges() -> int:
    """Remove what expired a day ago. Returns how many."""
    old = EmailChallenge.objects.filter(expires_at__lt=clock.now() - KEPT)
    return int(old.delete()[0])


@transaction.atomic(durable=True)
def _prepare(wish: Wish, code: str) -> tuple[EmailChallenge, Channel]:
    channel = Channel.objects.filter(id=wish.channel_id).first()
    if channel is None:
        raise NotFound
    now = clock.now()
    challenge = EmailChallenge.objects.create(
        purpose=wish.purpose,
        email=wish.email,
        user=wish.user,
        channel_id=channel.id,
        name=wish.name,
        language=wish.language or channel.language,
        password=wish.password,
        code_digest=digest(canonical_code(code)) if code else "",
        created_at=now,
        expires_at=now + LASTS,
    )
    return challenge, channel


def _new_code(purpose: ChallengePurpose) -> str:
    adapter = get_adapter()
    if purpose == ChallengePurpose.PASSWORD_RESET:
        return str(adapter.generate_password_reset_code())
    return str(adapter.generate_email_verification_code())


def _template(purpose: ChallengePurpose, answerable: bool) -> str:
    if answerable:
        return f"{purpose}_code"
    return "unknown_account" if purpose == ChallengePurpose.PASSWORD_RESET else "account_exists"
