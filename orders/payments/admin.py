"""Payments in the back office: for looking only. Money moves by operations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.admin_site import LedgerAdmin
from omni.access.permissions import Permission
from omni.core.money import Money
from orders.payments.models import (
    Payment,
    PaymentAttempt,
    PaymentEvent,
    ProviderEvent,
    Refund,
)
from orders.sales.queries import orders_visible_to


class _Rows(admin.TabularInline[Any, Any]):
    """Rows of a ledger below their payment: to be looked at by whoever may see the payment."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class EntryRows(_Rows):
    model = PaymentEvent
    fields = ("occurred_at", "kind", "amount_minor", "reference", "principal")
    ordering = ("pk",)


class AttemptRows(_Rows):
    model = PaymentAttempt
    fields = ("created_at", "kind", "amount_minor", "status", "failure_code", "principal")
    ordering = ("pk",)


class RefundRows(_Rows):
    model = Refund
    fields = ("created_at", "amount_minor", "status", "reason", "failure_code", "settled_at")
    ordering = ("pk",)


@admin.register(Payment)
class PaymentAdmin(LedgerAdmin):
    """Every payment with its ledger, attempts and refunds."""

    view_permission = Permission.PAYMENTS_VIEW
    scoped = True
    list_display = ("created_at", "order", "tender", "status", "asked", "captured", "refunded")
    list_filter = ("status", "tender", "provider")
    search_fields = ("order__number", "provider_reference")
    ordering = ("-pk",)
    list_select_related = ("order",)
    inlines = (EntryRows, AttemptRows, RefundRows)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(order__in=_orders(actor))

    @admin.display(description=_("amount"), ordering="amount_minor")
    def asked(self, payment: Payment) -> str:
        return str(Money(payment.amount_minor, payment.currency))

    @admin.display(description=_("captured"), ordering="captured_minor")
    def captured(self, payment: Payment) -> str:
        return str(Money(payment.captured_minor, payment.currency))

    @admin.display(description=_("refunded"), ordering="refunded_minor")
    def refunded(self, payment: Payment) -> str:
        return str(Money(payment.refunded_minor, payment.currency))


@admin.register(Refund)
class RefundAdmin(LedgerAdmin):
    """Every refund, pending ones first found by the filter."""

    view_permission = Permission.PAYMENTS_VIEW
    scoped = True
    list_display = ("created_at", "payment", "amount", "status", "reason", "failure_code")
    list_filter = ("status", "payment__tender")
    search_fields = ("payment__order__number", "reference")
    ordering = ("-pk",)
    list_select_related = ("payment",)

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(payment__order__in=_orders(actor))

    @admin.display(description=_("amount"), ordering="amount_minor")
    def amount(self, refund: Refund) -> str:
        return str(Money(refund.amount_minor, refund.payment.currency))


@admin.register(ProviderEvent)
class ProviderEventAdmin(LedgerAdmin):
    """What providers told us; those without a date could not be applied yet."""

    view_permission = Permission.PAYMENTS_VIEW
    list_display = ("received_at", "provider", "type", "subject", "applied_at")
    list_filter = ("provider", "type", ("applied_at", admin.EmptyFieldListFilter))
    search_fields = ("provider_event_id", "subject")
    ordering = ("-pk",)


def _orders(actor: Actor) -> QuerySet[Any]:
    return orders_visible_to(actor, permission=Permission.PAYMENTS_VIEW).values("pk")
