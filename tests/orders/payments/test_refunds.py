"""Giving money back: never more than was taken, over the tenders it came from, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from omni.access.actor import SYSTEM, Actor, Granted
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.ids import uuid7
from omni.events.models import StoredEvent
from omni.work import operations as work
from omni.work.models import Incident
from orders.payments import operations as payments
from orders.payments import settlement
from orders.payments.gateways.base import ProviderRefused
from orders.payments.gateways.psp import PspGateway
from orders.payments.models import (
    CaptureMethod,
    Payment,
    PaymentAttempt,
    PaymentEvent,
    PaymentState,
    Refund,
    RefundState,
)
from orders.sales.models import Order, PaymentStatus
from tests.factories.payments import make_payable_order, pay_in_cash, start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import broken_invariants, nothing_changes

pytestmark = pytest.mark.django_db
TABLES = (Payment, PaymentEvent, Refund, Order, Incident)


def refund(order: Order, amount_minor: int, reference: str = "r1", **over: Any) -> list[Refund]:
    wanted = {"order_id": order.pk, "amount_minor": amount_minor, "reference": reference}
    return payments.refund_payment(**wanted | {"actor": SYSTEM} | over)


def refunded_at(psp: PspProcess, payment: Payment) -> int:
    seen = psp.request("GET", f"/v1/payments/{payment.provider_reference}").json()
    refunded: int = seen["refunded"]
    return refunded


def test_refund_payment_gives_money_back_over_the_card(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")

    made = refund(order, 2000)

    assert [(row.status, row.amount_minor) for row in made] == [(RefundState.SUCCEEDED, 2000)]
    payment.refresh_from_db()
    assert (payment.refunding_minor, payment.refunded_minor) == (0, 2000)
    assert refunded_at(psp, payment) == 2000
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PARTLY_REFUNDED
    assert StoredEvent.objects.filter(type="refund.succeeded").count() == 1
    refund(order, 3000, "r2")
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.REFUNDED
    assert broken_invariants() == {}


def test_refund_payment_again_with_the_reference_refunds_once(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")

    first, again = refund(order, 2000), refund(order, 2000)

    assert [row.pk for row in first] == [row.pk for row in again]
    assert refunded_at(psp, payment) == 2000


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (5001, payments.RefundTooLarge),
        (0, payments.AmountNotPositive),
        (-1, payments.AmountNotPositive),
    ],
)
def test_refund_payment_refuses_and_changes_nothing(
    psp: PspProcess, amount: int, error: type[Exception]
) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa")

    with nothing_changes(*TABLES), pytest.raises(error):
        refund(order, amount)


def test_refund_payment_refuses_the_reference_of_another_refund(psp: PspProcess) -> None:
    order, other = make_payable_order(), make_payable_order()
    start_online(order, card_token="tok_visa")
    start_online(other, card_token="tok_visa")
    refund(order, 2000)

    with nothing_changes(*TABLES), pytest.raises(payments.RefundReferenceReused):
        refund(order, 1000)
    with nothing_changes(*TABLES), pytest.raises(payments.RefundReferenceReused):
        refund(other, 2000)
    with pytest.raises(NotFound):
        payments.refund_payment(order_id=uuid7(), amount_minor=1, reference="x", actor=SYSTEM)


def test_refund_payment_of_what_is_only_authorised_is_refused(psp: PspProcess) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)

    with nothing_changes(*TABLES), pytest.raises(payments.RefundTooLarge):
        refund(order, 1)


def test_refund_payment_goes_over_the_original_tenders(psp: PspProcess) -> None:
    order = make_payable_order()
    cash = pay_in_cash(order, 1500)
    card = start_online(order, card_token="tok_visa")

    made = refund(order, 4000)

    parts = {row.payment_id: (row.amount_minor, row.status) for row in made}
    assert parts == {
        card.pk: (3500, RefundState.SUCCEEDED),
        cash.pk: (500, RefundState.PENDING),
    }
    cash.refresh_from_db()
    assert cash.refunding_minor == 500
    at_counter = next(row for row in made if row.payment_id == cash.pk)
    for _ in range(2):
        payments.pay_out_refund(refund_id=at_counter.pk, actor=SYSTEM)
    cash.refresh_from_db()
    assert (cash.refunding_minor, cash.refunded_minor) == (0, 500)
    assert broken_invariants() == {}


def test_pay_out_refund_is_for_counter_tenders_only(psp: PspProcess) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa")
    pending = payments.request_refund(
        order_id=order.pk, amount_minor=1, reference="r", actor=SYSTEM
    )[0]

    with nothing_changes(*TABLES), pytest.raises(payments.RefundNotAtCounter):
        payments.pay_out_refund(refund_id=pending.pk, actor=SYSTEM)
    with pytest.raises(NotFound):
        payments.pay_out_refund(refund_id=uuid7(), actor=SYSTEM)


def test_pay_out_refund_to_a_card_needs_the_terminals_reference() -> None:
    order = make_payable_order()
    payments.record_terminal_payment(
        order_id=order.pk,
        amount_minor=5000,
        reference="till:1",
        terminal_reference="T-1",
        actor=SYSTEM,
    )
    pending = payments.request_refund(
        order_id=order.pk, amount_minor=700, reference="r", actor=SYSTEM
    )[0]

    with nothing_changes(*TABLES), pytest.raises(payments.TerminalReferenceMissing):
        payments.pay_out_refund(refund_id=pending.pk, actor=SYSTEM)
    with nothing_changes(*TABLES), pytest.raises(payments.CardNumberRefused):
        payments.pay_out_refund(
            refund_id=pending.pk, provider_reference="4242424242424242", actor=SYSTEM
        )
    for _again in range(2):
        done = payments.pay_out_refund(refund_id=pending.pk, provider_reference="T-2", actor=SYSTEM)
    assert (done.status, done.provider_reference) == (RefundState.SUCCEEDED, "T-2")
    with nothing_changes(*TABLES):
        again = payments.pay_out_refund(refund_id=pending.pk, actor=SYSTEM)
    assert (again.pk, again.provider_reference) == (done.pk, "T-2")


def test_request_refund_counts_what_is_pending() -> None:
    order = make_payable_order()
    pay_in_cash(order)
    payments.request_refund(order_id=order.pk, amount_minor=3000, reference="a", actor=SYSTEM)

    with nothing_changes(*TABLES), pytest.raises(payments.RefundTooLarge) as refused:
        payments.request_refund(order_id=order.pk, amount_minor=2001, reference="b", actor=SYSTEM)

    assert refused.value.details == {"available_minor": 2000, "requested_minor": 2001}


def test_record_cash_refund_takes_cash_of_cash_payments_only(psp: PspProcess) -> None:
    order = make_payable_order()
    pay_in_cash(order, 1500)
    start_online(order, card_token="tok_visa")

    made = payments.record_cash_refund(
        order_id=order.pk, amount_minor=1500, reference="till:r", actor=SYSTEM
    )

    assert [row.status for row in made] == [RefundState.SUCCEEDED]
    with nothing_changes(*TABLES), pytest.raises(payments.RefundTooLarge):
        payments.record_cash_refund(
            order_id=order.pk, amount_minor=1, reference="till:s", actor=SYSTEM
        )


def test_refund_that_fails_gives_its_amount_free_and_is_an_incident(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_refund_fails")

    made = refund(order, 2000)[0]

    assert (made.status, made.failure_code) == (RefundState.FAILED, "refund_refused_by_issuer")
    payment.refresh_from_db()
    assert (payment.refunding_minor, payment.refunded_minor) == (0, 0)
    assert Incident.objects.get().kind == "refund_failed"
    order.refresh_from_db()
    assert order.payment_status == PaymentStatus.PAID
    assert StoredEvent.objects.filter(type="refund.failed").count() == 1
    assert broken_invariants() == {}


def test_refund_without_an_answer_stays_pending_and_is_swept_once(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")
    psp.set_faults(hang_seconds=0, once=[["refund", "timeout_after"]])

    made = refund(order, 2000)[0]

    assert made.status == RefundState.PENDING
    with pytest.raises(payments.RefundTooLarge):
        refund(order, 3001, "r2")
    with clock.moved(by=timedelta(seconds=20)):
        payments.sweep_unknown_payments()
    made.refresh_from_db()
    assert made.status == RefundState.SUCCEEDED
    assert refunded_at(psp, payment) == 2000
    assert broken_invariants() == {}


def test_refund_that_the_provider_settles_later_is_swept(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")
    psp.set_faults(async_refund_seconds=1.5)

    made = refund(order, 2000)[0]

    assert made.status == RefundState.PENDING
    psp.wait_until_refunded(payment.provider_reference, 2000)
    payments.carry_out_refund(refund_id=made.pk)
    made.refresh_from_db()
    assert made.status == RefundState.SUCCEEDED


# --- limits ---------------------------------------------------------------------------------------


def clerk(limit: int | None) -> Actor:
    grant = Granted(
        permissions=frozenset({"payments.refund", "work.view", "work.decide"}),
        refund_limit_minor=limit,
    )
    return Actor(kind="staff", user_id=UUID(int=limit or 1), grants=(grant,))


def test_refund_payment_over_the_limit_needs_an_approval(psp: PspProcess) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_visa")
    ben, ada = clerk(1000), clerk(None)

    assert refund(order, 1000, "small", actor=ben)
    with nothing_changes(*TABLES), pytest.raises(payments.RefundOverLimit):
        refund(order, 1001, "large", actor=ben)

    asked = work.ask_approval(
        matter=work.Matter("refund", "order", order.pk, details={"amount_minor": 1001}),
        reason="Damaged",
        actor=ben,
    )
    work.decide_approval(approval_id=asked.pk, granted=True, actor=ada)
    with nothing_changes(*TABLES), pytest.raises(payments.RefundOverLimit):
        refund(order, 1002, "larger", actor=ben, approval_id=asked.pk)
    made = refund(order, 1001, "large", actor=ben, approval_id=asked.pk)
    assert made[0].status == RefundState.SUCCEEDED


def test_refund_payment_in_parts_shares_the_limit_of_the_order(psp: PspProcess) -> None:
    order, other = make_payable_order(), make_payable_order()
    for each in (order, other):
        start_online(each, card_token="tok_visa")
    ben, cleo = clerk(1000), clerk(1001)

    refund(order, 600, "a", actor=ben)
    with nothing_changes(*TABLES), pytest.raises(payments.RefundOverLimit) as over:
        refund(order, 401, "b", actor=ben)
    refund(order, 400, "c", actor=ben)

    assert over.value.details == {"limit_minor": 1000, "given_back_minor": 600}
    with nothing_changes(*TABLES):
        refund(order, 600, "a", actor=ben)
    assert refund(other, 1000, "d", actor=ben)
    assert refund(order, 1001, "e", actor=cleo)


def test_refund_payment_counts_neither_failures_nor_cancelled_units_to_the_limit(
    psp: PspProcess,
) -> None:
    order = make_payable_order()
    start_online(order, card_token="tok_refund_fails", amount_minor=2000)
    ben = clerk(1000)
    assert refund(order, 900, "a", actor=ben)[0].status == RefundState.FAILED
    payments.request_refund(order_id=order.pk, amount_minor=900, reference="cancel:x", actor=ben)

    assert refund(order, 1000, "b", actor=ben)


# --- orders that are over -------------------------------------------------------------------------


def test_return_all_money_refunds_and_frees_everything(psp: PspProcess) -> None:
    order = make_payable_order()
    cash = pay_in_cash(order, 1000)
    card = start_online(order, card_token="tok_visa", amount_minor=1500)
    held = start_online(
        order,
        card_token="tok_visa",
        amount_minor=2000,
        capture_method=CaptureMethod.MANUAL,
    )
    waiting = start_online(order)

    for _ in range(2):
        payments.return_all_money(order_id=order.pk, reference="cancel:1", actor=SYSTEM)
    payments.carry_out_for_order(order_id=order.pk)

    for payment in (cash, card, held, waiting):
        payment.refresh_from_db()
    assert (cash.refunding_minor, card.refunded_minor) == (1000, 1500)
    assert (held.status, waiting.status) == (PaymentState.VOIDED, PaymentState.VOIDED)
    assert Refund.objects.count() == 2
    assert PaymentAttempt.objects.filter(status="succeeded").count() == 2
    assert broken_invariants() == {}


def test_return_all_money_frees_the_rest_of_a_capture_in_part(psp: PspProcess) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)
    payments.capture_payment(
        payment_id=payment.pk, reference="part", amount_minor=2000, actor=SYSTEM
    )

    for _ in range(2):
        payments.return_all_money(order_id=order.pk, reference="cancel:1", actor=SYSTEM)
        payments.carry_out_for_order(order_id=order.pk)

    payment.refresh_from_db()
    assert (payment.authorised_minor, payment.captured_minor, payment.refunded_minor) == (
        2000,
        2000,
        2000,
    )
    seen = psp.request("GET", f"/v1/payments/{payment.provider_reference}").json()
    assert (seen["status"], seen["refunded"]) == ("voided", 2000)
    void = PaymentAttempt.objects.get(kind="void")
    assert (void.amount_minor, void.status) == (3000, "succeeded")
    assert broken_invariants() == {}


def test_return_all_money_goes_on_where_the_rest_cannot_be_freed(
    psp: PspProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)
    payments.capture_payment(
        payment_id=payment.pk, reference="part", amount_minor=2000, actor=SYSTEM
    )

    def refused(_gateway: PspGateway, _provider_id: str, *, key: str) -> None:
        raise ProviderRefused("not_voidable")

    monkeypatch.setattr(PspGateway, "void", refused)
    payments.return_all_money(order_id=order.pk, reference="cancel:1", actor=SYSTEM)
    payments.carry_out_for_order(order_id=order.pk)

    payment.refresh_from_db()
    assert (payment.status, payment.refunded_minor) == (PaymentState.PARTLY_CAPTURED, 2000)
    assert not PaymentAttempt.objects.filter(status="open").exists()
    assert broken_invariants() == {}


def _waiting(card: str = "tok_visa") -> Refund:
    """A refund asked for a while ago, of which the provider was not told yet."""
    order = make_payable_order()
    start_online(order, card_token=card)
    with clock.moved(by=timedelta(minutes=-5)):
        return payments.request_refund(
            order_id=order.pk, amount_minor=5000, reference=f"r:{order.pk}", actor=SYSTEM
        )[0]


def test_sweep_of_refunds_starves_none_behind_those_that_stay_open(psp: PspProcess) -> None:
    slow, quick = _waiting(), _waiting()
    psp.set_faults(async_refund_seconds=3600)
    payments.carry_out_refund(refund_id=slow.pk)
    psp.set_faults(async_refund_seconds=0)

    for _run in range(40):
        payments.sweep_unknown_payments(limit=1)

    slow.refresh_from_db()
    quick.refresh_from_db()
    assert (slow.status, quick.status) == (RefundState.PENDING, RefundState.SUCCEEDED)


def test_sweep_goes_on_behind_a_payment_that_breaks(psp: PspProcess) -> None:
    broken, well = _waiting(), _waiting()
    Payment.objects.filter(pk=broken.payment_id).update(provider="gone")

    payments.sweep_unknown_payments()

    broken.refresh_from_db()
    well.refresh_from_db()
    assert (broken.status, well.status) == (RefundState.PENDING, RefundState.SUCCEEDED)


def test_refund_stays_pending_when_only_the_look_up_is_refused(
    psp: PspProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = _waiting()
    psp.set_faults(async_refund_seconds=3600)

    def refused(_gateway: PspGateway, _provider_id: str) -> Any:
        raise ProviderRefused("payment_not_found")

    with monkeypatch.context() as patched:
        patched.setattr(PspGateway, "fetch", refused)
        done = payments.carry_out_refund(refund_id=waiting.pk)

    assert (done.status, bool(done.provider_reference)) == (RefundState.PENDING, True)
    assert Payment.objects.get().refunding_minor == 5000


def test_refund_stays_pending_when_our_own_key_is_refused(psp: PspProcess, settings: Any) -> None:
    waiting = _waiting()
    settings.PSP_API_KEY = "rotated-too-early"

    done = payments.carry_out_refund(refund_id=waiting.pk)

    assert done.status == RefundState.PENDING


def test_refund_given_while_another_process_heard_of_its_failure_is_booked(
    psp: PspProcess, monkeypatch: Any
) -> None:
    order = make_payable_order()
    payment = start_online(order, card_token="tok_visa")
    made = payments.request_refund(
        order_id=order.pk, amount_minor=2000, reference="r", actor=SYSTEM
    )[0]
    really = PspGateway.refund

    def told_meanwhile(gateway: PspGateway, *args: Any, **over: Any) -> Any:
        locked = settlement.lock_payment(payment.pk, actor=SYSTEM)
        settlement.settle_refund(
            locked,
            Refund.objects.get(pk=made.pk),
            succeeded=False,
            provider_reference="",
            failure_code="refused",
        )
        return really(gateway, *args, **over)

    monkeypatch.setattr(PspGateway, "refund", told_meanwhile)

    for _again in range(2):
        given = payments.carry_out_refund(refund_id=made.pk)

    assert given.status == RefundState.SUCCEEDED
    payment.refresh_from_db()
    assert payment.refunded_minor == refunded_at(psp, payment) == 2000
    assert Incident.objects.get().details["is_booked"] is True
    assert broken_invariants() == {}
