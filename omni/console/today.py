"""Today: what a store's people do now, across all kinds of work."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from omni.access.permissions import Permission
from omni.screens.views import Screen


class Today(Screen):
    """The store's day."""

    permission = Permission.FULFILMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("console/today/today.html")
