"""Logins of customers: sign-up, sign-in, sessions, password, e-mail address.

Whoever asks learns nothing about who has an account: the answers for a known and an unknown
address are the same. A session belongs to one channel and one device. A new password or address
ends every older session at once. A sign-up becomes a login, and joins what was bought under the
same address, only when the code that was mailed there comes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from customers.accounts import challenges
from customers.accounts.challenges import Sent, Wish
from customers.accounts.models import Account, ChallengePurpose, EmailChallenge
from customers.accounts.queries import account_of
from customers.events import (
    AccountCreated,
    SessionEnded,
    SessionStarted,
)
from customers.identity import operations as identity
from customers.identity import queries as identifiers
from customers.identity.canonical import Given, canonical_email
from customers.identity.models import IdentifierKind
from customers.profiles import operations as profiles
from customers.profiles.models import Customer
from customers.profiles.operations import CustomerChanges, CustomerDraft
from omni.access import operations as access
from omni.access.actor import Actor
from omni.access.models import User, UserKind
from omni.access.operations import EmailTaken
from omni.core import clock
from omni.core.errors import Invalid, NotAllowed
from omni.events import operations as events
from omni.rest import limits

WINDOW = timedelta(minutes=15)
TRIES = 10
TRIES_ANYWHERE = 50
TRIES_PER_SOURCE = 100


class WrongCredentials(NotAllowed):
    status = 401
    code = "wrong_credentials"
    message = _("E-mail address or password is wrong. Check both, or reset the password.")


class WeakPassword(Invalid):
    code = "weak_password"
    message = _("This password cannot be taken. Choose another one, as `errors` says.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun. ``token`` is given once; only its digest is stored."""

    token: str
    expires_at: datetime
    account: Account


# --- sign-up --------------------------------------------------------------------------------------


def sign_up(
    *, email: str, password: str, name: str, language: str, source: str, actor: Actor
) -> Sent:
    """Somebody wants an account: a code goes to the address, and nothing else happens yet.

    A process (it mails). For a taken address the answer is the same, and the mail says so.
    Repeating sends another code. Raises: InvalidIdentifier, WeakPassword, TooManyAttempts,
    MailUnavailable.
    """
    email = canonical_email(email)
    check_new_password(password, User(kind=UserKind.CUSTOMER, email=email, display_name=name))
    wish = Wish(
        purpose=ChallengePurpose.SIGN_UP,
        email=email,
        channel_id=channel_of(actor),
        name=name.strip(),
        language=language,
        password=make_password(password),
    )
    known = customers_login(email) is not None
    return challenges.send(wish=wish, answerable=not known, source=source)


def verify_sign_up(*, challenge_id: UUID, code: str, device: str, actor: Actor) -> SignedIn:
    """The code came back: the account is there, and its owner is signed in.

    It joins the customer who proved this address before or under whom it was captured; never one
    of whom somebody else proved anything, and never one who has an account. Raises: WrongCode,
    EmailTaken. Emits: customer.created, identifier.verified, account.created, session.started.
    """
    challenges.spend_try(challenge_id=challenge_id, code=code, purpose=ChallengePurpose.SIGN_UP)
    return _open_account(challenge_id, device, actor)


@transaction.atomic
def _open_account(challenge_id: UUID, device: str, actor: Actor) -> SignedIn:
    challenge = challenges.take(challenge_id=challenge_id)
    given = Given(IdentifierKind.EMAIL, challenge.email)
    identity.lock_identifier(given=given)
    user = _create_login(challenge)
    customer = _customer_of_sign_up(given, challenge, actor)
    identity.verify_identifier(customer_id=customer.id, given=given, actor=actor)
    now = clock.now()
    account = Account.objects.create(
        user=user,
        customer=customer,
        channel_id=challenge.channel_id,
        created_at=now,
        email_verified_at=now,
    )
    created = AccountCreated(account.id, customer.id, account.channel_id)
    events.record(created, actor=actor)
    return start_session(account, device, actor)


def _create_login(challenge: EmailChallenge) -> User:
    try:
        with transaction.atomic():
            return User.objects.create(
                kind=UserKind.CUSTOMER,
                email=challenge.email,
                display_name=challenge.name,
                language=challenge.language,
                password=challenge.password,
            )
    except IntegrityError as error:
        raise EmailTaken from error


def _customer_of_sign_up(given: Given, challenge: EmailChallenge, actor: Actor) -> Customer:
    owner = identifiers.owner_of(given)
    candidates = [owner] if owner else identifiers.unproved_holders(given)
    taken = set(
        Account.objects.filter(customer__in=candidates).values_list("customer_id", flat=True)
    )
    for candidate in candidates:
        if candidate.id not in taken:
            name = CustomerChanges(name=candidate.name or challenge.name)
            return profiles.change_customer(customer_id=candidate.id, changes=name, actor=actor)
    draft = CustomerDraft(
        name=challenge.name, language=challenge.language, created_in=challenge.channel_id
    )
    return profiles.create_customer(draft=draft, actor=actor)


# --- sessions -------------------------------------------------------------------------------------


def sign_in(*, email: str, password: str, device: str, source: str, actor: Actor) -> SignedIn:
    """The owner of an account is signed in on one device, in the channel of the storefront.

    A try is spent before the password is looked at; an unknown address costs the same time.
    Raises: InvalidIdentifier, TooManyAttempts, WrongCredentials. Emits: session.started.
    """
    email = canonical_email(email)
    tries = f"{email} {source}"
    limits.spend("account_sign_in_source", source, TRIES_PER_SOURCE, WINDOW)
    limits.spend("account_sign_in", tries, TRIES, WINDOW)
    limits.spend("account_sign_in_anywhere", email, TRIES_ANYWHERE, WINDOW)
    user = customers_login(email)
    # Without a login the password is hashed all the same, so that time tells nothing.
    right = user.check_password(password) if user else bool(make_password(password)) and False
    if user is None or not right or not user.is_active:
        raise WrongCredentials
    signed_in = _begin(user, device, actor)
    limits.forgive("account_sign_in", tries)
    return signed_in


@transaction.atomic
def sign_out(*, token: str, actor: Actor) -> None:
    """The device that carries the token is signed out. Repeatable. Emits: session.ended."""
    account = account_of(actor)
    access.revoke_session_secret(secret=token)
    events.record(SessionEnded(account.id, account.customer_id), actor=actor)


@transaction.atomic
def revoke_session(*, session_id: UUID, actor: Actor) -> None:
    """The owner signs another device out; its next request is refused.

    Raises: NotFound (another's). Emits: session.ended.
    """
    account = account_of(actor)
    access.revoke_session_token(token_id=session_id, user_id=account.user_id)
    events.record(SessionEnded(account.id, account.customer_id), actor=actor)


@transaction.atomic
def _begin(proved: User, device: str, actor: Actor) -> SignedIn:
    # Locked and compared, so that a password changed at the same moment lets nobody in.
    user = User.objects.locked().get(id=proved.id)
    account = Account.objects.select_related("customer").filter(user=user).first()
    if account is None or not user.is_active or user.password != proved.password:
        raise WrongCredentials
    account.user = user
    return start_session(account, device, actor)


def start_session(account: Account, device: str, actor: Actor) -> SignedIn:
    """The owner, who has just proved to be that, is signed in. Emits: session.started."""
    issued = access.issue_session_token(
        user=account.user,
        customer_id=account.customer_id,
        channel_id=channel_of(actor),
        device=device,
    )
    started = SessionStarted(account.id, account.customer_id, actor.channel_id)
    events.record(started, actor=actor)
    return SignedIn(issued.secret, issued.row.expires_at, account)


@transaction.atomic
def change_profile(*, changes: CustomerChanges, actor: Actor) -> Account:
    """The owner says who they are; the login bears the same name and language.

    Raises: NotFound, CustomerErased, InvalidProfile. Locks: the customer, the login.
    Emits: customer.changed.
    """
    account = account_of(actor)
    account.customer = profiles.change_customer(
        customer_id=account.customer_id, changes=changes, actor=actor
    )
    User.objects.filter(id=account.user_id).update(
        display_name=account.customer.name[:150], language=account.customer.language
    )
    return account


# --- shared steps ---------------------------------------------------------------------------------


def check_new_password(password: str, user: User) -> None:
    """Raises: WeakPassword."""
    try:
        get_adapter().clean_password(password, user)
    except ValidationError as error:
        raise WeakPassword(
            errors=[
                {"field": "password", "code": each.code or "weak", "message": text}
                for each in error.error_list
                for text in each.messages
            ]
        ) from error


def customers_login(email: str) -> User | None:
    """The login of kind customer with this address; one of staff is another matter."""
    user: User | None = User.objects.with_email(UserKind.CUSTOMER, email).first()
    return user


def channel_of(actor: Actor) -> UUID:
    """Where the storefront of the caller sells. Raises: NotAllowed without a channel."""
    if actor.channel_id is None:
        raise NotAllowed
    return actor.channel_id
