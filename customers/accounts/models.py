"""A customer's login. A person may have none; a login is no proof of being another person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from omni.core.models import Aggregate


class Account(Aggregate):
    """Ties one login (a user of kind customer) to one customer.

    ``channel_id`` is where they signed up. Written by ``customers.accounts`` only.
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
        return str(self.user)
