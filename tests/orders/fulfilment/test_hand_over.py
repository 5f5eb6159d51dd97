"""Hand-over at the counter: proof, money, goods; once."""

from __future__ import annotations

import pytest

from inventory.stock.models import MovementKind, Reservation, ReservationStatus, StockMovement
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from omni.work.models import Incident
from orders.fulfilment import errors
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.hand_over import UNDO_WITHIN
from orders.fulfilment.models import FulfilmentState, HandOver, Pickup
from orders.payments import operations as payments
from orders.payments.models import Refund, RefundState, Tender
from orders.sales.models import FulfilmentStatus, OrderStatus, PaymentPolicy
from tests.factories.omni import staff_actor
from tests.factories.orders_work import (
    Sold,
    code_of,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    snapshot,
    take_payment,
)

pytestmark = pytest.mark.django_db


def test_hand_over_with_code_moves_goods_and_completes_the_order() -> None:
    shop = make_shop(units=5)
    order = make_order(shop, Sold(quantity=2))
    row = make_ready(order)

    done = fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row).lower(), actor=SYSTEM)

    assert done.status == FulfilmentState.HANDED_OVER
    order.refresh_from_db()
    assert (order.status, order.fulfilment_status) == (
        OrderStatus.COMPLETED,
        FulfilmentStatus.FULFILLED,
    )
    level = shop.level()
    assert (level.on_hand, level.committed) == (3, 0)
    moved = StockMovement.objects.get(level=level, kind=MovementKind.HANDED_OVER)
    given = HandOver.objects.get(fulfilment_order=row)
    assert (moved.quantity, moved.reference) == (-2, given.reference)
    assert (given.proof, given.handed_over_to, given.principal) == ("code", "Eve Adams", "system")
    assert lines_of(order)[0].quantity_fulfilled == 2
    assert Reservation.objects.get(order_line_id=lines_of(order)[0].pk).status == (
        ReservationStatus.CONSUMED
    )
    assert StoredEvent.objects.filter(type="pickup.handed_over", aggregateid=order.pk).count() == 1


def test_hand_over_twice_tells_who_and_when() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    before = snapshot(order.pk)

    with pytest.raises(errors.AlreadyHandedOver) as refused:
        fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    assert refused.value.details["handed_over_by"] == "system"
    assert snapshot(order.pk) == before


def test_hand_over_repeated_with_its_key_returns_the_first() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)

    for _time in range(2):
        done = fulfilment.hand_over(
            fulfilment_order_id=row.pk, code=code_of(row), request_key="k1", actor=SYSTEM
        )
        assert done.status == FulfilmentState.HANDED_OVER

    assert HandOver.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_hand_over_wrong_code_counts_although_it_fails_and_locks_after_five() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)

    for left in (4, 3, 2, 1):
        with pytest.raises(errors.WrongPickupCode) as wrong:
            fulfilment.hand_over(fulfilment_order_id=row.pk, code="WRONG", actor=SYSTEM)
        assert wrong.value.details == {"attempts_left": left}
        assert Pickup.objects.get(pk=row.pk).code_attempts == 5 - left
    with pytest.raises(errors.PickupCodeLocked):
        fulfilment.hand_over(fulfilment_order_id=row.pk, code="WRONG", actor=SYSTEM)
    with pytest.raises(errors.PickupCodeLocked):
        fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    pickup = Pickup.objects.get(pk=row.pk)
    assert pickup.code_attempts == 5
    assert pickup.locked_at is not None
    assert Incident.objects.filter(kind="pickup_code_locked").count() == 1
    assert shop.level().on_hand == 10


def test_renew_code_unlocks_and_the_old_code_is_dead() -> None:
    shop = make_shop()
    row = make_ready(make_order(shop))
    old = code_of(row)
    Pickup.objects.filter(pk=row.pk).update(code_attempts=5, locked_at=clock.now())

    fulfilment.renew_code(fulfilment_order_id=row.pk, actor=SYSTEM)

    with pytest.raises(errors.WrongPickupCode):
        fulfilment.hand_over(fulfilment_order_id=row.pk, code=old, actor=SYSTEM)
    done = fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    assert done.status == FulfilmentState.HANDED_OVER


def test_hand_over_by_id_needs_a_key_holder() -> None:
    shop = make_shop()
    row = make_ready(make_order(shop))
    clerk = staff_actor(Permission.PICKUP_HAND_OVER, location_id=shop.lyon.pk)
    key_holder = staff_actor(
        Permission.PICKUP_HAND_OVER,
        Permission.PICKUP_HAND_OVER_BY_ID,
        location_id=shop.lyon.pk,
    )

    with pytest.raises(errors.IdCheckNeeded):
        fulfilment.hand_over(fulfilment_order_id=row.pk, id_kind="passport", actor=clerk)
    fulfilment.hand_over(fulfilment_order_id=row.pk, id_kind="passport", actor=key_holder)

    assert HandOver.objects.get().proof == "passport"


def test_hand_over_of_another_store_looks_like_none() -> None:
    shop = make_shop()
    row = make_ready(make_order(shop))
    cleo = staff_actor(Permission.PICKUP_HAND_OVER, location_id=shop.nice.pk)

    with pytest.raises(NotFound):
        fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=cleo)

    assert Pickup.objects.get(pk=row.pk).code_attempts == 0


def test_hand_over_to_delegate_needs_a_name() -> None:
    shop = make_shop()
    row = make_ready(make_order(shop))

    with pytest.raises(errors.NoDelegateNamed):
        fulfilment.hand_over(
            fulfilment_order_id=row.pk, code=code_of(row), is_delegate=True, actor=SYSTEM
        )
    Pickup.objects.filter(pk=row.pk).update(delegate_name="Bob")
    fulfilment.hand_over(
        fulfilment_order_id=row.pk, code=code_of(row), is_delegate=True, actor=SYSTEM
    )

    assert HandOver.objects.get().handed_over_to == "Bob"


def test_hand_over_pay_at_collection_waits_for_the_money() -> None:
    shop = make_shop()
    order = make_order(
        shop, Sold(quantity=2), pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION
    )
    row = make_ready(order)

    with pytest.raises(errors.NotPaid) as unpaid:
        fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    assert unpaid.value.details["due_minor"] == 2000
    assert shop.level().on_hand == 10
    take_payment(order, 2000, Tender.CASH)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED


def test_hand_over_part_keeps_the_rest_on_the_shelf() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=3))
    row = make_ready(order)
    line = row.lines.get()

    part = fulfilment.hand_over(
        fulfilment_order_id=row.pk, code=code_of(row), quantities={line.pk: 1}, actor=SYSTEM
    )
    assert part.status == FulfilmentState.PARTLY_HANDED_OVER
    assert shop.level().on_hand == 9
    rest = fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    assert rest.status == FulfilmentState.HANDED_OVER
    level = shop.level()
    assert (level.on_hand, level.committed) == (7, 0)


def test_hand_over_part_and_cancel_the_rest_refunds_it_and_frees_it_when_put_back() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=3), pay=Tender.CASH)
    row = make_ready(order)
    line = row.lines.get()

    fulfilment.hand_over(
        fulfilment_order_id=row.pk,
        code=code_of(row),
        quantities={line.pk: 1},
        cancel_rest=True,
        actor=SYSTEM,
    )
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.status) == (2000, RefundState.PENDING)
    assert shop.level().committed == 2
    fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)

    row.refresh_from_db()
    level = shop.level()
    assert row.status == FulfilmentState.CLOSED
    assert (level.on_hand, level.committed) == (9, 0)


def test_hand_over_more_than_waits_is_refused() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)
    line = row.lines.get()
    before = snapshot(order.pk)

    with pytest.raises(errors.QuantityBeyondLine):
        fulfilment.hand_over(
            fulfilment_order_id=row.pk, code=code_of(row), quantities={line.pk: 2}, actor=SYSTEM
        )

    assert snapshot(order.pk) == before


def test_undo_hand_over_puts_the_goods_on_the_shelf_again() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2))
    row = make_ready(order)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    undone = fulfilment.undo_hand_over(fulfilment_order_id=row.pk, reason="bag", actor=SYSTEM)

    order.refresh_from_db()
    level = shop.level()
    assert undone.status == FulfilmentState.READY
    assert (level.on_hand, level.committed) == (10, 2)
    assert order.status == OrderStatus.CONFIRMED
    assert lines_of(order)[0].quantity_fulfilled == 0
    assert HandOver.objects.get().undone_by == "system"
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    assert shop.level().on_hand == 8


def test_undo_hand_over_after_fifteen_minutes_is_refused() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    HandOver.objects.update(occurred_at=clock.now() - UNDO_WITHIN * 2)
    before = snapshot(order.pk)

    with pytest.raises(errors.UndoTooLate):
        fulfilment.undo_hand_over(fulfilment_order_id=row.pk, actor=SYSTEM)

    assert snapshot(order.pk)["levels"] == before["levels"]


def test_refuse_at_counter_refunds_and_frees_only_at_put_back() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = make_ready(order)

    fulfilment.refuse_at_counter(fulfilment_order_id=row.pk, reason="colour", actor=SYSTEM)
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert Refund.objects.get().amount_minor == 2000
    assert shop.level().committed == 2
    fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)

    row.refresh_from_db()
    assert row.status == FulfilmentState.CLOSED
    assert shop.level().committed == 0
    with pytest.raises(errors.NothingToPutBack):
        fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)


def test_hand_over_before_ready_counts_no_attempt() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = order.fulfilment_orders.get()

    with pytest.raises(InvalidTransition):
        fulfilment.hand_over(fulfilment_order_id=row.pk, code="WRONG", actor=SYSTEM)

    assert Pickup.objects.get(pk=row.pk).code_attempts == 0


def test_hand_over_does_not_ask_again_for_money_given_as_a_favour() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = make_ready(order)
    payments.refund_payment(order_id=order.pk, amount_minor=200, reference="sorry", actor=SYSTEM)

    done = fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    assert done.status == FulfilmentState.HANDED_OVER


def test_hand_over_is_refused_to_who_got_everything_back() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = make_ready(order)
    payments.refund_payment(order_id=order.pk, amount_minor=2000, reference="all", actor=SYSTEM)
    before = snapshot(order.pk)

    with pytest.raises(errors.NotPaid):
        fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)

    assert snapshot(order.pk) == before
