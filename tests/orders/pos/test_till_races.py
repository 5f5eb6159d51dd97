"""Two windows of one till at once: money is taken once, and one sale is made."""

from __future__ import annotations

from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from inventory.locations.models import Method
from omni.core.money import Money
from orders.checkout import at_till
from orders.checkout.models import Cart, CartStatus
from orders.checkout.operations import CartRef, Wish, read_cart
from orders.payments.models import Payment, Tender
from orders.pos import taking, till_sales
from orders.pos.models import TakenTender
from orders.pos.selling import till_of
from orders.pos.taking import Intended, Offered
from orders.sales.models import Order
from tests.orders.pos.test_races import race
from tests.orders.pos.test_till import Counter, make_counter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("concurrency")]
TIMES = 3


def begun(till: Counter) -> Intended:
    """A sale over 10.00 as a page shows it."""
    wish = Wish(till.shop.variant.pk, 1, Method.CARRY_OUT)
    till_sales.scan_in(shift_id=till.shift.pk, wish=wish, actor=till.ben)
    cart_id = at_till.open_sale(till.register.pk)
    assert cart_id
    state = read_cart(CartRef(cart_id, till=till_of(till.shift)), actor=till.ben)
    return Intended(cart_id, state.header.version, Money(state.quote.total_minor, "EUR"))


def test_paid_in_four_windows_is_one_sale_and_one_payment() -> None:
    till = make_counter(units=30)
    for time in range(TIMES):
        intended = begun(till)
        offered = Offered(Tender.CASH, given_minor=2000)

        said = race(
            [
                lambda: taking.take_tender(
                    shift_id=till.shift.pk,
                    intended=intended,  # noqa: B023
                    offered=offered,  # noqa: B023
                    actor=till.ben,
                )
            ]
            * 4
        )

        assert said == ["done"] * 4
        assert Order.objects.count() == Payment.objects.count() == time + 1
        assert TakenTender.objects.filter(cart_id=intended.cart_id).count() == 1


def test_parts_taken_at_once_never_exceed_the_total() -> None:
    till = make_counter(units=30)
    for _time in range(TIMES):
        intended = begun(till)
        offered = Offered(Tender.CASH, amount_minor=400, given_minor=400)

        said = race(
            [
                lambda: taking.take_tender(
                    shift_id=till.shift.pk,
                    intended=intended,  # noqa: B023
                    offered=offered,  # noqa: B023
                    actor=till.ben,
                )
            ]
            * 4
        )

        assert Tally(said) == {"done": 2, "tenders_do_not_match": 2}
        taken = taking.taken_for(intended.cart_id)
        assert sum(each.amount_minor for each in taken) == 800
        for each in taken:
            taking.give_tender_back(
                shift_id=till.shift.pk,
                cart_id=intended.cart_id,
                tender_id=each.pk,
                actor=till.ben,
            )
        taking.call_off(shift_id=till.shift.pk, cart_id=intended.cart_id, actor=till.ben)


def test_given_back_and_finished_at_once_is_one_or_the_other() -> None:
    till = make_counter(units=30)
    for time in range(TIMES):
        intended = begun(till)
        slip = f"slip-{time}"
        part = Offered(Tender.CARD_TERMINAL, amount_minor=400, terminal_reference=slip)
        rest = Offered(Tender.CASH, amount_minor=600, given_minor=600)
        values = {"shift_id": till.shift.pk, "actor": till.ben}
        taking.take_tender(intended=intended, offered=part, **values)
        card = TakenTender.objects.get(cart_id=intended.cart_id)
        back = {"cart_id": intended.cart_id, "tender_id": card.pk, **values}

        said = race(
            [
                lambda: taking.give_tender_back(**back),  # noqa: B023
                lambda: taking.give_tender_back(**back),  # noqa: B023
                lambda: taking.take_tender(intended=intended, offered=rest, **values),  # noqa: B023
            ]
        )

        card.refresh_from_db()
        paid = list(
            Payment.objects.filter(order__cart_id=intended.cart_id)
            .order_by("amount_minor")
            .values_list("amount_minor", flat=True)
        )
        if card.returned_at is None:
            assert Tally(said) == {"done": 1, "cart_ordered": 2}
            assert paid == [400, 600]
        else:
            assert Tally(said) == {"done": 3}
            assert paid == []
            assert [each.amount_minor for each in taking.taken_for(intended.cart_id)] == [600]
            taking.take_tender(
                intended=intended, offered=Offered(Tender.CASH, given_minor=400), **values
            )


def test_called_off_and_paid_in_part_at_once_loses_no_money() -> None:
    till = make_counter(units=30)
    for _time in range(TIMES * 2):
        intended = begun(till)
        values = {"shift_id": till.shift.pk, "actor": till.ben}
        part = Offered(Tender.CASH, amount_minor=400, given_minor=400)

        said = race(
            [
                lambda: taking.call_off(cart_id=intended.cart_id, **values),  # noqa: B023
                lambda: taking.take_tender(intended=intended, offered=part, **values),  # noqa: B023
            ]
        )

        cart = Cart.objects.get(pk=intended.cart_id)
        taken = taking.taken_for(intended.cart_id)
        assert Tally(said)["done"] == 1
        assert (cart.status == CartStatus.AT_TILL) == bool(taken)
        for each in taken:
            taking.give_tender_back(cart_id=intended.cart_id, tender_id=each.pk, **values)
            taking.call_off(cart_id=intended.cart_id, **values)


def test_call_off_looks_at_the_money_under_the_lock_of_the_cart() -> None:
    till = make_counter(units=30)
    intended = begun(till)
    values = {"shift_id": till.shift.pk, "actor": till.ben}
    part = Offered(Tender.CASH, amount_minor=400, given_minor=400)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            taking.take_tender(intended=intended, offered=part, **values)
            rival = pool.submit(race, [lambda: taking.call_off(cart_id=intended.cart_id, **values)])
            wait_for_lock()
        said = rival.result(timeout=20)

    assert said == ["tenders_taken"]
    assert Cart.objects.get(pk=intended.cart_id).status == CartStatus.AT_TILL


def wait_for_lock() -> None:
    """Until another connection to this database waits for a row."""
    statement = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with connection.cursor() as cursor:
        for _turn in range(10_000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(statement)
            if cursor.fetchone()[0]:
                return
    raise AssertionError
