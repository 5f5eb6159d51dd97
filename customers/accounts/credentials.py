"""Password and e-mail address of a login: changed by its owner only, who proves to be that first.

Either the current password or a code that was mailed is the proof. Every older session ends in the
same transaction, and the owner is told by mail.
"""

from __future__ import annotations

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from customers.accounts import challenges, mail
from customers.accounts.challenges import Sent, Wish
from customers.accounts.models import Account, ChallengePurpose
from customers.accounts.operations import (
    TRIES,
    WINDOW,
    SignedIn,
    channel_of,
    check_new_password,
    customers_login,
    start_session,
)
from customers.accounts.queries import account_of
from customers.events import EmailChanged, PasswordChanged
from customers.identity import operations as identity
from customers.identity.canonical import Given, canonical_email
from customers.identity.models import IdentifierKind
from inventory.channels.models import Channel
from omni.access import operations as access
from omni.access.actor import Actor
from omni.access.models import User, UserKind
from omni.access.operations import EmailTaken
from omni.core import clock
from omni.core.errors import NotAllowed
from omni.events import operations as events
from omni.rest import limits


class WrongPassword(NotAllowed):
    code = "wrong_password"
    message = _("The current password is wrong. Type it again.")


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
    check_new_password(new_password, account.user)
    signed_in = _set_password(account.id, new_password, device, actor, by_reset=False)
    _notify("password_changed", account.user.email, signed_in.account)
    return signed_in


def ask_password_reset(*, email: str, source: str, actor: Actor) -> Sent:
    """Somebody forgot the password: a code goes to the address, if it has an account.

    A process (it mails). The answer is the same if there is none, and the mail says so.
    Raises: InvalidIdentifier, TooManyAttempts, MailUnavailable.
    """
    email = canonical_email(email)
    user = customers_login(email)
    answerable = user is not None and user.is_active
    wish = Wish(
        purpose=ChallengePurpose.PASSWORD_RESET,
        email=email,
        channel_id=channel_of(actor),
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
    check_new_password(new_password, User(kind=UserKind.CUSTOMER))
    challenges.spend_try(challenge_id=challenge_id, code=code, purpose=purpose)
    with transaction.atomic():
        challenge = challenges.take(challenge_id=challenge_id)
        account = Account.objects.select_related("user").filter(user=challenge.user).first()
        if account is None or not _may_reset(account.user, challenge.email):
            raise challenges.WrongCode
        signed_in = _set_password(account.id, new_password, device, actor, by_reset=True)
    _notify("password_changed", challenge.email, signed_in.account)
    return signed_in


def _may_reset(user: User, email: str) -> bool:
    """Not after the login was closed or moved to another address while the code was on its way."""
    return user.is_active and user.email == email


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
        channel_id=channel_of(actor),
        user=account.user,
        language=account.user.language,
    )
    known = customers_login(email) is not None
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


def _locked_account(account_id: UUID) -> Account:
    account: Account = Account.objects.select_related("customer").get(id=account_id)
    account.user = User.objects.locked().get(id=account.user_id)
    return account


def _begin_anew(account: Account, device: str, actor: Actor) -> SignedIn:
    """End every session of the login, then start one. The login is locked."""
    access.end_sessions(user_id=account.user_id)
    account.user.refresh_from_db(fields=["auth_epoch"])
    return start_session(account, device, actor)


def _reauthenticate(account: Account, password: str) -> None:
    """Raises: TooManyAttempts, WrongPassword."""
    subject = str(account.user_id)
    limits.spend("account_reauthentication", subject, TRIES, WINDOW)
    if not check_password(password, account.user.password):
        raise WrongPassword
    limits.forgive("account_reauthentication", subject)


def _notify(template: str, email: str, account: Account) -> None:
    channel = Channel.objects.get(id=account.channel_id)
    mail.notify(
        template=template,
        email=email,
        channel=channel,
        language=account.user.language,
        customer_id=account.customer_id,
    )
