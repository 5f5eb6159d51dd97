"""Authorised cards of goods that wait longer than their authorisation lives."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from omni.access.actor import SYSTEM
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.errors import NotPaid
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.payments.models import CaptureMethod, Payment, PaymentState
from orders.payments.operations import PaymentDeclined
from tests.factories.orders_work import Sold, code_of, make_order, make_ready, make_shop, pick_all
from tests.factories.orders_work import work_of as work
from tests.factories.payments import start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import broken_invariants, psp, psp_process, receiver

__all__ = ["psp", "psp_process", "receiver"]

pytestmark = pytest.mark.django_db(transaction=True)


def waiting() -> tuple[FulfilmentOrder, Payment]:
    """Two units on a shelf, the card authorised only."""
    order = make_order(make_shop(), Sold(quantity=2), pay="")
    payment = start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)
    fulfilment.confirm_if_paid(order_id=order.pk)
    row = make_ready(order)
    assert (row.status, payment.status) == (FulfilmentState.READY, PaymentState.AUTHORISED)
    return row, payment


def test_money_is_taken_where_the_authorisation_would_lapse(psp: PspProcess, settings: Any) -> None:
    settings.PSP_AUTHORISATION_DAYS = 1
    row, payment = waiting()

    looked_at = [fulfilment.capture_lapsing_authorisations() for _ in range(2)]

    payment.refresh_from_db()
    assert looked_at == [1, 0]
    assert (payment.status, payment.captured_minor) == (PaymentState.CAPTURED, 2000)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    assert broken_invariants() == {}


def test_money_is_left_where_the_authorisation_lives_long_enough(
    psp: PspProcess, settings: Any
) -> None:
    settings.PSP_AUTHORISATION_DAYS = 60
    _row, payment = waiting()

    assert fulfilment.capture_lapsing_authorisations() == 0

    payment.refresh_from_db()
    assert payment.captured_minor == 0


def test_money_is_left_until_the_goods_wait(psp: PspProcess, settings: Any) -> None:
    settings.PSP_AUTHORISATION_DAYS = 1
    order = make_order(make_shop(), pay="")
    start_online(order, card_token="tok_visa", capture_method=CaptureMethod.MANUAL)
    fulfilment.confirm_if_paid(order_id=order.pk)
    pick_all(work(order))

    assert fulfilment.capture_lapsing_authorisations() == 0


def test_goods_stay_on_their_shelf_if_the_money_cannot_be_taken(
    psp: PspProcess, settings: Any
) -> None:
    settings.PSP_AUTHORISATION_DAYS = 1
    row, payment = waiting()
    path = f"/v1/payments/{payment.provider_reference}/void"
    psp.request("POST", path, key=str(uuid4()), json={"reference": "gone"}).raise_for_status()

    for _ in range(2):
        fulfilment.capture_lapsing_authorisations()

    row.refresh_from_db()
    payment.refresh_from_db()
    assert (row.status, payment.captured_minor) == (FulfilmentState.READY, 0)
    with pytest.raises((NotPaid, PaymentDeclined)):
        fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    row.refresh_from_db()
    assert row.status == FulfilmentState.READY
