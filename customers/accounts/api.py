"""Endpoints of an account: sign-up, sign-in, sessions, password, e-mail address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from customers.accounts import credentials, queries
from customers.accounts import operations as accounts
from customers.accounts.challenges import Sent, WrongCode
from customers.accounts.mail import MailUnavailable
from customers.accounts.operations import SignedIn, WeakPassword, WrongCredentials
from customers.identity.canonical import InvalidIdentifier
from customers.profiles.fields import LANGUAGE, ProfileInput, ProfileOutput, profile
from customers.profiles.operations import CustomerChanges, CustomerErased, InvalidProfile
from omni.access.models import SessionToken
from omni.access.operations import EmailTaken
from omni.core.errors import NotFound
from omni.rest.answers import Answer
from omni.rest.limits import TooManyAttempts
from omni.rest.serializers import Input, Output
from omni.rest.throttles import client_address
from omni.rest.views import ACCOUNT, STOREFRONT, Endpoint

DEVICE: dict[str, Any] = {
    "required": False,
    "default": "",
    "allow_blank": True,
    "max_length": 200,
    "help_text": _("How the owner will recognise this device in the list of sessions."),
}
PASSWORD: dict[str, Any] = {"max_length": 128, "trim_whitespace": False}


class SignUpInput(Input):
    """What a new account needs."""

    email = serializers.CharField(max_length=254, help_text=_("Gets a code by mail."))
    password = serializers.CharField(
        **PASSWORD, help_text=_("At least eight characters, not a common one.")
    )
    name = serializers.CharField(
        max_length=150, required=False, default="", allow_blank=True, help_text=_("Full name.")
    )
    language = serializers.RegexField(
        LANGUAGE,
        max_length=10,
        required=False,
        default="",
        help_text=_("Language of mails; the channel's if left out."),
    )


class EmailInput(Input):
    """An e-mail address."""

    email = serializers.CharField(max_length=254, help_text=_("The address of the account."))


class CodeInput(Input):
    """A code that came by mail."""

    challenge_id = serializers.UUIDField(help_text=_("From the answer that announced the mail."))
    code = serializers.CharField(max_length=32, help_text=_("The code in the mail."))
    device = serializers.CharField(**DEVICE)


class ResetInput(CodeInput):
    """A code that came by mail, and the new password."""

    password = serializers.CharField(**PASSWORD, help_text=_("The new password."))


class SignInInput(Input):
    """E-mail address and password."""

    email = serializers.CharField(max_length=254, help_text=_("The address of the account."))
    password = serializers.CharField(**PASSWORD, help_text=_("The password."))
    device = serializers.CharField(**DEVICE)


class PasswordInput(Input):
    """The old and the new password."""

    current_password = serializers.CharField(**PASSWORD, help_text=_("The password until now."))
    password = serializers.CharField(**PASSWORD, help_text=_("The new password."))
    device = serializers.CharField(**DEVICE)


class EmailChangeInput(Input):
    """The new address, and the password as proof."""

    current_password = serializers.CharField(**PASSWORD, help_text=_("The password."))
    email = serializers.CharField(max_length=254, help_text=_("Gets a code by mail."))


class ChallengeOutput(Output):
    """A mail is on its way. The answer is the same whether or not the address has an account."""

    challenge_id = serializers.UUIDField(help_text=_("Send it back together with the code."))
    expires_at = serializers.DateTimeField(help_text=_("Until when the code works."))


class SessionOutput(Output):
    """A session that has just begun."""

    token = serializers.CharField(help_text=_("Send it as bearer token. It is shown only now."))
    expires_at = serializers.DateTimeField(help_text=_("When the session ends by itself."))
    customer_id = serializers.UUIDField(help_text=_("Who is signed in."))


class DeviceOutput(Output):
    """A device on which the customer is signed in."""

    id = serializers.UUIDField(help_text=_("Id of the session."))
    device = serializers.CharField(allow_blank=True, help_text=_("As named at sign-in."))
    channel_id = serializers.UUIDField(allow_null=True, help_text=_("In which channel."))
    created_at = serializers.DateTimeField(help_text=_("Signed in."))
    last_seen_at = serializers.DateTimeField(help_text=_("Last used, to five minutes."))
    expires_at = serializers.DateTimeField(help_text=_("When the session ends by itself."))
    is_current = serializers.BooleanField(help_text=_("Whether it is the one that asks."))


class DevicesOutput(Output):
    """All of them, the last used first."""

    results = DeviceOutput(many=True, help_text=_("The devices."))
    next = serializers.CharField(allow_null=True, help_text=_("Always null: it is one page."))


class AccountOutput(ProfileOutput):
    """The customer's own profile and the address with which they sign in."""

    email = serializers.EmailField(help_text=_("The address for signing in."))


class MyAccount(Endpoint):
    """The customer's own profile."""

    permission = ACCOUNT
    errors = [InvalidProfile, CustomerErased, NotFound]

    @extend_schema(responses={200: AccountOutput})
    def get(self, request: Request) -> Answer:
        """The profile and the address with which the customer signs in."""
        account = queries.account_of(self.actor)
        return self.ok(profile(account.customer) | {"email": account.user.email})

    @extend_schema(request=ProfileInput, responses={200: AccountOutput})
    def patch(self, request: Request) -> Answer:
        """Change the profile; what is left out stays."""
        account = accounts.change_profile(
            changes=CustomerChanges(**self.given(ProfileInput)), actor=self.actor
        )
        return self.ok(profile(account.customer) | {"email": account.user.email})


class SignUp(Endpoint):
    """Ask for an account.

    A code goes to the address; nothing else happens until it comes back. The answer is the same
    for an address that has an account already: the mail says so.
    """

    permission = STOREFRONT
    errors = [InvalidIdentifier, WeakPassword, TooManyAttempts, MailUnavailable, NotFound]

    @extend_schema(request=SignUpInput, responses={202: ChallengeOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(SignUpInput)
        sent = accounts.sign_up(**given, source=_source(request), actor=self.actor)
        return self.ok(_challenge(sent), status=202)


class Verify(Endpoint):
    """Open the account with the code that was mailed, and sign in.

    Guest orders under the same address belong to the account from now on.
    """

    permission = STOREFRONT
    errors = [WrongCode, EmailTaken]

    @extend_schema(request=CodeInput, responses={201: SessionOutput})
    def post(self, request: Request) -> Answer:
        return self.created(
            _session(accounts.verify_sign_up(**self.given(CodeInput), actor=self.actor))
        )


class Session(Endpoint):
    """Signing in and out, and where one is signed in."""

    permissions = {"GET": ACCOUNT, "POST": STOREFRONT, "DELETE": ACCOUNT}
    errors = [InvalidIdentifier, WrongCredentials, TooManyAttempts, NotFound]

    @extend_schema(responses={200: DevicesOutput})
    def get(self, request: Request) -> Answer:
        """The devices on which the customer is signed in."""
        current = queries.session_id(_token(request))
        return self.listed([_device(each, current) for each in queries.sessions_of(self.actor)])

    @extend_schema(request=SignInInput, responses={201: SessionOutput})
    def post(self, request: Request) -> Answer:
        """Sign in. The session belongs to this channel and device."""
        given = self.given(SignInInput)
        signed_in = accounts.sign_in(**given, source=_source(request), actor=self.actor)
        return self.created(_session(signed_in))

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Answer:
        """Sign this device out."""
        accounts.sign_out(token=_token(request), actor=self.actor)
        return self.no_content()


class SessionById(Endpoint):
    """Sign another device out; its next request is refused."""

    permission = ACCOUNT

    @extend_schema(responses={204: None})
    def delete(self, request: Request, session_id: UUID) -> Answer:
        accounts.revoke_session(session_id=session_id, actor=self.actor)
        return self.no_content()


class Password(Endpoint):
    """Set a new password, knowing the old one. All sessions end; the answer holds a new one."""

    permission = ACCOUNT
    errors = [credentials.WrongPassword, WeakPassword, TooManyAttempts, NotFound]

    @extend_schema(request=PasswordInput, responses={200: SessionOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(PasswordInput)
        signed_in = credentials.change_password(
            current_password=given["current_password"],
            new_password=given["password"],
            device=given["device"] or self.actor.device,
            actor=self.actor,
        )
        return self.ok(_session(signed_in))


class PasswordReset(Endpoint):
    """Ask for a new password.

    A code goes to the address, if it has an account; if not, a mail that says so. The answer is
    the same.
    """

    permission = STOREFRONT
    errors = [InvalidIdentifier, TooManyAttempts, MailUnavailable, NotFound]

    @extend_schema(request=EmailInput, responses={202: ChallengeOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(EmailInput)
        sent = credentials.ask_password_reset(**given, source=_source(request), actor=self.actor)
        return self.ok(_challenge(sent), status=202)


class PasswordResetConfirm(Endpoint):
    """Set a new password with the code. All sessions end; the answer holds a new one."""

    permission = STOREFRONT
    errors = [WrongCode, WeakPassword]

    @extend_schema(request=ResetInput, responses={200: SessionOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(ResetInput)
        signed_in = credentials.reset_password(
            challenge_id=given["challenge_id"],
            code=given["code"],
            new_password=given["password"],
            device=given["device"],
            actor=self.actor,
        )
        return self.ok(_session(signed_in))


class EmailChange(Endpoint):
    """Ask to sign in with another address. A code goes there; needs the password."""

    permission = ACCOUNT
    errors = [
        InvalidIdentifier,
        credentials.WrongPassword,
        TooManyAttempts,
        MailUnavailable,
        NotFound,
    ]

    @extend_schema(request=EmailChangeInput, responses={202: ChallengeOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(EmailChangeInput)
        sent = credentials.ask_email_change(**given, source=_source(request), actor=self.actor)
        return self.ok(_challenge(sent), status=202)


class EmailChangeConfirm(Endpoint):
    """Sign in with the new address from now on. All sessions end; the answer holds a new one."""

    permission = ACCOUNT
    errors = [WrongCode, EmailTaken, NotFound]

    @extend_schema(request=CodeInput, responses={200: SessionOutput})
    def post(self, request: Request) -> Answer:
        given = self.given(CodeInput)
        given["device"] = given["device"] or self.actor.device
        return self.ok(_session(credentials.change_email(**given, actor=self.actor)))


def _source(request: Request) -> str:
    return client_address(request._request)  # noqa: SLF001  the address is on Django's request


def _token(request: Request) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2].strip()


def _challenge(sent: Sent) -> dict[str, Any]:
    return {"challenge_id": sent.challenge_id, "expires_at": sent.expires_at}


def _session(signed_in: SignedIn) -> dict[str, Any]:
    return {
        "token": signed_in.token,
        "expires_at": signed_in.expires_at,
        "customer_id": signed_in.account.customer_id,
    }


def _device(session: SessionToken, current: UUID | None) -> dict[str, Any]:
    return {
        "id": session.id,
        "device": session.device,
        "channel_id": session.channel_id,
        "created_at": session.created_at,
        "last_seen_at": session.last_seen_at,
        "expires_at": session.expires_at,
        "is_current": session.id == current,
    }
