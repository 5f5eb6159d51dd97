"""A customer's login. A person may have none; a login is no proof of being another person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from omni.core.models import Aggregate
from omni.core.states import status_check

MAX_TRIES = 5


class Account(Aggregate):
    """Ties one login (a user of kind customer) to one customer.

    Made when the e-mail of a sign-up is verified, never before. ``channel_id`` is where they
    signed up. Written by ``customers.accounts`` only.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="account"
    )
    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="account")
    channel_id = models.UUIDField(_("channel of sign-up"))
    created_at = models.DateTimeField(_("created"))
    email_verified_at = models.DateTimeField(_("e-mail verified"), null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return str(self.id)


class ChallengePurpose(models.TextChoices):
    SIGN_UP = "sign_up", _("Sign-up")
    PASSWORD_RESET = "password_reset", _("New password")
    EMAIL_CHANGE = "email_change", _("New e-mail address")


class EmailChallenge(Aggregate):
    """A code on its way to an e-mail address, and what is done once it comes back.

    Bound to one purpose and one use; at most five tries, counted in the database. An empty
    ``code_digest`` can never be answered: the address was taken (or unknown), and the caller must
    not learn it. ``password`` is the hash of a sign-up's password. The id is no credential: it
    says which code is meant. Written by ``customers.accounts`` only; swept a day after its expiry.
    """

    purpose = models.CharField(_("purpose"), max_length=16, choices=ChallengePurpose.choices)
    email = models.EmailField(_("e-mail"), max_length=254)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    channel_id = models.UUIDField(_("channel"))
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    password = models.CharField(max_length=128, blank=True)
    code_digest = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("e-mail challenge")
        verbose_name_plural = _("e-mail challenges")
        constraints = [
            status_check("purpose", ChallengePurpose, "challenge_purpose_known"),
            models.CheckConstraint(
                condition=models.Q(tries__lte=MAX_TRIES), name="challenge_tries_limit"
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="challenge_expires")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"
