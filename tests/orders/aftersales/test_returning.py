"""Goods and money coming back: announced, at the counter, without receipt, in bulk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from inventory.locations.models import LocationService, Method, Service
from inventory.stock.models import MovementKind, StockMovement
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core import clock
from omni.core.errors import NotAllowed, NotFound
from omni.core.ids import uuid7
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from omni.work import operations as work
from omni.work.models import Approval, Incident
from orders.aftersales import errors
from orders.aftersales import operations as aftersales
from orders.aftersales.handling import Case
from orders.aftersales.models import (
    LOGISTICS_MOVES,
    MONEY_MOVES,
    REPLACEMENT_MOVES,
    Disposition,
    LogisticsState,
    MoneyState,
    ReturnCase,
    ReturnKind,
    ReturnLine,
)
from orders.aftersales.operations import (
    CounterReturn,
    Decision,
    LooseReturn,
    LooseUnits,
    ReturnDraft,
    ReturnUnits,
)
from orders.aftersales.refunding import refundable_of
from orders.checkout import operations as checkout
from orders.checkout.operations import Wish
from orders.fulfilment.operations import confirm_if_paid
from orders.payments import operations as payments
from orders.payments import settlement
from orders.payments.models import Refund, RefundState, Tender
from orders.sales.models import Order, ReturnStatus
from tests.factories.customers import make_customer
from tests.factories.inventory import make_product, make_variant, stock_up
from tests.factories.omni import make_grant, make_staff, make_user, staff_actor
from tests.factories.orders_work import (
    Shop,
    Sold,
    collect,
    lines_of,
    make_order,
    make_shop,
    snapshot,
)
from tests.omni.audit.corruption import sql

pytestmark = pytest.mark.django_db


def bought(shop: Shop, quantity: int = 2, pay: str = Tender.CASH, **over: Any) -> Order:
    """An order that was collected in Lyon."""
    order = make_order(shop, Sold(quantity=quantity), pay=pay, **over)
    collect(order)
    order.refresh_from_db()
    return order


def units(order: Order, quantity: int = 1, disposition: str = "sellable") -> list[ReturnUnits]:
    return [ReturnUnits(lines_of(order)[0].pk, quantity, disposition)]


def at_nice(shop: Shop, order: Order, quantity: int = 1, **over: Any) -> CounterReturn:
    values = {
        "location_id": shop.nice.pk,
        "order_number": order.number,
        "units": units(order, quantity),
    } | over
    return CounterReturn(**values)


def customer_of(order: Order) -> Actor:
    customer = make_customer()
    Order.objects.filter(pk=order.pk).update(customer=customer)
    return Actor(kind="customer", customer_id=customer.pk, channel_id=order.channel_id)


def clerk_of(shop: Shop, *, refund_limit_minor: int) -> Actor:
    """Takes goods back in Nice, and gives so much for them on their own."""
    user = make_user()
    make_grant(
        user,
        Permission.RETURNS_CREATE,
        Permission.PAYMENTS_REFUND,
        Permission.ORDERS_CANCEL,
        refund_limit_minor=refund_limit_minor,
        scope_kind="location",
        scope_id=shop.nice.pk,
    )
    return actor_of_user(user)


def exchanged(shop: Shop, order: Order, quantity: int, method: Method = Method.CARRY_OUT) -> Order:
    """The order of the goods that were taken for so many units of another one."""
    made = aftersales.exchange_at_till(
        returned=at_nice(shop, order, quantity, kind=ReturnKind.EXCHANGE),
        wishes=[Wish(shop.variant.pk, quantity, method, shop.nice.pk)],
        till=checkout.Till(uuid7(), shop.nice.pk, shop.channel.pk),
        actor=SYSTEM,
    )
    confirm_if_paid(order_id=made.order.pk)
    return made.order


def money_of(case_id: UUID) -> list[tuple[int, str]]:
    rows = Refund.objects.filter(reference__startswith=f"return:{case_id}/").order_by("pk")
    return [(row.amount_minor, row.status) for row in rows]


# --- at the counter -------------------------------------------------------------------------------


def test_return_at_counter_of_another_store_is_sellable_there_at_once() -> None:
    shop = make_shop(units=5)
    order = bought(shop)

    case = aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)

    assert (case.status, case.money_status) == (LogisticsState.INSPECTED, MoneyState.DUE)
    assert (shop.level().on_hand, shop.level(shop.nice).available) == (3, 6)
    assert money_of(case.pk) == [(1000, RefundState.PENDING)]
    order.refresh_from_db()
    assert lines_of(order)[0].quantity_returned == 1
    assert order.return_status == ReturnStatus.OPEN
    types = StoredEvent.objects.filter(aggregateid=case.pk).values_list("type", flat=True)
    assert set(types) == {"return.received", "return.inspected"}


def test_return_is_closed_once_the_refund_is_paid_out() -> None:
    shop = make_shop()
    order = bought(shop)
    case = aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)
    payments.pay_out_refund(refund_id=Refund.objects.get().pk, actor=SYSTEM)

    assert aftersales.settle_due_returns() == 1
    assert aftersales.settle_due_returns() == 0

    case.refresh_from_db()
    order.refresh_from_db()
    assert (case.status, case.money_status) == (LogisticsState.CLOSED, MoneyState.SETTLED)
    assert case.refunded_minor == 1000
    assert order.return_status == ReturnStatus.PARTLY_RETURNED
    assert StoredEvent.objects.filter(type="return.refunded", aggregateid=case.pk).count() == 1


def test_return_unit_after_unit_adds_up_to_the_line() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=3, price_minor=333), pay=Tender.CASH)
    line = lines_of(order)[0]
    type(line).objects.filter(pk=line.pk).update(total_minor=1000, net_minor=1000 - line.tax_minor)
    Order.objects.filter(pk=order.pk).update(total_minor=1000)
    payments.record_counter_payments(
        payments=[payments.CounterPayment(order.pk, Tender.CASH, 1, "one-more")], actor=SYSTEM
    )
    collect(order)

    amounts = [
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM).refund_minor
        for _unit in range(3)
    ]

    assert amounts == [333, 334, 333]
    assert sum(amounts) == 1000


def test_return_repeated_with_its_reference_is_one_case() -> None:
    shop = make_shop()
    order = bought(shop)
    wanted = at_nice(shop, order, reference="till-1")

    first = aftersales.return_at_counter(wanted=wanted, actor=SYSTEM)
    again = aftersales.return_at_counter(wanted=wanted, actor=SYSTEM)

    assert first.pk == again.pk
    assert lines_of(order)[0].quantity_returned == 1
    other = bought(shop)
    with pytest.raises(errors.ReturnReferenceReused):
        aftersales.return_at_counter(wanted=at_nice(shop, other, reference="till-1"), actor=SYSTEM)


@pytest.mark.parametrize(
    ("disposition", "on_hand", "unavailable"),
    [("sellable", 1, 0), ("damaged", 1, 1), ("inspect", 1, 1), ("vendor", 1, 1), ("keep", 0, 0)],
)
def test_return_disposition_decides_where_the_unit_lies(
    disposition: str, on_hand: int, unavailable: int
) -> None:
    shop = make_shop(units=0)
    stock_up(shop.variant, shop.lyon, 2)
    stock_up(shop.variant, shop.nice, 5)
    order = bought(shop)

    aftersales.return_at_counter(
        wanted=at_nice(shop, order, units=units(order, 1, disposition)), actor=SYSTEM
    )

    level = shop.level(shop.nice)
    assert (level.on_hand - 5, level.unavailable) == (on_hand, unavailable)


def test_return_beyond_what_was_bought_changes_nothing() -> None:
    shop = make_shop()
    order = bought(shop)
    before = snapshot(order.pk)

    with pytest.raises(errors.ReturnBeyondBought):
        aftersales.return_at_counter(wanted=at_nice(shop, order, 3), actor=SYSTEM)
    with pytest.raises(errors.NothingToReturn):
        aftersales.return_at_counter(wanted=at_nice(shop, order, units=[]), actor=SYSTEM)
    strange = [ReturnUnits(order.pk, 1)]
    with pytest.raises(errors.UnknownReturnLine):
        aftersales.return_at_counter(wanted=at_nice(shop, order, units=strange), actor=SYSTEM)
    with pytest.raises(NotFound):
        aftersales.return_at_counter(wanted=at_nice(shop, order, order_number="W1"), actor=SYSTEM)

    assert snapshot(order.pk) == before
    assert not ReturnCase.objects.exists()


def test_return_before_it_was_collected_is_beyond_what_was_bought() -> None:
    shop = make_shop()
    order = make_order(shop)

    with pytest.raises(errors.ReturnBeyondBought):
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)


def test_return_after_the_window_needs_a_manager() -> None:
    shop = make_shop()
    order = bought(shop)
    clerk = staff_actor(
        Permission.RETURNS_CREATE, Permission.PAYMENTS_REFUND, location_id=shop.nice.pk
    )

    with clock.moved(by=timedelta(days=31)):
        with pytest.raises(errors.ReturnWindowOver):
            aftersales.return_at_counter(wanted=at_nice(shop, order), actor=clerk)
        with pytest.raises(NotAllowed):
            aftersales.return_at_counter(
                wanted=at_nice(shop, order, is_exception=True), actor=clerk
            )
        allowed = aftersales.return_at_counter(
            wanted=at_nice(shop, order, is_exception=True), actor=SYSTEM
        )

    assert allowed.refund_minor == 1000


def test_return_of_a_final_sale_is_refused_but_a_claim_is_not() -> None:
    shop = make_shop()
    final = make_variant(product=make_product(is_final_sale=True))
    stock_up(final, shop.lyon, 5)
    order = make_order(shop, Sold(variant=final), pay=Tender.CASH)
    collect(order)

    with pytest.raises(errors.FinalSale):
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)
    claim = aftersales.return_at_counter(wanted=at_nice(shop, order, kind="claim"), actor=SYSTEM)

    assert claim.kind == "claim"


def test_return_at_another_location_than_ones_own_looks_like_none() -> None:
    shop = make_shop()
    order = bought(shop)
    ben = staff_actor(Permission.RETURNS_CREATE, location_id=shop.lyon.pk)

    with pytest.raises(NotFound):
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=ben)


def test_return_where_none_are_taken_is_refused() -> None:
    shop = make_shop()
    order = bought(shop)
    LocationService.objects.filter(location=shop.nice, service=Service.RETURNS).delete()

    with pytest.raises(errors.ReturnsNotTaken):
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)


def test_nobody_refunds_their_own_purchase() -> None:
    shop = make_shop()
    user = make_staff(Permission.RETURNS_CREATE, Permission.PAYMENTS_REFUND)

    order = bought(shop, email=user.email.upper())

    with pytest.raises(errors.OwnPurchase):
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=actor_of_user(user))

    assert not ReturnCase.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_return_over_the_limit_asks_a_second_identity_and_goes_on_with_it() -> None:
    shop = make_shop()
    order = bought(shop)

    user = make_user()
    make_grant(
        user,
        Permission.RETURNS_CREATE,
        Permission.PAYMENTS_REFUND,
        refund_limit_minor=1500,
        scope_kind="location",
        scope_id=shop.nice.pk,
    )
    clerk = actor_of_user(user)

    with pytest.raises(errors.ApprovalAsked) as asked:
        aftersales.return_at_counter(wanted=at_nice(shop, order, 2), actor=clerk)
    with pytest.raises(errors.ApprovalAsked) as again:
        aftersales.return_at_counter(wanted=at_nice(shop, order, 2), actor=clerk)

    assert not ReturnCase.objects.exists()
    assert asked.value.status == 409
    approval_id = UUID(asked.value.details["approval_id"])
    assert again.value.details["approval_id"] == str(approval_id)
    assert Approval.objects.count() == 1
    with pytest.raises(work.ApprovalNeeded):
        aftersales.return_at_counter(
            wanted=at_nice(shop, order, 2, approval_id=approval_id), actor=clerk
        )
    work.decide_approval(approval_id=approval_id, granted=True, actor=SYSTEM)
    case = aftersales.return_at_counter(
        wanted=at_nice(shop, order, 2, approval_id=approval_id), actor=clerk
    )
    assert case.refund_minor == 2000
    small = bought(shop, quantity=1)
    assert aftersales.return_at_counter(wanted=at_nice(shop, small), actor=clerk).refund_minor


@pytest.mark.django_db(transaction=True)
def test_returns_unit_by_unit_share_the_limit_of_the_order() -> None:
    shop = make_shop()
    order, other = bought(shop), bought(shop)
    clerk = clerk_of(shop, refund_limit_minor=1500)

    aftersales.return_at_counter(wanted=at_nice(shop, order), actor=clerk)
    with pytest.raises(errors.ApprovalAsked) as asked:
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=clerk)

    assert asked.value.details["amount_minor"] == 1000
    assert ReturnCase.objects.count() == Refund.objects.count() == 1
    approval_id = UUID(asked.value.details["approval_id"])
    told = Approval.objects.get(pk=approval_id).details
    assert told == {"amount_minor": 1000, "given_back_minor": 1000}
    work.decide_approval(approval_id=approval_id, granted=True, actor=SYSTEM)
    wanted = at_nice(shop, order, approval_id=approval_id)
    assert aftersales.return_at_counter(wanted=wanted, actor=clerk).refund_minor == 1000
    assert aftersales.return_at_counter(wanted=at_nice(shop, other), actor=clerk).refund_minor


@pytest.mark.django_db(transaction=True)
def test_returns_of_exchanged_goods_share_the_limit_of_the_order() -> None:
    shop = make_shop()
    order = exchanged(shop, bought(shop, 4), 4)
    clerk = clerk_of(shop, refund_limit_minor=1500)

    aftersales.return_at_counter(wanted=at_nice(shop, order), actor=clerk)
    with pytest.raises(errors.ApprovalAsked):
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=clerk)

    assert Refund.objects.get().payment.order_id != order.pk
    assert ReturnCase.objects.filter(order=order).count() == 1


def test_credit_of_units_that_were_taken_off_counts_to_no_limit() -> None:
    shop = make_shop()
    order = bought(shop)
    clerk = clerk_of(shop, refund_limit_minor=1000)
    replacement = exchanged(shop, order, 1, Method.PICKUP)

    aftersales.cancel_order(order_id=replacement.pk, actor=clerk)
    aftersales.return_at_counter(wanted=at_nice(shop, order), actor=clerk)

    rows = Refund.objects.filter(payment__order=order, principal=clerk.principal)
    assert [row.amount_minor for row in rows] == [1000, 1000]


def test_refund_goes_over_several_tenders_in_their_waterfall() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), pay="")
    payments.record_counter_payments(
        payments=[
            payments.CounterPayment(order.pk, Tender.CASH, 500, "cash"),
            payments.CounterPayment(order.pk, Tender.CARD_TERMINAL, 1500, "card", "slip-99"),
        ],
        actor=SYSTEM,
    )

    confirm_if_paid(order_id=order.pk)
    collect(order)

    case = aftersales.return_at_counter(wanted=at_nice(shop, order, 2), actor=SYSTEM)

    rows = Refund.objects.select_related("payment").filter(reference__contains=str(case.pk))
    assert {row.payment.tender: row.amount_minor for row in rows} == {
        "card_terminal": 1500,
        "cash": 500,
    }


# --- announced ------------------------------------------------------------------------------------


def test_return_from_request_to_closed() -> None:
    shop = make_shop(units=5)
    order = bought(shop, quantity=3)
    eve = customer_of(order)
    case = aftersales.request_return(order_id=order.pk, units=units(order, 3), actor=eve)
    assert case.status == LogisticsState.REQUESTED
    aftersales.authorise(case_id=case.pk, actor=SYSTEM)
    line = case.lines.get()

    part = aftersales.receive(
        case_id=case.pk, location_id=shop.nice.pk, units=[(line.pk, 1)], actor=SYSTEM
    )
    assert part.status == LogisticsState.PARTLY_RECEIVED
    full = aftersales.receive(case_id=case.pk, location_id=shop.nice.pk, actor=SYSTEM)
    assert full.status == LogisticsState.RECEIVED
    level = shop.level(shop.nice)
    assert (level.on_hand, level.unavailable) == (8, 3)
    done = aftersales.inspect(
        case_id=case.pk,
        decisions=[
            Decision(line.pk, 1, Disposition.DAMAGED),
            Decision(line.pk, 2, Disposition.SELLABLE),
        ],
        actor=SYSTEM,
    )

    level = shop.level(shop.nice)
    assert (level.on_hand, level.unavailable) == (8, 1)
    assert (done.status, done.refund_minor) == (LogisticsState.INSPECTED, 3000)
    rows = ReturnLine.objects.filter(case=case).order_by("quantity")
    assert [(row.disposition, row.quantity, row.refund_minor) for row in rows] == [
        ("damaged", 1, 1000),
        ("sellable", 2, 2000),
    ]


def test_return_sent_back_is_not_refunded_and_counts_as_kept() -> None:
    shop = make_shop(units=5)
    order = bought(shop, quantity=1)
    case = _received(shop, order)
    line = case.lines.get()

    aftersales.inspect(
        case_id=case.pk, decisions=[Decision(line.pk, 1, Disposition.SEND_BACK)], actor=SYSTEM
    )
    case.refresh_from_db()
    assert (case.status, case.money_status) == (LogisticsState.REFUSED, MoneyState.SETTLED)
    assert lines_of(order)[0].quantity_returned == 0
    aftersales.send_back(case_id=case.pk, actor=SYSTEM)

    case.refresh_from_db()
    level = shop.level(shop.nice)
    assert case.status == LogisticsState.CLOSED
    assert (level.on_hand, level.unavailable) == (5, 0)
    assert not Refund.objects.exists()


def test_inspect_must_decide_on_every_received_unit() -> None:
    shop = make_shop()
    order = bought(shop)
    case = _received(shop, order, quantity=2)
    line = case.lines.get()
    before = snapshot(order.pk)

    with pytest.raises(errors.ReturnBeyondBought):
        aftersales.inspect(
            case_id=case.pk, decisions=[Decision(line.pk, 1, "sellable")], actor=SYSTEM
        )

    case.refresh_from_db()
    assert case.status == LogisticsState.RECEIVED
    assert snapshot(order.pk) == before


def test_return_asked_twice_for_the_same_units_is_refused() -> None:
    shop = make_shop()
    order = bought(shop)
    eve = customer_of(order)
    aftersales.request_return(order_id=order.pk, units=units(order, 2), actor=eve)

    with pytest.raises(errors.ReturnBeyondBought):
        aftersales.request_return(order_id=order.pk, units=units(order, 1), actor=eve)

    assert ReturnCase.objects.count() == 1


def test_return_declined_or_given_up_frees_its_units() -> None:
    shop = make_shop()
    order = bought(shop)
    eve = customer_of(order)
    first = aftersales.request_return(order_id=order.pk, units=units(order, 2), actor=eve)
    aftersales.decline(case_id=first.pk, reason="worn", actor=SYSTEM)
    second = aftersales.request_return(order_id=order.pk, units=units(order, 2), actor=eve)

    aftersales.cancel_return(case_id=second.pk, actor=eve)

    order.refresh_from_db()
    assert order.return_status == ReturnStatus.NONE
    with pytest.raises(InvalidTransition):
        aftersales.authorise(case_id=first.pk, actor=SYSTEM)


def test_authorised_return_expires() -> None:
    shop = make_shop()
    order = bought(shop)
    case = aftersales.request_return(
        order_id=order.pk, units=units(order), actor=customer_of(order)
    )
    aftersales.authorise(case_id=case.pk, actor=SYSTEM)
    assert aftersales.expire_returns() == 0

    with clock.moved(by=timedelta(days=31)):
        assert aftersales.expire_returns() == 1

    case.refresh_from_db()
    assert case.status == LogisticsState.EXPIRED


def test_return_announced_elsewhere_opens_by_its_number() -> None:
    shop = make_shop()
    order = bought(shop)
    case = aftersales.request_return(
        order_id=order.pk, units=units(order), actor=customer_of(order)
    )
    aftersales.authorise(case_id=case.pk, actor=SYSTEM)
    cleo = staff_actor(Permission.RETURNS_CREATE, Permission.RETURNS_VIEW, location_id=shop.nice.pk)

    with pytest.raises(NotFound):
        aftersales.receive(case_id=case.pk, location_id=shop.nice.pk, actor=cleo)
    received = aftersales.receive(
        case_id=case.pk, location_id=shop.nice.pk, number=case.number, actor=cleo
    )

    assert received.status == LogisticsState.RECEIVED


def test_guest_or_stranger_cannot_ask_for_a_return() -> None:
    shop = make_shop()
    order = bought(shop)
    stranger = Actor(kind="customer", customer_id=order.pk, channel_id=order.channel_id)

    with pytest.raises(NotFound):
        aftersales.request_return(order_id=order.pk, units=units(order), actor=stranger)


def fail_refund() -> tuple[Refund, settlement.Locked]:
    """The only refund, refused by its provider, and its payment."""
    refund = Refund.objects.get()
    locked = settlement.lock_payment(refund.payment_id, actor=SYSTEM)
    settlement.settle_refund(
        locked, refund, succeeded=False, provider_reference="", failure_code="closed"
    )
    return refund, locked


def test_failed_refund_is_asked_for_again() -> None:
    shop = make_shop()
    order = bought(shop)
    case = aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)
    fail_refund()
    failed = aftersales.settle_return(case_id=case.pk)
    assert failed.money_status == MoneyState.FAILED

    again = aftersales.replace_failed_refund(case_id=case.pk, actor=SYSTEM)

    assert again.money_status == MoneyState.DUE
    assert money_of(case.pk) == [(1000, "failed"), (1000, "pending")]


def test_failed_refund_that_was_given_after_all_closes_the_case() -> None:
    shop = make_shop()
    case = aftersales.return_at_counter(wanted=at_nice(shop, bought(shop)), actor=SYSTEM)
    refund, locked = fail_refund()
    aftersales.settle_due_returns()

    settlement.settle_late(locked, refund, provider_reference="rf_1")
    aftersales.settle_due_returns()

    case.refresh_from_db()
    assert (case.status, case.money_status) == (LogisticsState.CLOSED, MoneyState.SETTLED)
    assert case.refunded_minor == 1000


def test_failed_refund_that_was_given_after_its_replacement_settles_the_case_once() -> None:
    shop = make_shop()
    case = aftersales.return_at_counter(wanted=at_nice(shop, bought(shop)), actor=SYSTEM)
    refund, locked = fail_refund()
    aftersales.settle_due_returns()
    aftersales.replace_failed_refund(case_id=case.pk, actor=SYSTEM)
    again = Refund.objects.get(status=RefundState.PENDING)
    payments.pay_out_refund(refund_id=again.pk, actor=SYSTEM)
    locked = settlement.lock_payment(refund.payment_id, actor=SYSTEM)
    settlement.settle_late(locked, refund, provider_reference="rf_1")

    assert aftersales.settle_due_returns() == 1
    assert aftersales.settle_due_returns() == 0

    case.refresh_from_db()
    assert money_of(case.pk) == [(1000, "succeeded"), (1000, "succeeded")]
    assert (case.refunded_minor, case.money_status) == (1000, MoneyState.SETTLED)
    assert Incident.objects.get().details["is_booked"] is True


def test_settle_due_returns_goes_on_behind_a_case_that_breaks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shop = make_shop()
    broken, well = [
        aftersales.return_at_counter(
            wanted=at_nice(shop, bought(shop, quantity), quantity), actor=SYSTEM
        )
        for quantity in (2, 1)
    ]
    for refund in Refund.objects.all():
        payments.pay_out_refund(refund_id=refund.pk, actor=SYSTEM)
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql("ALTER TABLE orders_returncase ADD CONSTRAINT broken CHECK (refunded_minor < 2000)")

    assert aftersales.settle_due_returns() == 1

    broken.refresh_from_db()
    well.refresh_from_db()
    assert (broken.money_status, well.money_status) == (MoneyState.DUE, MoneyState.SETTLED)
    assert str(broken.pk) in caplog.text


def test_return_worth_more_than_is_left_of_the_money_is_an_incident() -> None:
    """The provider refused the refund of exchanged goods; staff gave it over the first order."""
    shop = make_shop()
    order = bought(shop)
    replacement = exchanged(shop, order, 1)
    aftersales.return_at_counter(wanted=at_nice(shop, replacement), actor=SYSTEM)
    fail_refund()
    payments.refund_payment(order_id=order.pk, amount_minor=1000, reference="staff:1", actor=SYSTEM)

    case = aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)

    assert (case.refund_minor, case.money_status) == (0, MoneyState.SETTLED)
    told = Incident.objects.get(subject_id=str(case.pk))
    assert (told.kind, told.location_id) == ("return_below_worth", shop.nice.pk)
    assert (told.details["worth_minor"], told.details["refund_minor"]) == (1000, 0)


def test_return_of_its_full_worth_is_no_incident() -> None:
    shop = make_shop()
    replacement = exchanged(shop, bought(shop), 1)

    for order in (replacement, bought(shop)):
        aftersales.return_at_counter(wanted=at_nice(shop, order), actor=SYSTEM)

    assert not Incident.objects.exists()


def test_refundable_of_an_order_without_exchange_asks_for_no_credit(
    django_assert_num_queries: Any,
) -> None:
    order = bought(make_shop())
    case = Case(ReturnCase(), order, SYSTEM, clock.now())

    with django_assert_num_queries(3):  # its money, the order before it, whether any credit is
        assert refundable_of(case) == 2000


# --- without receipt ------------------------------------------------------------------------------


def loose(shop: Shop, customer_id: UUID, **over: Any) -> LooseReturn:
    values = {
        "location_id": shop.nice.pk,
        "channel_id": shop.channel.pk,
        "customer_id": customer_id,
        "units": [LooseUnits(shop.variant.pk, 1)],
        "evidence": "price tag",
    } | over
    return LooseReturn(**values)


def test_no_receipt_return_pays_at_most_todays_price() -> None:
    shop = make_shop(units=1)
    customer = make_customer()

    case = aftersales.return_without_receipt(
        wanted=loose(shop, customer.pk, units=[LooseUnits(shop.variant.pk, 2, refund_minor=9999)]),
        actor=SYSTEM,
    )

    assert (case.refund_minor, case.money_status) == (2000, MoneyState.DUE)
    assert shop.level(shop.nice).on_hand == 3
    paid = aftersales.pay_out_loose(case_id=case.pk, actor=SYSTEM)
    assert (paid.status, paid.money_status) == (LogisticsState.CLOSED, MoneyState.SETTLED)


def test_no_receipt_return_is_limited_per_person() -> None:
    shop = make_shop()
    customer = make_customer()
    for _time in range(3):
        aftersales.return_without_receipt(wanted=loose(shop, customer.pk), actor=SYSTEM)

    with pytest.raises(errors.ReturnLimitReached):
        aftersales.return_without_receipt(wanted=loose(shop, customer.pk), actor=SYSTEM)
    with pytest.raises(errors.EvidenceMissing):
        aftersales.return_without_receipt(
            wanted=loose(shop, make_customer().pk, evidence=" "), actor=SYSTEM
        )

    assert ReturnCase.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_no_receipt_return_by_a_clerk_asks_a_manager() -> None:
    shop = make_shop()
    customer = make_customer()
    clerk = staff_actor(Permission.RETURNS_CREATE, location_id=shop.nice.pk)

    with pytest.raises(errors.ApprovalAsked) as asked:
        aftersales.return_without_receipt(wanted=loose(shop, customer.pk), actor=clerk)
    approval_id = UUID(asked.value.details["approval_id"])
    work.decide_approval(approval_id=approval_id, granted=True, actor=SYSTEM)
    case = aftersales.return_without_receipt(
        wanted=loose(shop, customer.pk, approval_id=approval_id), actor=clerk
    )

    assert case.refund_minor == 1000
    assert Approval.objects.get().kind == "no_receipt_return"


# --- in bulk --------------------------------------------------------------------------------------

IGNORED = {"id", "number", "reference", "case_id", "opened_at", "closed_at", "order_id"}


def _comparable(case: ReturnCase) -> Any:
    row = ReturnCase.objects.filter(pk=case.pk).values().get()
    lines = ReturnLine.objects.filter(case=case).order_by("pk").values()
    moves = StockMovement.objects.filter(
        order_line_id__in=[line["order_line_id"] for line in lines], kind=MovementKind.RETURNED
    )
    refunds = Refund.objects.filter(reference__startswith=f"return:{case.pk}/").order_by("pk")
    return (
        {k: v for k, v in row.items() if k not in IGNORED},
        [{k: v for k, v in line.items() if k not in IGNORED | {"order_line_id"}} for line in lines],
        sorted(moves.values_list("kind", "quantity", "bucket", "bucket_quantity", "reason")),
        list(refunds.values_list("amount_minor", "status", "reason")),
        list(
            StoredEvent.objects.filter(aggregateid=case.pk)
            .order_by("id")
            .values_list("type", flat=True)
        ),
    )


def test_record_returns_makes_the_rows_of_single_returns() -> None:
    shop = make_shop()
    single, bulk, other = (bought(shop, quantity=3) for _n in range(3))
    one = aftersales.return_at_counter(
        wanted=at_nice(shop, single, units=units(single, 2, "damaged")), actor=SYSTEM
    )
    payments.pay_out_refund(refund_id=Refund.objects.get().pk, actor=SYSTEM)
    aftersales.settle_return(case_id=one.pk)

    made = aftersales.record_returns(
        drafts=[
            ReturnDraft(
                channel_id=order.channel_id,
                location_id=shop.nice.pk,
                currency="EUR",
                reference=f"import:{order.number}",
                opened_at=clock.now(),
                order_id=order.pk,
                units=units(order, 2, "damaged"),
            )
            for order in (bulk, other)
        ],
        actor=SYSTEM,
    )

    assert _comparable(made[0]) == _comparable(one) == _comparable(made[1])
    assert lines_of(bulk)[0].quantity_returned == 2
    bulk.refresh_from_db()
    single.refresh_from_db()
    assert bulk.return_status == single.return_status == ReturnStatus.PARTLY_RETURNED
    assert bulk.payment_status == single.payment_status


def test_record_returns_twice_writes_once_and_beyond_writes_nothing() -> None:
    shop = make_shop()
    order = bought(shop)
    draft = ReturnDraft(
        channel_id=order.channel_id,
        location_id=shop.nice.pk,
        currency="EUR",
        reference="import:1",
        opened_at=clock.now(),
        order_id=order.pk,
        units=units(order, 1),
        refunds=[700],
        number="C536379",
    )
    aftersales.record_returns(drafts=[draft], actor=SYSTEM)

    assert aftersales.record_returns(drafts=[draft], actor=SYSTEM) == []
    before = snapshot(order.pk)
    beyond = ReturnDraft(
        channel_id=order.channel_id,
        location_id=shop.nice.pk,
        currency="EUR",
        reference="import:2",
        opened_at=clock.now(),
        order_id=order.pk,
        units=units(order, 2),
    )
    with pytest.raises(errors.ReturnBeyondBought):
        aftersales.record_returns(drafts=[beyond], actor=SYSTEM)

    assert snapshot(order.pk) == before
    case = ReturnCase.objects.get()
    assert (case.number, case.refund_minor) == ("C536379", 700)


@pytest.mark.parametrize("moves", [LOGISTICS_MOVES, MONEY_MOVES, REPLACEMENT_MOVES])
def test_moves_tables_lead_to_an_end(moves: Any) -> None:
    ends = {state for state, targets in moves.items() if not targets}

    assert {to for targets in moves.values() for to in targets} <= set(moves)
    for start in moves:
        seen, todo = set(), [start]
        while todo:
            state = todo.pop()
            if state not in seen:
                seen.add(state)
                todo.extend(moves[state])
        assert seen & ends, start


def _received(shop: Shop, order: Order, quantity: int = 1) -> ReturnCase:
    case = aftersales.request_return(
        order_id=order.pk, units=units(order, quantity), actor=customer_of(order)
    )
    aftersales.authorise(case_id=case.pk, actor=SYSTEM)
    return aftersales.receive(case_id=case.pk, location_id=shop.nice.pk, actor=SYSTEM)


# --- goods that arrive in parts -------------------------------------------------------------------


def announced(shop: Shop, order: Order, quantity: int = 2) -> ReturnCase:
    """Authorised, nothing arrived yet."""
    case = aftersales.request_return(
        order_id=order.pk, units=units(order, quantity), actor=customer_of(order)
    )
    return aftersales.authorise(case_id=case.pk, actor=SYSTEM)


def test_receive_in_two_stores_leaves_each_unit_where_it_lies() -> None:
    shop = make_shop(units=5)
    order = bought(shop)
    case = announced(shop, order)
    line = ReturnLine.objects.get(case=case)

    aftersales.receive(
        case_id=case.pk, location_id=shop.lyon.pk, units=[(line.pk, 1)], actor=SYSTEM
    )
    aftersales.receive(case_id=case.pk, location_id=shop.nice.pk, actor=SYSTEM)
    done = aftersales.inspect(case_id=case.pk, actor=SYSTEM)

    assert (shop.level().available, shop.level(shop.nice).available) == (4, 6)
    assert (shop.level().unavailable, shop.level(shop.nice).unavailable) == (0, 0)
    lines = ReturnLine.objects.filter(case=case).order_by("pk")
    assert [(row.quantity, row.received, row.refund_minor) for row in lines] == [(1, 1, 1000)] * 2
    assert done.refund_minor == 2000


def test_receive_adds_up_units_of_a_line_that_is_named_twice() -> None:
    shop = make_shop(units=5)
    order = bought(shop, quantity=4)
    case = announced(shop, order)
    line, before = ReturnLine.objects.get(case=case), snapshot(order.pk)

    with pytest.raises(errors.ReturnBeyondBought):
        aftersales.receive(
            case_id=case.pk,
            location_id=shop.nice.pk,
            units=[(line.pk, 2), (line.pk, 2)],
            actor=SYSTEM,
        )
    assert snapshot(order.pk) == before
    aftersales.receive(
        case_id=case.pk, location_id=shop.nice.pk, units=[(line.pk, 1), (line.pk, 1)], actor=SYSTEM
    )

    line.refresh_from_db()
    assert (line.received, lines_of(order)[0].quantity_returned) == (2, 2)
    assert shop.level(shop.nice).on_hand == 7
