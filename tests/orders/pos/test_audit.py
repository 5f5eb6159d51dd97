"""Each invariant of goods, returns and tills: silent on sound data, and it finds its corruption."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from inventory.locations.models import Method
from omni.access.actor import SYSTEM
from omni.audit.registry import invariants
from omni.core import clock
from orders.aftersales import operations as aftersales
from orders.checkout.operations import Contact, Wish
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import Pickup
from orders.payments.models import Tender
from orders.pos import operations as pos
from tests.factories.customers import make_customer
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.orders_work import (
    Sold,
    code_of,
    collect,
    lines_of,
    make_order,
    make_ready,
    pick_all,
    work_of,
)
from tests.orders.pos.test_till import Counter, card, cash, make_counter, returned

CODES = ["O4", "O5", "O7", "O8", "S8", "D1", "D2", "D3"]
CORRUPTIONS = {
    "O4": "UPDATE orders_orderline SET quantity_fulfilled = quantity_fulfilled - 1"
    " WHERE quantity_fulfilled > quantity_returned",
    "O5": "UPDATE orders_orderline SET quantity_returned = quantity_returned + 1"
    " WHERE quantity_fulfilled > quantity_returned",
    "O7": "DELETE FROM orders_handover WHERE undone_at IS NULL",
    "O8": "UPDATE orders_returncase SET currency = 'GBP' WHERE order_id IS NOT NULL",
    "S8": "UPDATE inventory_stockmovement SET order_line_id = NULL WHERE kind = 'handed_over'",
    "D1": "UPDATE orders_shift SET expected_minor = expected_minor + 1",
    "D2": "DELETE FROM orders_journalentry WHERE number = 1",
    "D3": "DELETE FROM orders_cashentry WHERE kind = 'refund'",
}

pytestmark = pytest.mark.django_db


def offenders(code: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(invariants([code])[0].statement())
        return cursor.fetchall()


def _work_in_the_store(till: Counter) -> None:
    shop = till.shop
    part = make_ready(make_order(shop, Sold(quantity=3), pay=Tender.CASH))
    fulfilment.hand_over(
        fulfilment_order_id=part.pk,
        code=code_of(part),
        quantities={part.lines.get().pk: 1},
        cancel_rest=True,
        actor=SYSTEM,
    )
    wrong = make_order(shop, Sold(quantity=2))
    row = collect(wrong)
    fulfilment.undo_hand_over(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    fulfilment.reject(
        fulfilment_order_id=work_of(make_order(shop, Sold(quantity=2))).pk,
        reason="not_found",
        actor=SYSTEM,
    )
    nobody = make_ready(make_order(shop, pay=Tender.CASH))
    Pickup.objects.filter(pk=nobody.pk).update(window_ends_at=clock.now() - timedelta(days=1))
    fulfilment.mark_no_shows()
    refused = make_ready(make_order(shop, Sold(quantity=2), pay=Tender.CASH))
    fulfilment.refuse_at_counter(fulfilment_order_id=refused.pk, actor=SYSTEM)
    picked = pick_all(work_of(make_order(shop, Sold(quantity=2), pay=Tender.CASH)))
    aftersales.cancel_order(order_id=picked.order_id, actor=SYSTEM)
    make_ready(make_order(shop))


def _parcels(till: Counter) -> None:
    for end in (fulfilment.deliver, fulfilment.send_back, fulfilment.report_lost):
        row = pick_all(work_of(make_order(till.shop, Sold(quantity=2, method=Method.SHIP))))
        fulfilment.pack(fulfilment_order_id=row.pk, carrier="DHL", actor=SYSTEM)
        fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)
        end(fulfilment_order_id=row.pk, actor=SYSTEM)
        if end is fulfilment.send_back:
            fulfilment.receive_back(fulfilment_order_id=row.pk, actor=SYSTEM)


def _till_and_returns(till: Counter) -> None:
    sale = till.sells(
        Wish(till.shop.variant.pk, 1, Method.CARRY_OUT),
        Wish(till.shop.variant.pk, 1, Method.PICKUP, till.shop.nice.pk),
        tenders=[cash(500), card(1500)],
        contact=Contact(name="Eve", phone="+33612345678"),
    )
    pos.void_sale(shift_id=till.shift.pk, order_id=sale.order.pk, reason="x", actor=SYSTEM)
    order = till.sells().order
    dear = make_variant()
    make_listing(dear, till.shop.channel, price_minor=1500)
    stock_up(dear, till.shop.lyon, 5)
    pos.exchange(
        shift_id=till.shift.pk,
        returned=returned(till, order, kind="exchange"),
        wishes=[Wish(dear.pk, 1, Method.CARRY_OUT)],
        tenders=[cash(500)],
        actor=till.ben,
    )
    other = till.sells().order
    pos.return_at_till(shift_id=till.shift.pk, wanted=returned(till, other), actor=till.ben)
    kept = collect(make_order(till.shop, pay=Tender.CASH)).order
    aftersales.return_at_counter(wanted=returned(till, kept), actor=SYSTEM)
    customer = make_customer()
    sold = collect(make_order(till.shop, Sold(quantity=2), customer_id=customer.pk)).order
    line = lines_of(sold)[0]
    case = aftersales.request_return(
        order_id=sold.pk,
        units=[aftersales.ReturnUnits(line.pk, 1)],
        actor=till.customer(customer.pk, sold),
    )
    aftersales.authorise(case_id=case.pk, actor=SYSTEM)
    aftersales.receive(case_id=case.pk, location_id=till.shop.nice.pk, actor=SYSTEM)
    loose = aftersales.return_without_receipt(
        wanted=aftersales.LooseReturn(
            location_id=till.shop.lyon.pk,
            channel_id=till.shop.channel.pk,
            customer_id=customer.pk,
            units=[aftersales.LooseUnits(till.shop.variant.pk, 1)],
            evidence="tag",
        ),
        actor=SYSTEM,
    )
    pos.pay_out_return(shift_id=till.shift.pk, case_id=loose.pk, actor=till.ben)
    pos.count_shift(shift_id=till.shift.pk, counted_minor=till.drawer() + 5, actor=till.ben)
    pos.close_shift(shift_id=till.shift.pk, difference_reason="found", actor=till.ben)


def sound() -> None:
    """A day in the store, made by the operations."""
    till = make_counter(units=60)
    _work_in_the_store(till)
    _parcels(till)
    _till_and_returns(till)


def test_audit_is_silent_after_a_day_in_the_store() -> None:
    sound()

    broken = {each.code: offenders(each.code) for each in invariants() if each.code[0] in "OSPD"}

    assert {code: rows for code, rows in broken.items() if rows} == {}
    assert set(CODES) <= set(broken)


@pytest.mark.parametrize("code", CODES)
def test_audit_finds_its_corruption(code: str) -> None:
    sound()

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(CORRUPTIONS[code])

    assert offenders(code)
