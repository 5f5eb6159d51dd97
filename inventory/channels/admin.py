"""Channels in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inventory.channels import operations as channels
from inventory.channels.models import Channel
from omni.access.admin_forms import explain
from omni.access.admin_site import GuardedAdmin, actor_of
from omni.access.permissions import Permission

explain(
    {
        "channel_not_valid.country": _("Give the country by its two letters, such as FR."),
        "channel_not_valid.currency": _(
            "Give the currency by its three letters, such as EUR. That of a channel never changes."
        ),
    }
)


@admin.register(Channel)
class ChannelAdmin(GuardedAdmin):
    view_permission = Permission.CATALOG_VIEW
    edit_permission = Permission.CHANNELS_EDIT
    may_add = True
    purpose = _("A channel is where you sell: a web shop, an app, your stores.")
    list_display = ("name", "code", "kind", "status", "currency", "country")
    list_filter = ("kind", "status")
    ordering = ("name", "id")
    readonly_fields = ("status",)
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    actions = ("open_channels", "close_channels")

    def save_model(
        self, request: HttpRequest, obj: Channel, form: ModelForm[Any], change: bool
    ) -> None:
        channels.save_channel(channel=obj, actor=actor_of(request))

    @admin.action(description=_("Open the selected channels"), permissions=["change"])
    def open_channels(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        for channel in queryset.order_by("pk"):
            channels.open_channel(channel=channel, actor=actor_of(request))

    @admin.action(description=_("Close the selected channels"), permissions=["change"])
    def close_channels(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        for channel in queryset.order_by("pk"):
            channels.close_channel(channel=channel, actor=actor_of(request))
