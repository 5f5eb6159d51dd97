"""Stock at the store: find goods, see where they are, why they are that many, and set it right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.catalog.models import Variant
from inventory.catalog.pictures import Picture, pictures_of
from inventory.locations.models import Method
from inventory.locations.opening import openings
from inventory.stock import console_parts as parts
from inventory.stock import looking, operations
from inventory.stock.looking import StockAt, named
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.screens import codes, moment
from omni.screens.views import KEY_FIELD, Done, Screen

NEAR = 8


class CountForm(forms.Form):
    """What was counted at the shelf."""

    counted = forms.IntegerField(
        label=gettext_lazy("Counted on hand"), min_value=0, max_value=1_000_000
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=250, required=False)


class BucketForm(forms.Form):
    """Units that cannot be sold for now, or can again."""

    quantity = forms.IntegerField(label=gettext_lazy("Units"), min_value=1, max_value=1_000_000)
    move = forms.ChoiceField(
        label=gettext_lazy("What about them"),
        choices=[
            (":damaged", gettext_lazy("Damaged, not for sale")),
            (":inspect", gettext_lazy("To be inspected")),
            (":display", gettext_lazy("On display")),
            ("damaged:", gettext_lazy("Damaged ones can be sold again")),
            ("inspect:", gettext_lazy("Inspected ones can be sold again")),
            ("display:", gettext_lazy("Display pieces can be sold again")),
        ],
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=250, required=False)


class ReceiveForm(forms.Form):
    """Units that came without a document that the system knows."""

    quantity = forms.IntegerField(label=gettext_lazy("Units"), min_value=1, max_value=1_000_000)
    note = forms.CharField(label=gettext_lazy("From, delivery note"), max_length=250)


class Stock(Screen):
    """Find goods by name, number or scan; without a word, what is scarce here."""

    permission = Permission.STOCK_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        text = codes.cleaned(request.GET.get("q", ""))
        here, now = self.place.location_id, moment.now()
        if text:
            exact = looking.exact_variants(text, location_id=here, now=now)
            if len(exact) == 1:
                return self.go(reverse("console:stock-variant", args=[exact[0].id]))
            found = exact or looking.find_variants(text, location_id=here, now=now)
        else:
            found = looking.scarce_variants(location_id=here, now=now)
        context = {"text": text, "rows": parts.pictured(found)}
        return self.show("console/stock/stock.html", context)


class StockVariant(Screen):
    """One variant: here, near, its history with running balance, and what can be promised."""

    permission = Permission.STOCK_VIEW

    def get(self, request: HttpRequest, variant_id: UUID) -> HttpResponse:
        now, here = moment.now(), self.place.location_id
        variant = parts.variant_sold_in(variant_id, self.place.channel_id)
        everywhere = looking.stock_everywhere(
            variant_id=variant_id, location_id=here, currency=self.place.currency, now=now
        )
        at_home = everywhere[0] if everywhere and everywhere[0].location_id == here else None
        near = [each for each in everywhere if each.location_id != here][:NEAR]
        pace = looking.pace_of(level_id=at_home.level_id, now=now) if at_home else []
        context = {
            "variant": variant,
            "label": named(variant.product.name, variant.name, variant.options),
            "siblings": self._siblings(variant),
            "picture": pictures_of([variant_id]).get(variant_id, Picture("", "")),
            "here": at_home,
            "buckets": parts.buckets_of(at_home),
            "parts": parts.parts_of(at_home),
            "near": near,
            "promises": self._promises(at_home, near, now),
            "shop": everywhere[0].shop if everywhere else "",
            "pace": pace,
            **self._history(request, at_home),
            **self._forms(),
        }
        return self.show("console/stock/variant.html", context)

    def _siblings(self, variant: Variant) -> list[dict[str, Any]]:
        rows = Variant.objects.filter(product=variant.product, is_active=True)
        return [
            {"row": each, "label": ", ".join(map(str, each.options.values())) or each.sku}
            for each in rows.order_by("position", "pk")
        ]

    def _history(self, request: HttpRequest, at_home: StockAt | None) -> dict[str, Any]:
        if at_home is None:
            return {"ledger": [], "next": ""}
        before, balance = parts.cursor(request.GET.get("before", ""))
        page = looking.ledger_of(
            level_id=at_home.level_id,
            on_hand=at_home.on_hand if before is None else balance,
            before_id=before,
        )
        return {
            "ledger": parts.told(page.lines),
            "next": f"{page.next_id}.{page.next_on_hand}" if page.next_id else "",
            "is_first": before is None,
        }

    def _promises(
        self, at_home: StockAt | None, near: Sequence[StockAt], now: datetime
    ) -> list[dict[str, Any]]:
        """What can be had where, and for what cannot the reason."""
        found = [parts.take_now(at_home, self.place.location_name)]
        places = [each for each in ([at_home] if at_home else []) + list(near) if each.methods]
        stores = [each for each in places if Method.PICKUP in each.methods][:4]
        known = openings([each.location_id for each in stores], now)
        found += [
            parts.collect(each, known.get(each.location_id), self.place.zone, now)
            for each in stores
        ]
        if places:
            found.append(parts.ship([each for each in places if Method.SHIP in each.methods]))
        return found

    def _forms(self) -> dict[str, Any]:
        here = self.place.location_id
        return {
            "may_correct": self.actor.may(Permission.STOCK_CORRECT, location_id=here),
            "may_receive": self.actor.may(Permission.STOCK_RECEIVE, location_id=here),
            "count_form": self.fresh(CountForm),
            "bucket_form": self.fresh(BucketForm),
            "receive_form": self.fresh(ReceiveForm),
            "asked": self.request.POST.get("do", ""),
        }

    permissions = {"POST": Permission.STOCK_VIEW}

    def post(self, request: HttpRequest, variant_id: UUID) -> HttpResponse:
        steps = {"count": self._count, "bucket": self._bucket, "receive": self._receive}
        step = steps.get(request.POST.get("do", ""))
        if step is None:
            raise NotFound
        return self.once(lambda: Done(self._page(variant_id), step(variant_id)))

    def _page(self, variant_id: UUID) -> str:
        return reverse("console:stock-variant", args=[variant_id])

    def _reference(self) -> str:
        return f"console:{self.request.POST[KEY_FIELD]}"[:100]

    def _count(self, variant_id: UUID) -> str:
        self.actor.require(Permission.STOCK_CORRECT, location_id=self.place.location_id)
        given = self.form(CountForm).cleaned_data
        operations.correct(
            variant_id=variant_id,
            location_id=self.place.location_id,
            counted=given["counted"],
            reason="counted",
            note=given["note"],
            reference=self._reference(),
            actor=self.actor,
        )
        return _("Counted: %(units)d on hand") % {"units": given["counted"]}

    def _bucket(self, variant_id: UUID) -> str:
        self.actor.require(Permission.STOCK_CORRECT, location_id=self.place.location_id)
        given = self.form(BucketForm).cleaned_data
        source, _colon, target = given["move"].partition(":")
        operations.move_bucket(
            variant_id=variant_id,
            location_id=self.place.location_id,
            quantity=given["quantity"],
            from_bucket=source,
            to_bucket=target,
            note=given["note"],
            reference=self._reference(),
            actor=self.actor,
        )
        return _("Noted")

    def _receive(self, variant_id: UUID) -> str:
        self.actor.require(Permission.STOCK_RECEIVE, location_id=self.place.location_id)
        given = self.form(ReceiveForm).cleaned_data
        operations.put(
            lines=[operations.StockArrival(variant_id, self.place.location_id, given["quantity"])],
            reference=self._reference(),
            note=given["note"],
            actor=self.actor,
        )
        return _("Received: %(units)d") % {"units": given["quantity"]}
