"""Small screens that show each promise of ``omni.screens`` alone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from omni.access.models import Role
from omni.access.permissions import Permission
from omni.core.errors import Conflict
from omni.screens.views import STAFF, Done, Screen
from omni.urls import urlpatterns as product


class RoleRefused(Conflict):
    code = "probe_role_refused"
    message = "Roles beginning with no are refused. Choose another."


class RoleForm(forms.Form):
    code = forms.CharField(max_length=20)


class MakeRole(Screen):
    """Make a role."""

    permission = Permission.FULFILMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("console/problem.html", {"form": self.fresh(RoleForm)})

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._make)

    def _make(self) -> Done:
        code = self.form(RoleForm).cleaned_data["code"]
        Role.objects.create(code=code, name=code)
        if code.startswith("no"):
            raise RoleRefused
        is_aside = code.startswith("aside")
        return Done("/console/today", "Role made", undo="/console/probe", is_aside=is_aside)


class Act(Screen):
    """An action without a page of its own."""

    permission = STAFF

    def post(self, request: HttpRequest) -> HttpResponse:
        raise RoleRefused


screens: list[Any] = [
    path("probe", MakeRole.as_view(), name="probe"),
    path("probe/act", Act.as_view(), name="act"),
]
urlpatterns = [path("console/", include((screens, "probes"))), *product]
