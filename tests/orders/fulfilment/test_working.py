"""From confirmed to ready: creation, picking, shorts, rejection, the shelf and its window."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from inventory.locations.hours import Hours, Span
from inventory.locations.models import (
    CapacitySlot,
    HoursException,
    LocationService,
    Method,
    OpeningHours,
    Service,
)
from inventory.stock import operations as stock
from inventory.stock.models import StockBucket
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotFound
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from omni.work.models import Incident, Task
from orders.aftersales import operations as aftersales
from orders.fulfilment import errors
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.calendar import Calendar, Terms
from orders.fulfilment.models import (
    MOVES_BY_METHOD,
    FulfilmentOrder,
    FulfilmentState,
    Pickup,
)
from orders.fulfilment.shelf_findings import UnknownReason
from orders.payments.models import Refund, Tender
from orders.sales.models import Order, OrderStatus, PaymentPolicy
from tests.factories.inventory import make_variant, stock_up
from tests.factories.omni import staff_actor
from tests.factories.orders_work import (
    Shop,
    Sold,
    code_of,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
    pick_all,
    snapshot,
    work_of,
)

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
NINE_TO_SIX = {day: [Span(time(9), time(18))] for day in range(5)}
PARIS = Calendar(
    Hours("Europe/Paris", NINE_TO_SIX, {MONDAY.date() + timedelta(days=1): None}),
    {"pickup": Terms(lead_minutes=120, window_days=5)},
)


@pytest.mark.parametrize(
    ("arrives", "due"),
    [
        (MONDAY, MONDAY + timedelta(hours=2)),
        (MONDAY + timedelta(hours=8), datetime(2026, 11, 25, 9, tzinfo=UTC)),
        (datetime(2026, 11, 28, 12, tzinfo=UTC), datetime(2026, 11, 30, 10, tzinfo=UTC)),
    ],
)
def test_calendar_counts_lead_time_in_open_hours(arrives: datetime, due: datetime) -> None:
    assert PARIS.due_after(arrives, "pickup") == due


def test_calendar_ends_a_window_at_the_close_of_an_open_day() -> None:
    # Five days after Monday is a Saturday: closed, so Monday evening.
    assert PARIS.window_end(MONDAY, "pickup") == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_calendar_without_hours_works_round_the_clock() -> None:
    always = Calendar(Hours("UTC"), {"ship": Terms(lead_minutes=60)})

    assert always.due_after(MONDAY, "ship") == MONDAY + timedelta(hours=1)


def test_create_makes_one_work_per_place_and_method() -> None:
    shop = make_shop()

    order = make_order(
        shop,
        Sold(quantity=2),
        Sold(quantity=1, location=shop.nice),
        Sold(quantity=1, method=Method.SHIP),
    )

    rows = FulfilmentOrder.objects.filter(order=order)
    assert {(row.location_id, row.method, row.status) for row in rows} == {
        (shop.lyon.pk, "pickup", "new"),
        (shop.nice.pk, "pickup", "new"),
        (shop.lyon.pk, "ship", "new"),
    }
    assert Pickup.objects.count() == 2
    assert all(row.due_at for row in rows)


def test_create_costs_one_insert_and_one_read(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), Sold(location=shop.nice))
    FulfilmentOrder.objects.filter(order=order).exclude(pk=None)
    lines = lines_of(order)
    clock.now()

    with django_assert_num_queries(4):  # savepoint in and out
        fulfilment.create_fulfilment_orders(order=order, lines=lines, actor=SYSTEM)


def test_confirm_if_paid_is_repeatable_and_the_sweep_finds_what_a_crash_left() -> None:
    shop = make_shop()
    order = make_order(shop)
    assert fulfilment.confirm_if_paid(order_id=order.pk)
    assert FulfilmentOrder.objects.filter(order=order).count() == 1
    unpaid = make_order(shop, pay="")
    assert unpaid.status == OrderStatus.PLACED
    late = make_order(shop, pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION)
    late.fulfilment_orders.get().lines.all().delete()
    Pickup.objects.filter(fulfilment_order__order=late).delete()
    FulfilmentOrder.objects.filter(order=late).delete()

    assert fulfilment.confirm_paid_orders() == 1

    assert FulfilmentOrder.objects.filter(order=late).count() == 1
    assert not FulfilmentOrder.objects.filter(order=unpaid).exists()


def test_carry_out_leaves_at_once() -> None:
    shop = make_shop()

    order = make_order(
        shop, Sold(quantity=2, method=Method.CARRY_OUT), payment_policy=PaymentPolicy.AT_TILL
    )

    level = shop.level()
    assert work_of(order).status == FulfilmentState.HANDED_OVER
    assert (level.on_hand, level.committed) == (8, 0)
    assert order.status == OrderStatus.COMPLETED


def test_accept_needs_a_confirmed_order() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = work_of(order)
    Order.objects.filter(pk=order.pk).update(status=OrderStatus.PLACED)

    with pytest.raises(errors.OrderNotConfirmed):
        fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)

    row.refresh_from_db()
    assert row.status == FulfilmentState.NEW


def test_work_of_another_store_looks_like_none() -> None:
    shop = make_shop()
    row = work_of(make_order(shop))
    cleo = staff_actor(Permission.FULFILMENT_WORK, location_id=shop.nice.pk)
    ben = staff_actor(Permission.FULFILMENT_WORK, location_id=shop.lyon.pk)

    with pytest.raises(NotFound):
        fulfilment.accept(fulfilment_order_id=row.pk, actor=cleo)
    accepted = fulfilment.accept(fulfilment_order_id=row.pk, actor=ben)

    assert accepted.status == FulfilmentState.ACCEPTED


def test_pick_short_cancels_refunds_and_asks_for_a_count() -> None:
    shop = make_shop(units=5)
    order = make_order(shop, Sold(quantity=3), pay=Tender.CASH)
    row = work_of(order)
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    line = row.lines.get()

    for _again in range(2):
        fulfilment.pick_line(
            fulfilment_order_id=row.pk, line_id=line.pk, picked=2, short=1, actor=SYSTEM
        )

    sold = lines_of(order)[0]
    order.refresh_from_db()
    level = shop.level()
    assert (sold.quantity_cancelled, sold.cancelled_minor) == (1, 1000)
    assert order.cancelled_minor == 1000
    assert Refund.objects.get().amount_minor == 1000
    assert (level.on_hand, level.committed, level.unavailable) == (5, 2, 1)
    assert StockBucket.objects.get(level=level, quantity__gt=0).bucket == "inspect"
    assert Task.objects.filter(kind="count").count() == 1
    assert Incident.objects.filter(kind="units_not_found").count() == 1


def test_pick_everything_short_cancels_the_order() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = work_of(order)
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)

    fulfilment.pick_line(
        fulfilment_order_id=row.pk, line_id=row.lines.get().pk, picked=0, short=2, actor=SYSTEM
    )

    order.refresh_from_db()
    row.refresh_from_db()
    assert (order.status, row.status) == (OrderStatus.CANCELLED, FulfilmentState.CANCELLED)
    assert Refund.objects.get().amount_minor == 2000


@pytest.mark.parametrize(("picked", "short"), [(3, 0), (1, 2), (-1, 0)])
def test_pick_beyond_the_line_changes_nothing(picked: int, short: int) -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2))
    row = work_of(order)
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    before = snapshot(order.pk)

    with pytest.raises(errors.QuantityBeyondLine):
        fulfilment.pick_line(
            fulfilment_order_id=row.pk,
            line_id=row.lines.get().pk,
            picked=picked,
            short=short,
            actor=SYSTEM,
        )

    assert snapshot(order.pk) == before


def test_reject_routes_to_the_nearest_store_that_has_it() -> None:
    shop = make_shop(units=5)
    order = make_order(shop, Sold(quantity=2))
    row = work_of(order)

    fulfilment.reject(fulfilment_order_id=row.pk, reason="not_found", actor=SYSTEM)

    row.refresh_from_db()
    there = FulfilmentOrder.objects.get(order=order, location=shop.nice)
    assert row.status == FulfilmentState.REJECTED
    assert (there.status, there.lines.get().quantity) == (FulfilmentState.NEW, 2)
    assert (shop.level().committed, shop.level(shop.nice).committed) == (0, 2)
    assert shop.level().unavailable == 2
    assert lines_of(order)[0].location_id == shop.nice.pk
    types = set(StoredEvent.objects.filter(aggregateid=order.pk).values_list("type", flat=True))
    assert {"fulfilment.rejected", "fulfilment.rerouted"} <= types
    make_ready_again = pick_all(there)
    fulfilment.mark_ready(fulfilment_order_id=make_ready_again.pk, shelf="B", actor=SYSTEM)
    fulfilment.hand_over(fulfilment_order_id=there.pk, code=code_of(there), actor=SYSTEM)
    assert shop.level(shop.nice).on_hand == 3


def test_reject_without_another_store_cancels_and_refunds() -> None:
    shop = make_shop(units=0)
    stock_up(shop.variant, shop.lyon, 2)
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = work_of(order)

    fulfilment.reject(fulfilment_order_id=row.pk, reason="damaged", actor=SYSTEM)

    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert Refund.objects.get().amount_minor == 2000
    assert StockBucket.objects.get(quantity__gt=0).bucket == "damaged"


def test_reject_part_of_a_line_hands_each_store_its_own_commitment() -> None:
    shop = make_shop(units=5)
    order = make_order(shop, Sold(quantity=3))
    row = work_of(order)
    line = row.lines.get()
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.pick_line(fulfilment_order_id=row.pk, line_id=line.pk, picked=1, actor=SYSTEM)

    fulfilment.reject(fulfilment_order_id=row.pk, reason="no_capacity", actor=SYSTEM)

    row.refresh_from_db()
    assert row.status == FulfilmentState.PICKING
    assert (shop.level().committed, shop.level(shop.nice).committed) == (1, 2)
    fulfilment.mark_ready(fulfilment_order_id=row.pk, shelf="A", actor=SYSTEM)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    assert (shop.level().on_hand, shop.level(shop.nice).on_hand) == (4, 5)
    assert (shop.level().committed, shop.level(shop.nice).committed) == (0, 2)


def test_reject_for_an_unknown_reason_changes_nothing() -> None:
    shop = make_shop()
    order = make_order(shop)
    before = snapshot(order.pk)

    with pytest.raises(UnknownReason):
        fulfilment.reject(fulfilment_order_id=work_of(order).pk, reason="x", actor=SYSTEM)

    assert snapshot(order.pk) == before


def test_mark_ready_needs_all_picked_and_a_shelf() -> None:
    shop = make_shop()
    row = work_of(make_order(shop, Sold(quantity=2)))
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)

    with pytest.raises(errors.NotAllPicked):
        fulfilment.mark_ready(fulfilment_order_id=row.pk, shelf="A", actor=SYSTEM)
    with pytest.raises(errors.ShelfMissing):
        fulfilment.mark_ready(fulfilment_order_id=row.pk, shelf=" ", actor=SYSTEM)

    row.refresh_from_db()
    assert row.status == FulfilmentState.PICKING


def test_ready_starts_the_window_on_the_stores_calendar() -> None:
    shop = make_shop()
    OpeningHours.objects.filter(location=shop.lyon).update(opens_at=time(9), closes_at=time(18))
    LocationService.objects.filter(location=shop.lyon, service=Service.PICKUP).update(window_days=2)
    with clock.moved(to=MONDAY):
        HoursException.objects.create(location=shop.lyon, on_date=MONDAY.date() + timedelta(days=2))

        row = make_ready(make_order(shop))

    assert Pickup.objects.get(pk=row.pk).window_ends_at == datetime(2026, 11, 26, 17, tzinfo=UTC)


def test_take_back_ready_starts_picking_anew() -> None:
    shop = make_shop()
    row = make_ready(make_order(shop, Sold(quantity=2)))

    fulfilment.take_back(fulfilment_order_id=row.pk, reason="gone", actor=SYSTEM)

    row.refresh_from_db()
    assert row.status == FulfilmentState.PICKING
    assert row.lines.get().picked == 0


def test_extend_once_delegate_and_arrival_are_the_customers() -> None:
    shop = make_shop()
    order = make_order(shop)
    row = make_ready(order)
    eve = _customer_of(order)
    ends = Pickup.objects.get(pk=row.pk).window_ends_at

    pickup = fulfilment.extend(fulfilment_order_id=row.pk, actor=eve)
    fulfilment.name_delegate(fulfilment_order_id=row.pk, name=" Bob ", actor=eve)
    fulfilment.report_arrival(fulfilment_order_id=row.pk, note="bay 2", actor=eve)

    assert pickup.window_ends_at > ends
    pickup.refresh_from_db()
    assert (pickup.delegate_name, pickup.arrival_note) == ("Bob", "bay 2")
    with pytest.raises(errors.AlreadyExtended):
        fulfilment.extend(fulfilment_order_id=row.pk, actor=eve)
    stranger = Actor(kind="customer", customer_id=row.pk, channel_id=order.channel_id)
    with pytest.raises(NotFound):
        fulfilment.extend(fulfilment_order_id=row.pk, actor=stranger)
    with pytest.raises(NotFound):
        fulfilment.extend(fulfilment_order_id=row.pk, actor=SYSTEM)


def test_staff_give_more_time_once_with_a_reason_within_the_customers_limits() -> None:
    shop = make_shop()
    row, late = make_ready(make_order(shop)), make_ready(make_order(shop))
    key_holder = staff_actor(Permission.PICKUP_REINSTATE, location_id=shop.lyon.pk)
    ends = Pickup.objects.get(pk=row.pk).window_ends_at
    Pickup.objects.filter(pk=late.pk).update(window_ends_at=clock.now() - timedelta(minutes=1))
    refused: list[tuple[FulfilmentOrder, Actor, str, type[Exception]]] = [
        (row, key_holder, "  ", errors.ReasonMissing),
        (late, key_holder, "ill", errors.WindowOver),
        (row, staff_actor(Permission.FULFILMENT_WORK), "ill", NotFound),
        (row, staff_actor(Permission.PICKUP_REINSTATE, location_id=shop.nice.pk), "ill", NotFound),
    ]
    for each, actor, reason, error in refused:
        before = snapshot(each.order_id)
        with pytest.raises(error):
            fulfilment.extend_for_customer(fulfilment_order_id=each.pk, reason=reason, actor=actor)
        assert snapshot(each.order_id) == before

    pickup = fulfilment.extend_for_customer(
        fulfilment_order_id=row.pk, reason="ill", actor=key_holder
    )

    assert pickup.window_ends_at > ends
    with pytest.raises(errors.AlreadyExtended):
        fulfilment.extend(fulfilment_order_id=row.pk, actor=_customer_of(row.order))
    with pytest.raises(errors.AlreadyExtended):
        fulfilment.extend_for_customer(fulfilment_order_id=row.pk, reason="ill", actor=SYSTEM)


def test_no_show_after_the_window_and_reinstated_once_more() -> None:
    shop = make_shop()
    row = make_ready(make_order(shop))
    assert fulfilment.mark_no_shows() == 0
    Pickup.objects.filter(pk=row.pk).update(window_ends_at=clock.now() - timedelta(hours=1))

    assert fulfilment.mark_no_shows() == 1
    row.refresh_from_db()
    assert row.status == FulfilmentState.NO_SHOW
    again = fulfilment.reinstate(fulfilment_order_id=row.pk, actor=SYSTEM)

    assert again.status == FulfilmentState.READY
    assert Pickup.objects.get(pk=row.pk).window_ends_at > clock.now()


def test_no_show_put_back_cancels_and_refunds() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = make_ready(order)
    Pickup.objects.filter(pk=row.pk).update(window_ends_at=clock.now() - timedelta(hours=1))
    fulfilment.mark_no_shows()

    fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)

    order.refresh_from_db()
    row.refresh_from_db()
    assert (order.status, row.status) == (OrderStatus.CANCELLED, FulfilmentState.CLOSED)
    assert Refund.objects.get().amount_minor == 2000
    assert shop.level().committed == 0


def test_ship_from_packed_to_delivered() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2, method=Method.SHIP))
    row = pick_all(work_of(order))

    parcel = fulfilment.pack(
        fulfilment_order_id=row.pk, carrier="DHL", tracking_number="1Z", actor=SYSTEM
    )
    assert shop.level().on_hand == 10
    fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)
    level = shop.level()
    assert (level.on_hand, level.committed) == (8, 0)
    fulfilment.report_attempt(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.deliver(fulfilment_order_id=row.pk, actor=SYSTEM)

    parcel.refresh_from_db()
    order.refresh_from_db()
    assert parcel.delivered_at is not None
    assert order.status == OrderStatus.COMPLETED
    with pytest.raises(InvalidTransition):
        fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)


def test_parcel_refused_comes_back_and_is_refunded() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2, method=Method.SHIP), pay=Tender.CASH)
    row = pick_all(work_of(order))
    fulfilment.pack(fulfilment_order_id=row.pk, carrier="DHL", actor=SYSTEM)
    fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.refuse_at_door(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.send_back(fulfilment_order_id=row.pk, actor=SYSTEM)

    fulfilment.receive_back(fulfilment_order_id=row.pk, actor=SYSTEM)

    order.refresh_from_db()
    level = shop.level()
    assert (level.on_hand, level.committed) == (10, 0)
    assert order.status == OrderStatus.CANCELLED
    assert Refund.objects.get().amount_minor == 2000
    sold = lines_of(order)[0]
    assert (sold.quantity_fulfilled, sold.quantity_cancelled) == (0, 2)


def test_lost_parcel_is_an_incident() -> None:
    shop = make_shop()
    row = pick_all(work_of(make_order(shop, Sold(method=Method.SHIP))))
    fulfilment.pack(fulfilment_order_id=row.pk, carrier="DHL", actor=SYSTEM)
    fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)

    fulfilment.report_lost(fulfilment_order_id=row.pk, actor=SYSTEM)

    assert Incident.objects.filter(kind="parcel_lost").count() == 1


def test_dispatch_unpaid_is_refused() -> None:
    shop = make_shop()
    order = make_order(
        shop, Sold(method=Method.SHIP), pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION
    )
    row = pick_all(work_of(order))
    fulfilment.pack(fulfilment_order_id=row.pk, carrier="DHL", actor=SYSTEM)
    before = snapshot(order.pk)

    with pytest.raises(errors.NotPaid):
        fulfilment.dispatch(fulfilment_order_id=row.pk, actor=SYSTEM)

    assert snapshot(order.pk) == before


def test_pickup_cannot_be_packed() -> None:
    shop = make_shop()
    row = pick_all(work_of(make_order(shop)))

    with pytest.raises(errors.WrongMethod):
        fulfilment.pack(fulfilment_order_id=row.pk, carrier="DHL", actor=SYSTEM)


def test_variant_that_is_not_stocked_needs_no_goods() -> None:
    shop = make_shop()
    wrapping = make_variant(is_stocked=False)
    order = make_order(shop, Sold(), Sold(variant=wrapping))

    collect(order)

    order.refresh_from_db()
    assert order.status == OrderStatus.COMPLETED


@pytest.mark.parametrize("method", MOVES_BY_METHOD)
def test_moves_tables_know_only_states_and_every_state_has_a_way_or_ends(method: str) -> None:
    moves = MOVES_BY_METHOD[method]
    states = set(FulfilmentState.values)

    assert set(moves) <= states
    assert {to for targets in moves.values() for to in targets} <= set(moves)
    ends = {state for state, targets in moves.items() if not targets}
    for start in moves:
        assert _reaches_end(start, moves, ends), start


def _reaches_end(start: str, moves, ends) -> bool:  # type: ignore[no-untyped-def]
    seen, todo = set(), [start]
    while todo:
        state = todo.pop()
        if state in ends:
            return True
        if state not in seen:
            seen.add(state)
            todo.extend(moves[state])
    return False


def _customer_of(order: Order) -> Actor:
    from tests.factories.customers import make_customer  # noqa: PLC0415

    customer = make_customer()
    Order.objects.filter(pk=order.pk).update(customer=customer)
    return Actor(kind="customer", customer_id=customer.pk, channel_id=order.channel_id)


def _with_surplus(row: FulfilmentOrder, order: Order) -> None:
    """One of two picked units is cancelled: it lies on the shelf, its stock still committed."""
    aftersales.cancel_order(order_id=order.pk, units=[(lines_of(order)[0].pk, 1)], actor=SYSTEM)
    assert row.lines.get().quantity_to_put_back == 1


def test_take_back_waits_until_cancelled_units_are_put_back() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = make_ready(order)
    _with_surplus(row, order)
    before = snapshot(order.pk)

    with pytest.raises(errors.PutBackFirst):
        fulfilment.take_back(fulfilment_order_id=row.pk, actor=SYSTEM)
    assert snapshot(order.pk) == before
    fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.take_back(fulfilment_order_id=row.pk, actor=SYSTEM)

    row.refresh_from_db()
    assert (row.status, row.lines.get().picked) == (FulfilmentState.PICKING, 0)
    assert shop.level().committed == 1


def test_pick_line_does_not_forget_units_to_be_put_back() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = pick_all(work_of(order))
    _with_surplus(row, order)
    line, before = row.lines.get(), snapshot(order.pk)

    fulfilment.pick_line(fulfilment_order_id=row.pk, line_id=line.pk, picked=2, actor=SYSTEM)
    with pytest.raises(errors.PutBackFirst):
        fulfilment.pick_line(fulfilment_order_id=row.pk, line_id=line.pk, picked=1, actor=SYSTEM)
    assert snapshot(order.pk) == before
    fulfilment.put_back(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.pick_line(fulfilment_order_id=row.pk, line_id=line.pk, picked=1, actor=SYSTEM)

    assert shop.level().committed == 1


@pytest.mark.parametrize("reason", ["not_found", "damaged"])
def test_units_that_a_count_took_away_already_can_be_reported_short(reason: str) -> None:
    shop = make_shop(units=3)
    order = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    row = work_of(order)
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    _count_in_lyon(shop, 1)

    line = fulfilment.pick_line(
        fulfilment_order_id=row.pk,
        line_id=row.lines.get().pk,
        picked=0,
        short=2,
        reason=reason,
        actor=SYSTEM,
    )

    level = shop.level()
    assert (line.short, level.on_hand, level.committed, level.unavailable) == (2, 1, 0, 1)
    assert level.shortfall == 0


def test_units_not_found_take_nothing_from_the_promises_of_others() -> None:
    shop = make_shop(units=5)
    mine = make_order(shop, Sold(quantity=2), pay=Tender.CASH)
    make_order(shop, Sold(quantity=3), pay=Tender.CASH)
    _count_in_lyon(shop, 3)
    assert shop.level().shortfall == 2

    fulfilment.reject(fulfilment_order_id=work_of(mine).pk, reason="not_found", actor=SYSTEM)

    level = shop.level()
    assert (level.committed, level.unavailable, level.shortfall) == (3, 0, 0)


def _count_in_lyon(shop: Shop, counted: int) -> None:
    stock.correct(
        variant_id=shop.variant.pk,
        location_id=shop.lyon.pk,
        counted=counted,
        reason="counted",
        reference=f"count:{counted}",
        actor=SYSTEM,
    )


def test_work_that_ends_short_gives_its_slot_back() -> None:
    shop = make_shop()
    order = make_order(shop, pay=Tender.CASH)
    row = work_of(order)
    slot = CapacitySlot.objects.create(
        location=shop.lyon,
        service=Service.PICKUP,
        starts_at=clock.now(),
        ends_at=clock.now() + timedelta(hours=1),
        capacity=1,
        booked=1,
    )
    FulfilmentOrder.objects.filter(pk=row.pk).update(slot=slot)
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)

    fulfilment.pick_line(
        fulfilment_order_id=row.pk, line_id=row.lines.get().pk, picked=0, short=1, actor=SYSTEM
    )

    row.refresh_from_db()
    slot.refresh_from_db()
    assert (row.status, row.slot_id, slot.booked) == (FulfilmentState.CANCELLED, None, 0)
