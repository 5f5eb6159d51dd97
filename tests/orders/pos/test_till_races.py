"""Two windows of one till at once: money is taken once, and one sale is made."""

from __future__ import annotations

from collections import Counter as Tally

import pytest

from inventory.locations.models import Method
from omni.core.money import Money
from orders.checkout import at_till
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
