"""By what a customer is recognised in any channel."""

from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.profiles.models import Customer
from omni.core.states import status_check


class IdentifierKind(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    LOYALTY_CARD = "loyalty_card", _("Loyalty card")
    DEVICE = "device", _("Device")
    EXTERNAL = "external", _("Id in another system")


@pghistory.track(
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="IdentifierHistory",
)
class Identifier(models.Model):
    """One way to recognise a customer. ``value`` is canonical (E.164, lower-case e-mail, …).

    An unverified value may be claimed by several customers; a verified one belongs to exactly one.
    ``namespace`` names the system of an external id. Written by ``customers.identity`` only.
    """

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=16, choices=IdentifierKind.choices)
    namespace = models.CharField(_("system"), max_length=40, blank=True)
    value = models.CharField(_("value"), max_length=254)
    raw = models.CharField(_("as given"), max_length=254)
    is_verified = models.BooleanField(_("verified"), default=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "namespace", "value"],
                condition=models.Q(is_verified=True),
                name="identifier_verified_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "namespace", "value"], name="identifier_once_a_customer"
            ),
            status_check("kind", IdentifierKind, "identifier_kind_known"),
        ]
        indexes = [models.Index(fields=["kind", "value"], name="identifier_value")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"
