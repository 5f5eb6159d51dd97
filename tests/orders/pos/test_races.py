"""Rivals: two terminals, two stores, a sweep and a customer, two clicks. One of them gets it."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from inventory.stock.models import StockMovement
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.errors import DomainError
from orders.aftersales import operations as aftersales
from orders.aftersales.operations import CounterReturn, ReturnUnits
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder, HandOver, Pickup
from orders.payments.models import Refund, Tender
from orders.pos import operations as pos
from orders.pos.models import JournalEntry, Shift
from orders.sales.models import Order
from tests.factories.orders_work import (
    Sold,
    code_of,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
)
from tests.orders.pos.test_till import cash, exchanges, make_counter, sold_two_and_gave_back

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("concurrency")]
TIMES = 3


def race(works: Sequence[Callable[[], Any]]) -> list[str]:
    """Run all at once; "done", or the code of the error that each raised."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> str:
        try:
            barrier.wait(timeout=10)
            work()
        except DomainError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_handed_over_at_two_terminals_once() -> None:
    shop = make_shop(units=30)
    for _time in range(TIMES):
        row = make_ready(make_order(shop))
        code = code_of(row)

        said = race(
            [lambda: fulfilment.hand_over(fulfilment_order_id=row.pk, code=code, actor=SYSTEM)] * 4  # noqa: B023
        )

        assert Tally(said) == {"done": 1, "already_handed_over": 3}
        assert HandOver.objects.filter(fulfilment_order=row).count() == 1
    assert StockMovement.objects.filter(kind="handed_over").count() == TIMES


def test_wrong_codes_at_once_are_never_more_than_five() -> None:
    row = make_ready(make_order(make_shop()))

    said = race(
        [lambda: fulfilment.hand_over(fulfilment_order_id=row.pk, code="WRONG", actor=SYSTEM)] * 12
    )

    assert Tally(said) == {"wrong_pickup_code": 4, "pickup_code_locked": 8}
    assert Pickup.objects.get(pk=row.pk).code_attempts == 5


def test_collect_against_the_end_of_the_window() -> None:
    shop = make_shop(units=30)
    for _time in range(TIMES):
        row = make_ready(make_order(shop))
        code = code_of(row)
        Pickup.objects.filter(pk=row.pk).update(window_ends_at=clock.now() - timedelta(hours=1))

        race(
            [
                lambda: fulfilment.hand_over(fulfilment_order_id=row.pk, code=code, actor=SYSTEM),  # noqa: B023
                fulfilment.mark_no_shows,
            ]
        )

        row.refresh_from_db()
        given = HandOver.objects.filter(fulfilment_order=row).count()
        assert (row.status, given) in {("handed_over", 1), ("no_show", 0)}


def test_returned_at_two_stores_at_once() -> None:
    shop = make_shop(units=30)
    for _time in range(TIMES):
        order = make_order(shop, pay=Tender.CASH)
        collect(order)
        line = lines_of(order)[0]

        def take(place: Any, order: Order = order, line: Any = line) -> None:
            aftersales.return_at_counter(
                wanted=CounterReturn(
                    location_id=place.pk,
                    order_number=order.number,
                    units=[ReturnUnits(line.pk, 1)],
                ),
                actor=SYSTEM,
            )

        said = race([lambda: take(shop.lyon), lambda: take(shop.nice)] * 2)

        assert Tally(said) == {"done": 1, "return_beyond_bought": 3}
        refunds = Refund.objects.filter(payment__order=order)
        assert [refund.amount_minor for refund in refunds] == [1000]


def test_cancelled_against_picked_and_rejected() -> None:
    shop = make_shop(units=30)
    for _time in range(TIMES):
        order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
        row = FulfilmentOrder.objects.get(order=order)

        race(
            [
                lambda: aftersales.cancel_order(order_id=order.pk, actor=SYSTEM),  # noqa: B023
                lambda: fulfilment.reject(
                    fulfilment_order_id=row.pk,  # noqa: B023
                    reason="no_capacity",
                    actor=SYSTEM,
                ),
                lambda: aftersales.cancel_order(order_id=order.pk, actor=SYSTEM),  # noqa: B023
            ]
        )

        order.refresh_from_db()
        assert order.status == "cancelled"
        assert sum(r.amount_minor for r in Refund.objects.filter(payment__order=order)) == 2000
    assert (shop.level().committed, shop.level(shop.nice).committed) == (0, 0)


def test_a_register_opens_once_and_its_journal_counts_on() -> None:
    till = make_counter(units=20)
    pos.count_shift(shift_id=till.shift.pk, counted_minor=10_000, actor=till.ben)
    pos.close_shift(shift_id=till.shift.pk, actor=till.ben)

    said = race(
        [lambda: pos.open_shift(register_id=till.register.pk, float_minor=5_000, actor=till.ben)]
        * 4
    )

    assert Tally(said) == {"done": 1, "shift_already_open": 3}
    till.shift = Shift.objects.get(status="open")
    sold = race([till.sells] * 6)
    assert Tally(sold) == {"done": 6}
    numbers = JournalEntry.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6]
    assert till.drawer() == 11_000


def test_two_exchanges_at_once_share_the_money_that_is_left() -> None:
    till = make_counter(units=30)
    for _time in range(TIMES):
        order = sold_two_and_gave_back(till, 1200, reference=f"sorry:{_time}")

        said = race([lambda: exchanges(till, order, cash(200))] * 2)  # noqa: B023

        assert Tally(said) == {"done": 1, "tenders_do_not_match": 1}
