"""The back office's pages of payments: for looking, by those who may see the order."""

from __future__ import annotations

import pytest

from omni.access.actor import SYSTEM
from orders.payments import operations as payments
from orders.payments.models import Refund
from tests.factories.inventory import make_location
from tests.factories.omni import make_staff, staff_client
from tests.factories.payments import make_payable_order, pay_in_cash

pytestmark = pytest.mark.django_db


def test_payment_pages_show_the_ledger_and_change_nothing() -> None:
    order = make_payable_order()
    payment = pay_in_cash(order)
    payments.record_cash_refund(order_id=order.pk, amount_minor=1000, reference="r", actor=SYSTEM)
    ada = staff_client(make_staff("payments.view"))
    page = f"/admin/orders/payment/{payment.pk}/change/"

    listed, shown = ada.get("/admin/orders/payment/"), ada.get(page)
    refunds, events = ada.get("/admin/orders/refund/"), ada.get("/admin/orders/providerevent/")

    assert [answer.status_code for answer in (listed, shown, refunds, events)] == [200] * 4
    assert order.number in listed.content.decode()
    assert f"refund:{Refund.objects.get().pk}" in shown.content.decode()
    assert ada.post(page, {"status": "failed"}).status_code == 403


def test_payment_pages_are_closed_to_others() -> None:
    payment = pay_in_cash(make_payable_order())
    clerk = staff_client(make_staff("orders.view"))
    cleo = staff_client(make_staff("payments.view", location_id=make_location().pk))
    page = f"/admin/orders/payment/{payment.pk}/change/"

    assert clerk.get("/admin/orders/payment/").status_code == 403
    assert clerk.get(page).status_code == 403
    assert str(payment.pk) not in cleo.get("/admin/orders/payment/").content.decode()
    assert cleo.get(page).status_code in (302, 404)
