"""Cards that are only authorised, and refunds that the provider carries out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omni.access.actor import SYSTEM
from omni.core import clock
from orders.aftersales import operations as aftersales
from orders.aftersales.models import LogisticsState, MoneyState, ReturnCase
from orders.aftersales.operations import CounterReturn, ReturnUnits
from orders.checkout import operations as checkout
from orders.fulfilment import operations as fulfilment
from orders.payments import operations as payments
from orders.payments.models import CaptureMethod, Payment, PaymentState, Refund, RefundState
from orders.sales.models import Order, OrderStatus
from tests.factories.orders_work import Sold, code_of, lines_of, make_order, make_ready, make_shop
from tests.factories.payments import start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import broken_invariants, psp, psp_process, receiver

__all__ = ["psp", "psp_process", "receiver"]

pytestmark = pytest.mark.django_db(transaction=True)


def authorised_order(quantity: int = 2) -> Order:
    order = make_order(make_shop(), Sold(quantity=quantity), pay="")
    start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)
    fulfilment.confirm_if_paid(order_id=order.pk)
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    return order


def brought_back(*, units: int) -> tuple[Order, ReturnCase]:
    """An order that was collected, and the return of some of its units at the same counter."""
    order = authorised_order()
    row = make_ready(order)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    case = aftersales.return_at_counter(
        wanted=CounterReturn(
            location_id=row.location_id,
            order_number=order.number,
            units=[ReturnUnits(lines_of(order)[0].pk, units)],
        ),
        actor=SYSTEM,
    )
    return order, case


def test_hand_over_captures_what_was_authorised(psp: PspProcess) -> None:
    order = authorised_order()
    row = make_ready(order)
    line = row.lines.get()

    fulfilment.hand_over(
        fulfilment_order_id=row.pk, code=code_of(row), quantities={line.pk: 1}, actor=SYSTEM
    )
    assert Payment.objects.get().captured_minor == 1000
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    order.refresh_from_db()
    assert Payment.objects.get().status == PaymentState.CAPTURED
    assert (order.status, order.payment_status) == (OrderStatus.COMPLETED, "paid")


def test_return_goes_back_over_the_provider_and_closes(psp: PspProcess) -> None:
    _order, case = brought_back(units=1)

    done = aftersales.carry_out(case_id=case.pk)
    again = aftersales.carry_out(case_id=case.pk)

    assert (done.status, done.money_status) == (LogisticsState.CLOSED, MoneyState.SETTLED)
    assert again.refunded_minor == 1000
    assert Refund.objects.get().status == RefundState.SUCCEEDED


def test_crash_before_the_provider_is_settled_by_the_sweep(psp: PspProcess) -> None:
    order, case = brought_back(units=2)
    payments.carry_out_for_order(order_id=order.pk)

    assert aftersales.settle_due_returns() == 1

    case.refresh_from_db()
    assert case.status == LogisticsState.CLOSED


def test_cancelled_order_frees_the_card(psp: PspProcess) -> None:
    order = authorised_order()

    aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)
    payments.carry_out_for_order(order_id=order.pk)

    assert Payment.objects.get().status == PaymentState.VOIDED


def unpaid_order() -> Order:
    """Placed, to be paid online within half an hour."""
    return make_order(make_shop(), pay="", pay_by_at=clock.now() + timedelta(minutes=30))


def test_fail_unpaid_orders_confirms_what_was_secured_in_time(psp: PspProcess) -> None:
    order = unpaid_order()
    start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)

    with clock.moved(by=timedelta(minutes=31)):
        assert checkout.fail_unpaid_orders() == 0

    order.refresh_from_db()
    assert (order.status, Payment.objects.get().status) == ("confirmed", PaymentState.AUTHORISED)


def test_fail_unpaid_orders_gives_back_what_was_paid_in_part(psp: PspProcess) -> None:
    order = unpaid_order()
    start_online(order, card_token="tok_visa", amount_minor=400)

    with clock.moved(by=timedelta(minutes=31)):
        assert checkout.fail_unpaid_orders() == 1

    order.refresh_from_db()
    refund = Refund.objects.get()
    assert (order.status, refund.amount_minor, refund.status) == ("failed", 400, "succeeded")
    assert broken_invariants() == {}


def test_settle_due_returns_sees_a_refund_that_failed_later(psp: PspProcess) -> None:
    order = make_order(make_shop(), pay="")
    start_online(order, card_token="tok_refund_fails")
    fulfilment.confirm_if_paid(order_id=order.pk)
    row = make_ready(order)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    case = aftersales.return_at_counter(
        wanted=CounterReturn(
            location_id=row.location_id,
            order_number=order.number,
            units=[ReturnUnits(lines_of(order)[0].pk, 1)],
        ),
        actor=SYSTEM,
    )
    payments.carry_out_for_order(order_id=order.pk)
    assert Refund.objects.get().status == RefundState.FAILED

    aftersales.settle_due_returns()

    case.refresh_from_db()
    assert case.money_status == MoneyState.FAILED
