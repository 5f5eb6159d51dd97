"""Small endpoints that show each promise of ``omni.rest`` alone."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.access.models import Role
from omni.access.permissions import ACCOUNT, PUBLIC, STOREFRONT, Permission
from omni.core.errors import Conflict
from omni.rest import limits, problems
from omni.rest.serializers import Input, MoneyField, Output, PageQuery
from omni.rest.views import PLAIN, PROCESS, Endpoint

started = threading.Event()
go_on = threading.Event()


class RoleTaken(Conflict):
    code = "probe_role_taken"
    message = "This role exists. Choose another code."


class OwnerInput(Input):
    name = serializers.CharField(help_text="Name.")


class RoleInput(Input):
    code = serializers.CharField(max_length=50, help_text="Code.")
    count = serializers.IntegerField(required=False, help_text="Count.")
    price = MoneyField(required=False, help_text="Price.")
    kind = serializers.ChoiceField(["one", "other"], required=False, help_text="Kind.")
    is_new = serializers.BooleanField(required=False, help_text="Whether new.")
    tags = serializers.ListField(child=serializers.CharField(), required=False, help_text="Tags.")
    facts = serializers.DictField(required=False, help_text="Facts.")
    owner = OwnerInput(required=False, help_text="Owner.")


class RoleOutput(Output):
    code = serializers.CharField(help_text="Code.")


class Empty(Endpoint):
    """Nothing, for whoever may."""

    permissions = {"GET": Permission.ORDERS_VIEW, "POST": Permission.ORDERS_CANCEL}

    @extend_schema(responses=RoleOutput)
    def get(self, request: Request) -> Any:
        return self.ok({"principal": self.actor.principal})

    @extend_schema(request=None, responses=RoleOutput)
    def post(self, request: Request) -> Any:
        return self.ok({})


class Open(Endpoint):
    """Open to everybody."""

    permission = PUBLIC

    def get(self, request: Request) -> Any:
        return self.ok({"principal": self.actor.principal})


class Shop(Open):
    """For storefronts."""

    permission = STOREFRONT


class Mine(Open):
    """For signed-in customers."""

    permission = ACCOUNT


class Undeclared(Endpoint):
    """Forgot its permission."""

    def get(self, request: Request) -> Any:
        return self.ok({})


class MakeRole(Endpoint):
    """Make a role."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}
    errors = [RoleTaken]

    @extend_schema(request=RoleInput, responses={201: RoleOutput})
    def post(self, request: Request, thing_id: UUID | None = None) -> Any:
        given = self.given(RoleInput, request)
        if given["code"] == "slow":
            started.set()
            go_on.wait(10)
        role = Role.objects.create(code=given["code"], name="probe")
        if given["code"] == "taken":
            raise RoleTaken(role=str(role.pk))
        if given["code"] == "crash":
            raise ZeroDivisionError
        return self.created({"code": role.code, "id": role.pk})


class CallProvider(Endpoint):
    """Call a provider."""

    permission = STOREFRONT
    idempotency = {"POST": PROCESS}

    @extend_schema(request=RoleInput, responses={201: RoleOutput})
    def post(self, request: Request) -> Any:
        given = self.given(RoleInput, request)
        assert not connection.in_atomic_block
        if given["code"] == "slow":
            started.set()
            go_on.wait(10)
        if given["code"] == "taken":
            raise RoleTaken
        Role.objects.create(code=given["code"], name="probe")
        return self.created({"code": given["code"]})


class Guess(Endpoint):
    """Guess a secret: two tries an hour, whatever becomes of them."""

    permission = STOREFRONT
    idempotency = {"POST": PLAIN}

    def guard(self, request: Request, **kwargs: Any) -> None:
        limits.spend("probe_guess", self.actor.principal, 2, timedelta(hours=1))

    def post(self, request: Request) -> Any:
        raise RoleTaken


class Roles(Endpoint):
    """Roles by code."""

    permission = PUBLIC
    query = PageQuery

    @extend_schema(responses=RoleOutput)
    def get(self, request: Request) -> Any:
        rows = Role.objects.all()
        return self.page(rows, keys=["-name", "code"], output=lambda role: {"code": role.code})


class LockedRole(Endpoint):
    """Waits for a lock that somebody else holds."""

    permission = PUBLIC
    idempotency = {"POST": PLAIN}

    def post(self, request: Request) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
        return self.ok({"roles": [str(role.pk) for role in Role.objects.locked()]})


urlpatterns = [
    path("api/v1/empty", Empty.as_view()),
    path("api/v1/open", Open.as_view()),
    path("api/v1/shop", Shop.as_view()),
    path("api/v1/mine", Mine.as_view()),
    path("api/v1/undeclared", Undeclared.as_view()),
    path("api/v1/make-role", MakeRole.as_view()),
    path("api/v1/things/<uuid:thing_id>/make-role", MakeRole.as_view()),
    path("api/v1/call-provider", CallProvider.as_view()),
    path("api/v1/guess", Guess.as_view()),
    path("api/v1/roles", Roles.as_view()),
    path("api/v1/locked", LockedRole.as_view()),
    re_path(r"^api/", problems.page_not_found, name="api-not-found"),
    path("", include("omni.urls")),
]

handler404 = "omni.rest.problems.page_not_found"
handler500 = "omni.rest.problems.server_error"
