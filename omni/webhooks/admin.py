"""Endpoints and deliveries in the back office."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from omni.access.actor import Actor
from omni.access.admin_forms import PlainForm
from omni.access.admin_site import GuardedAdmin, LedgerAdmin, actor_of, adopt
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import DomainError
from omni.webhooks import deliveries, operations, told
from omni.webhooks.models import EndpointStatus, WebhookAttempt, WebhookDelivery, WebhookEndpoint

_FORM = ["url", "types", "description"]
_FACTS = ["status", "disabled_reason", "failing_since", "active_since", "created_at", "created_by"]


class EndpointForm(PlainForm):
    types = SimpleArrayField(
        forms.CharField(max_length=80),
        label=_("event types"),
        help_text=_("Types (order.placed), families (order.*) or *, with commas between them."),
    )


class MissedForm(forms.Form):
    """How far back to look for what an endpoint missed."""

    days = forms.TypedChoiceField(
        label=_("How far back"),
        coerce=int,
        choices=[(1, _("the last day")), (7, _("the last 7 days")), (30, _("the last 30 days"))],
        initial=7,
    )
    delivered_too = forms.BooleanField(
        label=_("Also what was delivered"),
        help_text=_("It is sent a second time, with the same id."),
        required=False,
    )


def _show_secret(request: HttpRequest, secret: str) -> None:
    text = _("This is the secret. It is shown only now: %(secret)s")
    messages.warning(request, text % {"secret": secret})


def _activate(request: HttpRequest, pk: UUID, actor: Actor) -> None:
    operations.activate_endpoint(endpoint_id=pk, actor=actor)
    messages.success(request, _("It is sent to again, first what was left waiting."))


def _disable(request: HttpRequest, pk: UUID, actor: Actor) -> None:
    operations.disable_endpoint(endpoint_id=pk, actor=actor)
    messages.success(request, _("Nothing is sent to it any more."))


def _rotate(request: HttpRequest, pk: UUID, actor: Actor) -> None:
    _show_secret(request, operations.rotate_secret(endpoint_id=pk, actor=actor))


def _send_missed(request: HttpRequest, pk: UUID, actor: Actor) -> None:
    form = MissedForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose how far back to look."))
        return
    count = deliveries.replay_endpoint(
        endpoint_id=pk,
        since=clock.now() - timedelta(days=form.cleaned_data["days"]),
        delivered_too=form.cleaned_data["delivered_too"],
        actor=actor,
    )
    if not count:
        messages.info(request, _("Nothing was missed in that time."))
        return
    words = ngettext("%(n)d message is sent now.", "%(n)d messages are sent now.", count)
    messages.success(request, words % {"n": count})


_DEEDS: dict[str, Callable[[HttpRequest, UUID, Actor], None]] = {
    "activate": _activate,
    "disable": _disable,
    "rotate": _rotate,
    "missed": _send_missed,
}


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(GuardedAdmin):
    view_permission = edit_permission = Permission.WEBHOOKS_MANAGE
    may_add = True
    purpose = _("An endpoint is told of what happens here as it happens.")
    form = EndpointForm
    list_display = ["url", "description", "types", "status", "failing_since"]
    list_filter = ["status"]
    ordering = ["-id"]
    readonly_fields = _FACTS
    actions = ["activate", "disable", "rotate", "remove"]
    ending = frozenset({"remove"})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*_FORM, *_FACTS] if obj else _FORM

    def beside(self, request: HttpRequest, obj: WebhookEndpoint) -> dict[str, Any]:
        """What can be done with the endpoint, and what it was sent lately, each to send again."""
        return {
            "deliveries": told.latest_deliveries(actor_of(request), obj.pk),
            "is_active": obj.status == EndpointStatus.ACTIVE,
            "is_disabled": obj.status == EndpointStatus.DISABLED,
            "missed": MissedForm(),
        }

    def get_urls(self) -> list[URLPattern]:
        do = self.admin_site.admin_view(self.do)
        return [path("<uuid:pk>/do/<slug:what>/", do, name="webhook-endpoint"), *super().get_urls()]

    @method_decorator(require_POST)
    def do(self, request: HttpRequest, pk: UUID, what: str) -> HttpResponse:
        """What a button of its page asks for; then back to the page."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if what not in _DEEDS:
            raise Http404
        try:
            _DEEDS[what](request, pk, actor_of(request))
        except DomainError as error:
            messages.error(request, str(error.message))
        return HttpResponseRedirect(reverse("admin:omni_webhookendpoint_change", args=[pk]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor = actor_of(request)
        if change:
            adopt(
                obj,
                operations.change_endpoint(endpoint_id=obj.pk, **form.cleaned_data, actor=actor),
            )
            return
        written, secret = operations.create_endpoint(**form.cleaned_data, actor=actor)
        adopt(obj, written)
        _show_secret(request, secret)

    @admin.action(description=_("Activate: send again"), permissions=["change"])
    def activate(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        for row in rows:
            operations.activate_endpoint(endpoint_id=row.pk, actor=actor_of(request))

    @admin.action(description=_("Disable: send nothing"), permissions=["change"])
    def disable(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        for row in rows:
            operations.disable_endpoint(endpoint_id=row.pk, actor=actor_of(request))

    @admin.action(description=_("Make a new secret"), permissions=["change"])
    def rotate(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        for row in rows:
            secret = operations.rotate_secret(endpoint_id=row.pk, actor=actor_of(request))
            _show_secret(request, secret)

    @admin.action(description=_("Remove for good"), permissions=["change"])
    def remove(self, request: HttpRequest, rows: QuerySet[WebhookEndpoint]) -> None:
        for row in rows:
            operations.remove_endpoint(endpoint_id=row.pk, actor=actor_of(request))


class AttemptInline(admin.TabularInline[Any, Any]):
    model = WebhookAttempt
    fields = ["attempted_at", "duration_ms", "status_code", "error", "is_success"]
    readonly_fields = ["attempted_at", "duration_ms", "status_code", "error", "is_success"]
    ordering = ["-id"]
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_of(request).may_everywhere(Permission.WEBHOOKS_MANAGE)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LedgerAdmin):
    view_permission = Permission.WEBHOOKS_MANAGE
    list_display = ["id", "type", "endpoint", "status", "tries", "last_status", "last_error"]
    list_filter = ["status", "endpoint"]
    list_select_related = ["endpoint"]
    search_fields = ["=event_id", "type"]
    ordering = ["-id"]
    exclude = ["lease"]
    inlines = [AttemptInline]
    actions = ["replay"]

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(self.send_again)
        return [path("<int:pk>/again/", again, name="send-webhook-again"), *super().get_urls()]

    def beside(self, request: HttpRequest, obj: WebhookDelivery) -> dict[str, Any]:
        return {"told": told.told(obj)}

    @method_decorator(require_POST)
    def send_again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it once more; then back to its endpoint, where this was asked for."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        actor = actor_of(request)
        sent: WebhookDelivery | None
        try:
            sent = deliveries.replay_delivery(delivery_id=pk, actor=actor)
        except DomainError as error:
            messages.error(request, str(error.message))
            sent = self.get_queryset(request).filter(pk=pk).first()
        else:
            messages.success(request, _("%(what)s is sent again.") % {"what": sent})
        if sent is None:
            return HttpResponseRedirect(reverse("admin:omni_webhookdelivery_changelist"))
        endpoint = reverse("admin:omni_webhookendpoint_change", args=[sent.endpoint_id])
        return HttpResponseRedirect(endpoint)

    @admin.action(description=_("Send once more"), permissions=["view"])
    def replay(self, request: HttpRequest, rows: QuerySet[WebhookDelivery]) -> None:
        for row in rows:
            deliveries.replay_delivery(delivery_id=row.pk, actor=actor_of(request))
