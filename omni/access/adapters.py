"""allauth as the house wants it: staff only, no sign-up, tries counted in the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ResetPasswordForm, UserTokenForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.http import HttpRequest

from omni.access import pins
from omni.access.models import User, UserKind
from omni.rest import limits
from omni.rest.throttles import client_address

SIGN_IN = "staff_sign_in"
SIGN_IN_FROM = "staff_sign_in_from"
SECOND_FACTOR = "staff_second_factor"
RESET = "staff_password_reset"

WINDOW = timedelta(minutes=15)
TRIES_PER_LOGIN = 10
TRIES_PER_ADDRESS = 50
CODES_PER_LOGIN = 5
RESETS_PER_ADDRESS = 10


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in, reauthentication and mail of the staff's pages."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Spend a try of this login and of this address before the password is looked at."""
        self._tried = str(credentials.get("email", "")).strip().lower()
        try:
            limits.spend(SIGN_IN_FROM, client_address(request), TRIES_PER_ADDRESS, WINDOW)
            limits.spend(SIGN_IN, self._tried, TRIES_PER_LOGIN, WINDOW)
        except limits.TooManyAttempts as error:
            raise self.validation_error("too_many_login_attempts") from error

    def _rollback_login_failed_rl_usage(self) -> None:
        limits.forgive(SIGN_IN, self._tried)

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        limits.forgive(SIGN_IN, str(credentials.get("email", "")).strip().lower())

    def login(self, request: HttpRequest, user: Any) -> None:
        """Whoever signed in by password may try their PIN anew."""
        super().login(request, user)
        pins.forgive(user.pk)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Whether the signed-in person knows the password."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk


def _spend_code(user: Any) -> None:
    adapter = AccountAdapter()
    try:
        limits.spend(SECOND_FACTOR, str(user.pk), CODES_PER_LOGIN, WINDOW)
    except limits.TooManyAttempts as error:
        raise adapter.validation_error("too_many_login_attempts") from error


class SecondFactorForm(AuthenticateForm):
    """The code at sign-in: five tries in a quarter of an hour."""

    def clean_code(self) -> str:
        _spend_code(self.user)
        code: str = super().clean_code()
        limits.forgive(SECOND_FACTOR, str(self.user.pk))
        return code


class SecondFactorAgainForm(ReauthenticateForm):
    """The code before something delicate: the same five tries."""

    def clean_code(self) -> str:
        _spend_code(self.user)
        code: str = super().clean_code()
        limits.forgive(SECOND_FACTOR, str(self.user.pk))
        return code


class StaffPasswordResetForm(ResetPasswordForm):
    """Mails a link to staff only; the answer never tells whether there is such a login."""

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        staff = User.objects.with_email(UserKind.STAFF, email).filter(is_active=True)
        self.users = list(staff)
        return email


class StaffTokenForm(UserTokenForm):
    """A link of a customer does not open the staff's page."""

    def _get_user(self, uidb36: str) -> User | None:
        user = super()._get_user(uidb36)
        return user if user is not None and user.is_staff else None
