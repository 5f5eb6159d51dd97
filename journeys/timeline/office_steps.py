"""What head office does with a customer's record: block, recognise, forget, withdraw, reveal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.consent import operations as consent
from customers.consent.models import Purpose
from customers.consent.operations import Decision
from customers.identity import operations as identity
from customers.identity.canonical import Given
from customers.identity.models import IdentifierKind
from customers.profiles import operations as profiles
from customers.profiles.models import Customer, CustomerStatus
from customers.profiles.queries import looked_at
from journeys.timeline.console import REVEALED, REVEALED_FOR
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens import moment
from omni.screens.views import Done, Screen


class ReasonForm(forms.Form):
    """Why; it is kept as a note."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=profiles.MAX_NOTE,
        help_text=gettext_lazy("It is kept as a note on the record."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class IdentifierForm(forms.Form):
    """One thing more by which somebody is recognised."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[
            (kind.value, kind.label)
            for kind in (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.LOYALTY_CARD)
        ],
    )
    value = forms.CharField(label=gettext_lazy("Value"), max_length=254)


class Step(Screen):
    """Base: what is done leads back to the customer."""

    permission = Permission.CUSTOMERS_EDIT
    needs_place = False

    def done(self, customer_id: UUID, said: str) -> Done:
        return Done(reverse("office:customer", args=[customer_id]), said)


class Asked(Step):
    """A step that asks for something on a page of its own."""

    form_class: type[forms.Form]
    texts: dict[str, Any] = {}

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        customer = Customer.objects.filter(id=customer_id).first()
        if customer is None:
            raise NotFound
        looked_at(actor=self.actor, customer=customer, reason="office")
        context = {"customer": customer, "form": self.fresh(self.form_class), **self.texts}
        return self.show("office/customers/step.html", context)

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        return self.once(lambda: self.work(customer_id))

    def work(self, customer_id: UUID) -> Done:
        raise NotImplementedError


class Block(Asked):
    """No longer deal with a customer."""

    form_class = ReasonForm
    texts = {
        "title": gettext_lazy("Block this customer"),
        "text": gettext_lazy(
            "They are not sold to and not written to. Open orders go on. It can be undone."
        ),
        "go": gettext_lazy("Block"),
        "danger": True,
    }

    def work(self, customer_id: UUID) -> Done:
        reason = self.form(ReasonForm).cleaned_data["reason"]
        profiles.block_customer(customer_id=customer_id, reason=reason, actor=self.actor)
        return self.done(customer_id, _("Blocked"))


class Unblock(Asked):
    """Deal with a customer again."""

    form_class = ReasonForm
    texts = {
        "title": gettext_lazy("Unblock this customer"),
        "text": gettext_lazy("They are sold to and written to again."),
        "go": gettext_lazy("Unblock"),
    }

    def work(self, customer_id: UUID) -> Done:
        reason = self.form(ReasonForm).cleaned_data["reason"]
        profiles.unblock_customer(customer_id=customer_id, reason=reason, actor=self.actor)
        return self.done(customer_id, _("Unblocked"))


class AddIdentifier(Asked):
    """Let a customer be recognised by one thing more; nothing is proved by it."""

    form_class = IdentifierForm
    texts = {
        "title": gettext_lazy("Recognise by one thing more"),
        "text": gettext_lazy("It is not proved by this: only a code that comes back proves it."),
        "go": gettext_lazy("Add"),
    }

    def work(self, customer_id: UUID) -> Done:
        given = self.form(IdentifierForm).cleaned_data
        country = Customer.objects.filter(id=customer_id).values_list("country", flat=True).first()
        identity.add_identifier(
            customer_id=customer_id,
            given=Given(given["kind"], given["value"]),
            region=country or "",
            actor=self.actor,
        )
        return self.done(customer_id, _("Added"))


class RemoveIdentifier(Step):
    """Stop recognising a customer by this."""

    def post(self, request: HttpRequest, customer_id: UUID, identifier_id: int) -> HttpResponse:
        return self.once(lambda: self._remove(customer_id, identifier_id))

    def _remove(self, customer_id: UUID, identifier_id: int) -> Done:
        identity.remove_identifier(
            customer_id=customer_id, identifier_id=identifier_id, actor=self.actor
        )
        return self.done(customer_id, _("Removed"))


class WithdrawConsent(Step):
    """The customer told us that they no longer allow something."""

    def post(self, request: HttpRequest, customer_id: UUID, purpose: str) -> HttpResponse:
        if purpose not in Purpose.values:
            raise NotFound
        return self.once(lambda: self._withdraw(customer_id, purpose))

    def _withdraw(self, customer_id: UUID, purpose: str) -> Done:
        decision = Decision(purpose, is_granted=False)
        consent.record_consent(customer_id=customer_id, decision=decision, actor=self.actor)
        return self.done(customer_id, _("Withdrawn"))


class Reveal(Screen):
    """Show contact details in full for a few minutes. That somebody did is logged."""

    permission = Permission.CUSTOMERS_VIEW
    needs_place = False

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        if (
            not Customer.objects.filter(id=customer_id)
            .exclude(status=CustomerStatus.ERASED)
            .exists()
        ):
            raise NotFound
        log_view(actor=self.actor, kind="customer.contact", subject_id=customer_id, reason="office")
        until = moment.now() + REVEALED_FOR
        request.session[REVEALED] = {str(customer_id): until.isoformat()}
        return self.go(reverse("office:customer", args=[customer_id]))
