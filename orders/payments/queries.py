"""What is read of payments: whether an order may go on, what is still to be paid, one payment."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, Sum

from omni.access.actor import Actor
from omni.core.errors import NotFound
from orders.payments import order_money
from orders.payments.models import Payment, Refund, RefundState
from orders.payments.status import OrderMoney, policy_is_satisfied
from orders.sales.models import Order
from orders.sales.queries import credit_sources, orders_visible_to

# What refunds are for stands at the beginning of their reference.
# Units that were taken off an order; what is due fell with them.
CANCEL_REFERENCE = "cancel:"
# Returned goods. They were sold and had to be paid, so they do not lower what was paid for them.
RETURN_REFERENCE = "return:"
# Units taken off, over the order whose goods paid for them in an exchange.
CREDIT_REFERENCE = f"{RETURN_REFERENCE}credit:"


def satisfies_policy(order: Order) -> bool:
    """Whether the payment policy of the order is satisfied, so that work on it may start."""
    money = OrderMoney()
    if not policy_is_satisfied(order.payment_policy, money, due_minor=order.due_minor):
        money = order_money.money_of(order.pk)
    return policy_is_satisfied(order.payment_policy, money, due_minor=order.due_minor)


def money_of(order_id: UUID) -> OrderMoney:
    """What all payments of the order add up to; ``.outstanding(due)``, ``.refundable_minor``."""
    return order_money.money_of(order_id)


def is_settled(order: Order) -> bool:
    """Whether all that is due was taken and nothing waits to go back."""
    money = order_money.money_of(order.pk)
    return money.captured_minor >= order.due_minor and not money.refunding_minor


def get_payment(*, order_id: UUID, payment_id: UUID) -> Payment:
    """A payment of an order that the caller may see. Raises: NotFound."""
    payment: Payment | None = Payment.objects.filter(pk=payment_id, order_id=order_id).first()
    if payment is None:
        raise NotFound
    return payment


def payments_of(order_id: UUID) -> list[Payment]:
    """The payments of an order, oldest first."""
    return list(Payment.objects.filter(order_id=order_id).order_by("pk"))


def refunds_of(order_id: UUID) -> list[Refund]:
    """The refunds of an order, oldest first."""
    return list(Refund.objects.filter(payment__order_id=order_id).order_by("pk"))


def given_back_by(principal: str, order_id: UUID) -> int:
    """What this person gave back of the order so far. Units taken off it are owed, not given.

    Goods of an exchange are refunded over the orders before, so what was given of those counts too.
    """
    chain = [order_id, *(order.pk for order in credit_sources(Order.objects.get(pk=order_id)))]
    rows = Refund.objects.filter(payment__order_id__in=chain, principal=principal)
    owed = Q(reference__startswith=CANCEL_REFERENCE) | Q(reference__startswith=CREDIT_REFERENCE)
    given = rows.exclude(owed | Q(status=RefundState.FAILED))
    return int(given.aggregate(total=Sum("amount_minor"))["total"] or 0)


def order_for_staff(actor: Actor, order_id: UUID, permission: str) -> Order:
    """An order whose money the actor may see or move, by the permission. Raises: NotFound."""
    order: Order | None = (
        orders_visible_to(actor, permission=permission).filter(pk=order_id).first()
    )
    if order is None:
        raise NotFound
    return order
