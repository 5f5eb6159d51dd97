"""What a customer has allowed, when, where and in which words."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from omni.core.states import status_check


class Purpose(models.TextChoices):
    EMAIL_MARKETING = "email_marketing", _("Marketing by e-mail")
    SMS_MARKETING = "sms_marketing", _("Marketing by SMS")
    PUSH_MARKETING = "push_marketing", _("Marketing in the app")
    PERSONALISATION = "personalisation", _("Personalised offers")
    ANALYTICS = "analytics", _("Use of visits for statistics")


class Consent(models.Model):
    """One decision of a customer, with the words shown. The newest of a purpose is in force.

    Append-only: the database refuses more. Written by ``customers.consent`` only.
    """

    MAX_WORDING: ClassVar[int] = 500

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose.choices)
    is_granted = models.BooleanField(_("granted"))
    channel_id = models.UUIDField(_("channel"), null=True, blank=True)
    wording = models.CharField(_("wording shown"), max_length=MAX_WORDING, blank=True)
    principal = models.CharField(_("recorded by"), max_length=80)
    occurred_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [status_check("purpose", Purpose, "consent_purpose_known")]
        indexes = [
            models.Index(fields=["customer", "purpose", "-id"], name="consent_in_force"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.is_granted}"
