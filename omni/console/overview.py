"""The overview of head office: this period against the last, over all channels and stores."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from omni.access.permissions import Permission
from omni.screens.views import Screen


class Overview(Screen):
    """Sales, pickups, returns and stock at a glance."""

    permission = Permission.ORDERS_VIEW
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("office/overview/overview.html")
