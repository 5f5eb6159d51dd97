"""Locations in the back office: address, hours, services, the channels they serve, their staff."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inventory.locations import operations as locations
from inventory.locations.models import (
    CapacitySlot,
    ChannelLocation,
    HoursException,
    Location,
    LocationService,
    OpeningHours,
    StaffAssignment,
)
from omni.access.admin_forms import PlainForm, explain
from omni.access.admin_site import GuardedAdmin, LedgerAdmin, actor_of
from omni.access.permissions import Permission

explain(
    {
        "location_not_valid.country": _("Give the country by its two letters, such as FR."),
        "location_not_valid.time_zone": _("There is no such time zone. Name it as Europe/Paris."),
        "location_not_valid.latitude": _("Give both latitude and longitude, or neither."),
        "location_not_valid.closes_on": _("The last day is not before the first."),
        "location_latitude_range": _("A latitude is from -90 to 90."),
        "location_longitude_range": _("A longitude is from -180 to 180."),
        "hours_weekday_range": _("A weekday is from 0 (Monday) to 6 (Sunday)."),
        "hours_exception_closed_or_span": _("Tick closed, or say from when until when it opens."),
    }
)


class Part(admin.TabularInline[Model, Model]):
    """Rows that belong to a location: who may change it may change them."""

    extra = 0
    form = PlainForm

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return actor_of(request).may(Permission.STOCK_VIEW) or self._may_edit(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None) -> bool:  # type: ignore[override]
        return self._may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request)

    def _may_edit(self, request: HttpRequest) -> bool:
        return actor_of(request).may(Permission.LOCATIONS_EDIT)


class HoursPart(Part):
    model = OpeningHours
    ordering = ("weekday", "opens_at")


class ExceptionPart(Part):
    model = HoursException
    ordering = ("on_date",)


class ServicePart(Part):
    model = LocationService


class ChannelPart(Part):
    model = ChannelLocation


class StaffPart(Part):
    model = StaffAssignment
    raw_id_fields = ("user",)


@admin.register(Location)
class LocationAdmin(GuardedAdmin):
    view_permission = Permission.STOCK_VIEW
    edit_permission = Permission.LOCATIONS_EDIT
    may_add = True
    scoped = True
    list_display = ("name", "code", "kind", "status", "city", "country", "time_zone")
    list_filter = ("kind", "status", "country")
    search_fields = ("name", "code", "city")
    ordering = ("name", "id")
    readonly_fields = ("status",)
    inlines = (HoursPart, ExceptionPart, ServicePart, ChannelPart, StaffPart)
    actions = ("open_locations", "begin_closing", "close_locations")

    def rows_for(self, actor: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
        seen = actor.location_ids(Permission.STOCK_VIEW)
        edited = actor.location_ids(Permission.LOCATIONS_EDIT)
        if seen is None or edited is None:
            return rows
        return rows.filter(pk__in=seen | edited)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if obj is None:
            return super().has_change_permission(request, obj)
        return actor_of(request).may(Permission.LOCATIONS_EDIT, location_id=obj.pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).may_everywhere(Permission.LOCATIONS_EDIT)

    def save_model(
        self, request: HttpRequest, obj: Location, form: ModelForm[Any], change: bool
    ) -> None:
        locations.save_location(location=obj, actor=actor_of(request))

    def save_related(
        self,
        request: HttpRequest,
        form: ModelForm[Any],
        formsets: list[BaseModelFormSet[Any, Any]],
        change: bool,
    ) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            locations.announce_location(location=form.instance, actor=actor_of(request))

    @admin.action(description=_("Open the selected locations"), permissions=["change"])
    def open_locations(self, request: HttpRequest, queryset: QuerySet[Location]) -> None:
        for location in self._editable(request, queryset):
            locations.open_location(location=location, actor=actor_of(request))

    @admin.action(description=_("Begin to close the selected locations"), permissions=["change"])
    def begin_closing(self, request: HttpRequest, queryset: QuerySet[Location]) -> None:
        for location in self._editable(request, queryset):
            locations.begin_closing(location=location, actor=actor_of(request))

    @admin.action(description=_("Close the selected locations for good"), permissions=["change"])
    def close_locations(self, request: HttpRequest, queryset: QuerySet[Location]) -> None:
        for location in self._editable(request, queryset):
            locations.close_location(location=location, actor=actor_of(request))

    def _editable(self, request: HttpRequest, rows: QuerySet[Location]) -> list[Location]:
        actor = actor_of(request)
        chosen = list(rows.order_by("pk"))
        for location in chosen:
            actor.require(Permission.LOCATIONS_EDIT, location_id=location.pk)
        return chosen


@admin.register(CapacitySlot)
class CapacitySlotAdmin(LedgerAdmin):
    view_permission = Permission.STOCK_VIEW
    scoped = True
    list_display = ("location", "service", "starts_at", "ends_at", "booked", "capacity")
    list_filter = ("service",)
    list_select_related = ("location",)
    ordering = ("-starts_at", "-id")

    def rows_for(self, actor: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
        seen = actor.location_ids(Permission.STOCK_VIEW)
        return rows if seen is None else rows.filter(location_id__in=seen)
