"""Keeping an item for a customer at this store until it closes, and letting go of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from inventory.catalog.pictures import pictures_of
from inventory.stock.looking import exact_variants, find_variants
from journeys.timeline import access
from journeys.timeline.showing import customer_url
from omni.access.permissions import Permission
from omni.screens import codes, moment
from omni.screens.views import Done, Screen
from orders.checkout import operations as checkout

MOST = 24


class HoldForm(forms.Form):
    """Which item, and how many of it."""

    variant = forms.UUIDField()
    quantity = forms.IntegerField(min_value=1, max_value=1000)


class HoldForCustomer(Screen):
    """Scan or search an item and keep it here for this customer."""

    permission = Permission.POS_SELL

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        opened = access.open_customer(actor=self.actor, customer_id=customer_id)
        if opened is None:
            return self.go(customer_url(customer_id))
        text = codes.cleaned(request.GET.get("q", ""))
        context = {"customer": opened.customer, "text": text, "items": self._items(text)}
        return self.show("console/customers/hold.html", context)

    def _items(self, text: str) -> list[dict[str, Any]]:
        """What the text means, with what is free here."""
        if not text:
            return []
        here, now = self.place.location_id, moment.now()
        found = exact_variants(text, location_id=here, now=now) or find_variants(
            text, location_id=here, now=now, limit=MOST
        )
        pictures = pictures_of([each.id for each in found])
        return [{"variant": each, "picture": pictures.get(each.id)} for each in found]

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        access.require_reason(actor=self.actor, customer_id=customer_id)
        return self.once(lambda: self._keep(customer_id))

    def _keep(self, customer_id: UUID) -> Done:
        given = self.form(HoldForm).cleaned_data
        checkout.keep_for_customer(
            customer_id=customer_id,
            variant_id=given["variant"],
            location_id=self.place.location_id,
            quantity=given["quantity"],
            actor=self.actor,
        )
        return Done(customer_url(customer_id), _("Held here until the store closes"))


class ReleaseHold(Screen):
    """The item goes back on sale."""

    permission = Permission.POS_SELL

    def post(self, request: HttpRequest, customer_id: UUID, hold_id: UUID) -> HttpResponse:
        return self.once(lambda: self._release(customer_id, hold_id))

    def _release(self, customer_id: UUID, hold_id: UUID) -> Done:
        checkout.release_kept(reservation_id=hold_id, actor=self.actor)
        return Done(customer_url(customer_id), _("Back on sale"))
