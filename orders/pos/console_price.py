"""A price check without a sale: what it costs, whether it is here, who else has it, until when."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from inventory.catalog.pictures import Picture, pictures_of
from omni.access.permissions import Permission
from omni.screens import codes
from omni.screens.views import Screen
from orders.pos.models import Register
from orders.pos.price_check import price_check

MOST = 12


class CheckPrice(Screen):
    """One field; scan after scan."""

    permission = Permission.POS_SELL

    def get(self, request: HttpRequest) -> HttpResponse:
        text = codes.cleaned(request.GET.get("q", ""))
        channel_id = self.place.channel_id or self._channel()
        found = (
            price_check(
                self.actor,
                text=text,
                location_id=self.place.location_id,
                channel_id=channel_id,
                limit=MOST,
            )
            if text and channel_id
            else []
        )
        pictures = pictures_of([each.variant.id for each in found])
        context = {
            "text": text,
            "found": [(each, pictures.get(each.variant.id, Picture("", ""))) for each in found],
        }
        return self.show("console/till/price_check.html", context)

    def _channel(self) -> Any:
        rows = Register.objects.filter(location_id=self.place.location_id, is_active=True)
        return rows.order_by("code").values_list("channel_id", flat=True).first()
