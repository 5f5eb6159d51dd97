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
from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from customers.accounts import challenges, mail
from customers.accounts.challenges import Sent, Wish
from customers.accounts.models import Account, ChallengePurpose, EmailChallenge
from customers.events import (
    AccountCreated,
    EmailChanged,
    PasswordChanged,
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
from inventory.channels.models import Channel
from omni.access import operations as access
from omni.access.actor import Actor
from omni.access.models import SessionToken, User, UserKind
from omni.access.operations import EmailTaken
from omni.core import clock
from omni.core.errors import Invalid, NotAllowed, NotFound
from omni.core.secrets import digest
from omni.events import operations as events
from omni.rest import limits

WINDOW = timedelta(minutes=15)
TRIES = 10
TRIES_ANYWHERE = 50
TRIES_PER_SOURCE = 100


class WrongCredentials(NotAllowed):
    status = 401
    code = "wrong_credentials"
    message = _("E-mail address or password is wrong.")


class WrongPassword(NotAllowed):
    code = "wrong_password"
    message = _("The current password is wrong.")


class WeakPassword(Invalid):
    code = "weak_password"
    message = _("Choose another password.")


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
    _check_new_password(password, User(kind=UserKind.CUSTOMER, email=email, display_name=name))
    wish = Wish(
        purpose=ChallengePurpose.SIGN_UP,
        email=email,
        channel_id=_channel_of(actor),
        name=name.strip(),
        language=language,
        password=make_password(password),
    )
    known = _customers_login(email) is not None
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
    return _start_session(account, device, actor)


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
    user = _customers_login(email)
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
    return _start_session(account, device, actor)


def _start_session(account: Account, device: str, actor: Actor) -> SignedIn:
    issued = access.issue_session_token(
        user=account.user,
        customer_id=account.customer_id,
        channel_id=_channel_of(actor),
        device=device,
    )
    started = SessionStarted(account.id, account.customer_id, actor.channel_id)
    events.record(started, actor=actor)
    return SignedIn(issued.secret, issued.row.expires_at, account)


# --- password -------------------------------------------------------------------------------------


def change_password(
    *, current_password: str, new_password: str, device: str, actor: Actor
) -> SignedIn:
    """The owner, who knows the old password, sets a new one; all sessions end, a new one begins.

    Raises: TooManyAttempts, WrongPassword, WeakPassword.
    Emits: password.changed, session.started.
    """
    account = account_of(actor)
    _reauthenticate(account, current_password)
    _check_new_password(new_password, account.user)
    signed_in = _set_password(account.id, new_password, device, actor, by_reset=False)
    _notify("password_changed", account.user.email, signed_in.account)
    return signed_in


def ask_password_reset(*, email: str, source: str, actor: Actor) -> Sent:
    """Somebody forgot the password: a code goes to the address, if it has an account.

    A process (it mails). The answer is the same if there is none, and the mail says so.
    Raises: InvalidIdentifier, TooManyAttempts, MailUnavailable.
    """
    email = canonical_email(email)
    user = _customers_login(email)
    answerable = user is not None and user.is_active
    wish = Wish(
        purpose=ChallengePurpose.PASSWORD_RESET,
        email=email,
        channel_id=_channel_of(actor),
        user=user,
        language=user.language if user else "",
    )
    return challenges.send(wish=wish, answerable=answerable, source=source)


def reset_password(
    *, challenge_id: UUID, code: str, new_password: str, device: str, actor: Actor
) -> SignedIn:
    """The code came back: the new password holds, all sessions end, and a new one begins.

    A weak password costs no try. Raises: WeakPassword, WrongCode.
    Emits: password.changed, session.started.
    """
    purpose = ChallengePurpose.PASSWORD_RESET
    _check_new_password(new_password, User(kind=UserKind.CUSTOMER))
    challenges.spend_try(challenge_id=challenge_id, code=code, purpose=purpose)
    with transaction.atomic():
        challenge = challenges.take(challenge_id=challenge_id)
        account = Account.objects.select_related("user").get(user_id=challenge.user_id)
        if not account.user.is_active or account.user.email != challenge.email:
            raise challenges.WrongCode
        signed_in = _set_password(account.id, new_password, device, actor, by_reset=True)
    _notify("password_changed", challenge.email, signed_in.account)
    return signed_in


@transaction.atomic
def _set_password(
    account_id: UUID, password: str, device: str, actor: Actor, *, by_reset: bool
) -> SignedIn:
    account = _locked_account(account_id)
    get_adapter().set_password(account.user, password)
    changed = PasswordChanged(account.id, account.customer_id, by_reset)
    events.record(changed, actor=actor)
    return _begin_anew(account, device, actor)


# --- e-mail address -------------------------------------------------------------------------------


def ask_email_change(*, current_password: str, email: str, source: str, actor: Actor) -> Sent:
    """The owner wants to sign in with another address: a code goes there.

    A process (it mails). The answer is the same if the address is taken, and the mail says so.
    Raises: InvalidIdentifier, TooManyAttempts, WrongPassword, MailUnavailable.
    """
    email = canonical_email(email)
    account = account_of(actor)
    _reauthenticate(account, current_password)
    wish = Wish(
        purpose=ChallengePurpose.EMAIL_CHANGE,
        email=email,
        channel_id=_channel_of(actor),
        user=account.user,
        language=account.user.language,
    )
    known = _customers_login(email) is not None
    return challenges.send(wish=wish, answerable=not known, source=source)


def change_email(*, challenge_id: UUID, code: str, device: str, actor: Actor) -> SignedIn:
    """The code came back: the new address holds, all sessions end, and a new one begins.

    The old address is told. The customer stays recognised by it. Raises: WrongCode, EmailTaken.
    Emits: identifier.verified, email.changed, session.started.
    """
    account = account_of(actor)
    challenges.spend_try(
        challenge_id=challenge_id,
        code=code,
        purpose=ChallengePurpose.EMAIL_CHANGE,
        user_id=account.user_id,
    )
    old_email = account.user.email
    with transaction.atomic():
        challenge = challenges.take(challenge_id=challenge_id)
        account = _locked_account(account.id)
        _move_login(account.user, challenge.email)
        given = Given(IdentifierKind.EMAIL, challenge.email)
        identity.verify_identifier(customer_id=account.customer_id, given=given, actor=actor)
        account.email_verified_at = clock.now()
        account.save(update_fields=["email_verified_at"])
        events.record(EmailChanged(account.id, account.customer_id), actor=actor)
        signed_in = _begin_anew(account, device, actor)
    _notify("email_changed", old_email, account)
    return signed_in


def _move_login(user: User, email: str) -> None:
    user.email = email
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError as error:
        raise EmailTaken from error


# --- shared steps ---------------------------------------------------------------------------------


def account_of(actor: Actor) -> Account:
    """The account of a signed-in customer, with login and customer. Raises: NotFound."""
    found = Account.objects.select_related("user", "customer").filter(
        user_id=actor.user_id, customer_id=actor.customer_id
    )
    account: Account | None = found.first()
    if actor.kind != "customer" or account is None:
        raise NotFound
    return account


def session_of(token: str) -> UUID | None:
    """The id of the session that the secret belongs to."""
    return SessionToken.objects.filter(digest=digest(token)).values_list("id", flat=True).first()


def _locked_account(account_id: UUID) -> Account:
    account: Account = Account.objects.select_related("customer").get(id=account_id)
    account.user = User.objects.locked().get(id=account.user_id)
    return account


def _begin_anew(account: Account, device: str, actor: Actor) -> SignedIn:
    """End every session of the login, then start one. The login is locked."""
    access.end_sessions(user_id=account.user_id)
    account.user.refresh_from_db(fields=["auth_epoch"])
    return _start_session(account, device, actor)


def _reauthenticate(account: Account, password: str) -> None:
    """Raises: TooManyAttempts, WrongPassword."""
    subject = str(account.user_id)
    limits.spend("account_reauthentication", subject, TRIES, WINDOW)
    if not check_password(password, account.user.password):
        raise WrongPassword
    limits.forgive("account_reauthentication", subject)


def _check_new_password(password: str, user: User) -> None:
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


def _customers_login(email: str) -> User | None:
    user: User | None = User.objects.with_email(UserKind.CUSTOMER, email).first()
    return user


def _channel_of(actor: Actor) -> UUID:
    """Where the storefront of the caller sells. Raises: NotAllowed without a channel."""
    if actor.channel_id is None:
        raise NotAllowed
    return actor.channel_id


def _notify(template: str, email: str, account: Account) -> None:
    channel = Channel.objects.get(id=account.channel_id)
    mail.notify(template=template, email=email, channel=channel, language=account.user.language)
