"""The person or company that buys, whatever channel they use."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.expressions import CombinedExpression
from django.utils.translation import gettext_lazy as _

from omni.core.models import Aggregate
from omni.core.states import Moves, status_check


class CustomerKind(models.TextChoices):
    PERSON = "person", _("Person")
    COMPANY = "company", _("Company")


class CustomerStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")
    ERASED = "erased", _("Erased")


CUSTOMER_MOVES: Moves = {
    CustomerStatus.ACTIVE: frozenset({CustomerStatus.BLOCKED, CustomerStatus.ERASED}),
    CustomerStatus.BLOCKED: frozenset({CustomerStatus.ACTIVE, CustomerStatus.ERASED}),
    CustomerStatus.ERASED: frozenset(),  # end state
}


def search_vector() -> models.Func:
    """What the search index holds; a query must say it in the same words to use the index."""
    return models.Func(
        CombinedExpression(
            models.F("search_keys"),
            "||",
            models.F("identifier_keys"),
            output_field=ArrayField(models.TextField()),
        ),
        function="array_to_tsvector",
        output_field=SearchVectorField(),
    )


# The history holds the row as it was before each change, so that an insert costs nothing.
@pghistory.track(
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    exclude=["search_keys", "identifier_keys"],
    model_name="CustomerHistory",
)
class Customer(Aggregate):
    """One person or company. Having an account (a login) or an identifier is another matter.

    ``search_keys`` are the folded words of the names and ``identifier_keys`` those of the
    identifiers, by which staff find them (``profiles.search``); the latter are set by calls from
    ``customers.identity``. ``created_in`` is the id of the channel in which they first appeared.
    Written by ``customers.profiles`` only. An erased customer has no name, keys nor identifiers.
    """

    kind = models.CharField(
        _("kind"), max_length=16, choices=CustomerKind.choices, default=CustomerKind.PERSON
    )
    status = models.CharField(
        _("status"), max_length=16, choices=CustomerStatus.choices, default=CustomerStatus.ACTIVE
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    created_in = models.UUIDField(_("first channel"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"))
    search_keys = ArrayField(models.TextField(), default=list, blank=True, editable=False)
    identifier_keys = ArrayField(models.TextField(), default=list, blank=True, editable=False)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            status_check("kind", CustomerKind, "customer_kind_known"),
            status_check("status", CustomerStatus, "customer_status_known"),
        ]
        indexes = [
            GinIndex(search_vector(), name="customer_search"),
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.id)


@pghistory.track(
    pghistory.UpdateEvent(row=pghistory.Old),
    pghistory.DeleteEvent(),
    model_name="AddressHistory",
)
class Address(Aggregate):
    """A postal address in a customer's book. Orders keep their own copy.

    The oldest becomes the default; at most one is. Written by ``customers.profiles`` only.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    label = models.CharField(_("label"), max_length=60, blank=True)
    name = models.CharField(_("recipient"), max_length=200)
    street = models.CharField(_("street"), max_length=250)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100)
    region = models.CharField(_("region"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(is_default=True),
                name="address_one_default",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"


class Note(models.Model):
    """What a member of staff wrote down about a customer. Append-only, by a trigger too."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("text"))
    principal = models.CharField(_("by"), max_length=80)
    location_id = models.UUIDField(_("location"), null=True, blank=True)
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["customer", "-id"], name="note_by_customer")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.text[:60]
