"""A pickup whose card cannot be charged when it is collected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentState
from orders.payments.models import CaptureMethod, PaymentState
from orders.payments.operations import PaymentDeclined
from orders.pos import operations as pos
from orders.pos.operations import Collection
from tests.factories.orders_work import Sold, code_of, make_order, make_ready
from tests.factories.payments import start_online
from tests.omni.local.psp.process import PspProcess
from tests.orders.payments.conftest import broken_invariants, psp, psp_process, receiver
from tests.orders.pos.test_till import cash, make_counter

__all__ = ["psp", "psp_process", "receiver"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_till_takes_another_tender_once_the_card_is_declined(psp: PspProcess) -> None:
    till = make_counter()
    order = make_order(till.shop, Sold(quantity=2), pay="")
    payment = start_online(
        order, card_token="tok_capture_fails", capture_method=CaptureMethod.MANUAL
    )
    fulfilment.confirm_if_paid(order_id=order.pk)
    row = make_ready(order)
    wanted = Collection(
        shift_id=till.shift.pk, fulfilment_order_id=row.pk, code=code_of(row), tenders=[]
    )

    with pytest.raises(PaymentDeclined):
        pos.collect(collection=wanted, actor=till.ben)

    row.refresh_from_db()
    payment.refresh_from_db()
    assert (row.status, payment.status) == (FulfilmentState.READY, PaymentState.VOIDED)
    assert (
        psp.request("GET", f"/v1/payments/{payment.provider_reference}").json()["status"]
        == "voided"
    )
    pos.collect(collection=replace(wanted, tenders=[cash(2000)]), actor=till.ben)
    row.refresh_from_db()
    assert row.status == FulfilmentState.HANDED_OVER
    assert till.drawer() == 12_000
    assert broken_invariants() == {}
