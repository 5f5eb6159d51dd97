"""Stock in the back office: levels with their history, corrected only through the operations."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inventory.stock import operations as stock
from inventory.stock.models import (
    Bucket,
    Reservation,
    StockBucket,
    StockLevel,
    StockMovement,
)
from omni.access.actor import Actor
from omni.access.admin_forms import PlainForm
from omni.access.admin_site import GuardedAdmin, LedgerAdmin, actor_of
from omni.access.permissions import Permission

COUNTERS = ("on_hand", "unavailable", "committed", "held", "incoming", "safety", "shortfall")
PLACES = (("", _("For sale")), *Bucket.choices)
SHOWN = 50


class LevelForm(PlainForm):
    """What may be done to a level: correct it, set units aside, keep some back."""

    counted = forms.IntegerField(
        label=_("Counted"), min_value=0, required=False, help_text=_("Units that are really there.")
    )
    move = forms.IntegerField(label=_("Units to move"), min_value=1, required=False)
    from_bucket = forms.ChoiceField(label=_("From"), choices=PLACES, required=False)
    to_bucket = forms.ChoiceField(label=_("To"), choices=PLACES, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=40, required=False)
    note = forms.CharField(label=_("Note"), max_length=250, required=False)
    # Made when the form is shown: the same form sent twice is one correction.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    class Meta:
        model = StockLevel
        fields = ("safety",)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        acts = given.get("counted") is not None or given.get("move") is not None
        if acts and not given.get("reason"):
            self.add_error("reason", _("Say why."))
        return given


class HistoryPart(admin.TabularInline[StockMovement, StockLevel]):
    """The latest entries of the level's ledger."""

    model = StockMovement
    extra = 0
    can_delete = False
    verbose_name_plural = _("latest movements")
    fields = readonly_fields = (
        "occurred_at",
        "kind",
        "quantity",
        "bucket",
        "bucket_quantity",
        "reason",
        "note",
        "reference",
        "principal",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockMovement]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        level_id = match.kwargs.get("object_id") if match else None
        if level_id is None or not str(level_id).isdigit():
            return rows.none()
        # A slice cannot be filtered by the level any more, so the newest are named by id.
        newest = rows.filter(level_id=level_id).order_by("-id").values_list("id", flat=True)
        return rows.filter(pk__in=list(newest[:SHOWN])).order_by("-id")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return actor_of(request).may(Permission.STOCK_VIEW)

    def has_add_permission(self, request: HttpRequest, obj: Model | None) -> bool:  # type: ignore[override]
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(StockLevel)
class StockLevelAdmin(GuardedAdmin):
    view_permission = Permission.STOCK_VIEW
    edit_permission = Permission.STOCK_CORRECT
    scoped = True
    form = LevelForm
    list_display = ("variant", "location", *COUNTERS)
    list_filter = ("location",)
    list_select_related = ("variant", "location")
    search_fields = ("variant__sku", "variant__barcodes__code", "variant__product__name")
    ordering = ("-id",)
    readonly_fields = ("variant", "location", *(name for name in COUNTERS if name != "safety"))
    inlines = (HistoryPart,)
    fieldsets = (
        (None, {"fields": ("variant", "location", *COUNTERS)}),
        (_("Correct"), {"fields": ("counted", "reason", "note", "key")}),
        (_("Set aside or put back"), {"fields": ("move", "from_bucket", "to_bucket")}),
    )

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return _at_granted_locations(actor, rows, "location_id")

    def called(self, row: StockLevel) -> str:
        return called(row)

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        return shown if self.has_change_permission(request, obj) else shown[:1]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if not isinstance(obj, StockLevel):
            return super().has_change_permission(request, obj)
        return actor_of(request).may(Permission.STOCK_CORRECT, location_id=obj.location_id)

    def save_model(self, request: HttpRequest, obj: StockLevel, form: Any, change: bool) -> None:
        given, actor = form.cleaned_data, actor_of(request)
        place: dict[str, Any] = {"variant_id": obj.variant_id, "location_id": obj.location_id}
        said = {"reason": given["reason"], "note": given["note"], "actor": actor}
        if "safety" in form.changed_data:
            stock.set_safety(**place, safety=given["safety"], actor=actor)
        if given["counted"] is not None:
            reference = f"back office:{given['key']}"
            stock.correct(**place, counted=given["counted"], reference=reference, **said)
        if given["move"] is not None:
            stock.move_bucket(
                **place,
                quantity=given["move"],
                from_bucket=given["from_bucket"],
                to_bucket=given["to_bucket"],
                reference=f"back office:{given['key']}:move",
                **said,
            )
        obj.refresh_from_db()


class _AtLevel(LedgerAdmin):
    """Rows of a level, told by its goods and its place."""

    view_permission = Permission.STOCK_VIEW
    scoped = True
    list_select_related = ("level__variant__product", "level__location")

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return _at_granted_locations(actor, rows, "level__location_id")

    def called(self, row: Any) -> str:
        return called(row.level)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        rest = [each for each in super().get_fields(request, obj) if each not in _OF_LEVEL]
        return [*_OF_LEVEL, *rest]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _OF_LEVEL

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("level",)

    @admin.display(description=_("variant"), ordering="level__variant__sku")
    def goods(self, row: Any) -> str:
        return str(row.level.variant)

    @admin.display(description=_("location"), ordering="level__location__name")
    def place(self, row: Any) -> str:
        return str(row.level.location)


_OF_LEVEL = ("goods", "place")


def called(level: StockLevel) -> str:
    """A level by its goods and its place."""
    return f"{level.variant} \u00b7 {level.location}"


@admin.register(StockMovement)
class StockMovementAdmin(_AtLevel):
    list_display = (
        "occurred_at",
        "goods",
        "place",
        "kind",
        "quantity",
        "bucket",
        "reason",
        "principal",
    )
    list_filter = ("kind", "level__location")
    search_fields = ("level__variant__sku", "reference")
    ordering = ("-id",)


@admin.register(StockBucket)
class StockBucketAdmin(_AtLevel):
    list_display = ("goods", "place", "bucket", "quantity")
    list_filter = ("bucket", "level__location")
    search_fields = ("level__variant__sku",)
    ordering = ("-id",)


@admin.register(Reservation)
class ReservationAdmin(_AtLevel):
    list_display = (
        "created_at",
        "goods",
        "place",
        "owner_kind",
        "status",
        "quantity",
        "expires_at",
    )
    list_filter = ("status", "owner_kind", "level__location")
    search_fields = ("level__variant__sku",)
    ordering = ("-created_at", "-id")


def _at_granted_locations(actor: Actor, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    granted = actor.location_ids(Permission.STOCK_VIEW)
    return rows if granted is None else rows.filter(**{f"{field}__in": granted})
