"""The till: shifts and their cash, sales, collections, money back, voids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from inventory.catalog.models import Variant
from inventory.locations.models import Method
from inventory.stock.operations import OutOfStock
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.core.money import CurrencyMismatch, Money
from omni.core.states import InvalidTransition
from omni.events.models import StoredEvent
from orders.aftersales import operations as aftersales
from orders.aftersales.models import (
    Exchange,
    LogisticsState,
    MoneyState,
    ReplacementState,
    ReturnCase,
    ReturnKind,
)
from orders.aftersales.operations import CounterReturn, LooseReturn, LooseUnits, ReturnUnits
from orders.checkout.errors import PriceChanged
from orders.checkout.operations import Contact, Wish
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.errors import WrongPickupCode
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.payments import operations as payments
from orders.payments.models import Payment, PaymentState, Refund, RefundState, Tender
from orders.payments.operations import NotACounterTender
from orders.pos import errors
from orders.pos import operations as pos
from orders.pos.models import (
    SHIFT_MOVES,
    CashEntry,
    CashKind,
    JournalEntry,
    Register,
    Shift,
    ShiftStatus,
)
from orders.pos.operations import Collection, SaleDraft, TenderGiven
from orders.pos.queries import figures_of
from orders.sales.models import Order, OrderStatus, PaymentPolicy
from tests.factories.customers import make_customer
from tests.factories.inventory import make_channel, make_listing, make_variant, stock_up
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
)

pytestmark = pytest.mark.django_db
PERMISSIONS = (
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.PICKUP_HAND_OVER,
    Permission.RETURNS_CREATE,
    Permission.RETURNS_VIEW,
    Permission.PAYMENTS_REFUND,
)


@dataclass
class Counter:
    """Ben's open till in Lyon with a float of 100.00."""

    shop: Shop
    register: Register
    ben: Actor
    shift: Shift

    def drawer(self) -> int:
        return sum(
            CashEntry.objects.filter(shift=self.shift).values_list("amount_minor", flat=True)
        )

    def customer(self, customer_id: UUID, order: Order) -> Actor:
        """The customer at the shop's storefront."""
        return Actor(kind="customer", customer_id=customer_id, channel_id=order.channel_id)

    def sells(self, *wishes: Wish, tenders: Any = None, **over: Any) -> pos.Sale:
        wanted = wishes or (Wish(self.shop.variant.pk, 1, Method.CARRY_OUT),)
        total = sum(wish.quantity * 1000 for wish in wanted)
        draft = SaleDraft(
            shift_id=self.shift.pk,
            wishes=wanted,
            tenders=tenders if tenders is not None else [cash(total)],
            **over,
        )
        return pos.sell(draft=draft, actor=self.ben)


def cash(amount: int, given: int | None = None) -> TenderGiven:
    return TenderGiven(Tender.CASH, amount, given_minor=given)


def card(amount: int) -> TenderGiven:
    return TenderGiven(Tender.CARD_TERMINAL, amount, terminal_reference=f"slip-{uuid4()}")


def make_counter(units: int = 10) -> Counter:
    shop = make_shop(units=units)
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code=f"till-{uuid4().hex[:8]}", name="Till 1"
    )
    ben = staff_actor(*PERMISSIONS, location_id=shop.lyon.pk)
    shift = pos.open_shift(register_id=register.pk, float_minor=10_000, actor=ben)
    return Counter(shop, register, ben, shift)


# --- shifts ---------------------------------------------------------------------------------------


def test_open_shift_books_the_float_and_only_one_lives() -> None:
    till = make_counter()

    with pytest.raises(errors.ShiftAlreadyOpen):
        pos.open_shift(register_id=till.register.pk, float_minor=0, actor=till.ben)

    entry = CashEntry.objects.get(shift=till.shift)
    assert (entry.kind, entry.amount_minor) == (CashKind.FLOAT, 10_000)
    assert Shift.objects.count() == 1


def test_open_shift_elsewhere_or_on_a_dead_register_is_refused() -> None:
    till = make_counter()
    cleo = staff_actor(*PERMISSIONS, location_id=till.shop.nice.pk)
    dead = Register.objects.create(
        location=till.shop.lyon,
        channel=till.shop.channel,
        code="till-dead",
        name="Old",
        is_active=False,
    )

    with pytest.raises(NotFound):
        pos.open_shift(register_id=till.register.pk, float_minor=0, actor=cleo)
    with pytest.raises(errors.RegisterNotActive):
        pos.open_shift(register_id=dead.pk, float_minor=0, actor=till.ben)

    assert Shift.objects.count() == 1


def test_shift_counted_recounted_and_closed_with_its_difference() -> None:
    till = make_counter()
    till.sells()
    counted = pos.count_shift(shift_id=till.shift.pk, counted_minor=10_900, actor=till.ben)
    assert counted.expected_minor == 11_000
    pos.ask_for_recount(shift_id=till.shift.pk, actor=till.ben)
    pos.count_shift(shift_id=till.shift.pk, counted_minor=10_990, actor=till.ben)

    with pytest.raises(errors.DifferenceNotExplained):
        pos.close_shift(shift_id=till.shift.pk, actor=till.ben)
    closed = pos.close_shift(
        shift_id=till.shift.pk, difference_reason="a coin fell", actor=till.ben
    )

    assert closed.status == ShiftStatus.CLOSED
    assert CashEntry.objects.get(kind=CashKind.DIFFERENCE).amount_minor == -10
    assert till.drawer() == 10_990
    with pytest.raises(InvalidTransition):
        pos.close_shift(shift_id=till.shift.pk, actor=till.ben)
    with pytest.raises(errors.ShiftNotOpen):
        till.sells()


def test_suspended_shift_sells_nothing_until_resumed() -> None:
    till = make_counter()
    pos.suspend_shift(shift_id=till.shift.pk, actor=till.ben)

    with pytest.raises(errors.ShiftNotOpen):
        till.sells()
    pos.resume_shift(shift_id=till.shift.pk, actor=till.ben)

    assert till.sells().order.status == OrderStatus.COMPLETED


def test_force_close_is_a_managers() -> None:
    till = make_counter()
    ada = staff_actor(Permission.POS_FORCE_CLOSE, location_id=till.shop.lyon.pk)

    with pytest.raises(NotFound):
        pos.force_close_shift(shift_id=till.shift.pk, reason="gone", actor=till.ben)
    closed = pos.force_close_shift(
        shift_id=till.shift.pk, reason="gone", counted_minor=9_000, actor=ada
    )

    assert (closed.status, closed.expected_minor) == (ShiftStatus.FORCE_CLOSED, 10_000)
    assert till.drawer() == 9_000
    assert StoredEvent.objects.get(type="shift.closed").payload["is_forced"] is True


def test_cash_by_hand_never_exceeds_the_drawer() -> None:
    till = make_counter()

    def moves(kind: str, amount_minor: int, reference: str) -> None:
        pos.move_cash(
            shift_id=till.shift.pk,
            kind=kind,
            amount_minor=amount_minor,
            reason="safe",
            reference=reference,
            actor=till.ben,
        )

    for _again in range(2):
        moves("drop", 4_000, "d1")
    assert till.drawer() == 6_000

    with pytest.raises(errors.DrawerTooEmpty):
        moves("paid_out", 6_001, "d2")
    with pytest.raises(errors.CashReferenceReused):
        moves("drop", 1, "d1")
    with pytest.raises(errors.CashKindNotAllowed):
        moves("sale", 1, "d3")

    assert till.drawer() == 6_000


# --- sales ----------------------------------------------------------------------------------------


def test_sell_carry_out_in_cash_with_change() -> None:
    till = make_counter()

    sale = till.sells(
        Wish(till.shop.variant.pk, 1, Method.CARRY_OUT),
        Wish(till.shop.variant.pk, 1, Method.CARRY_OUT),
        tenders=[cash(2000, given=5000)],
    )

    order = sale.order
    assert (order.status, order.payment_status) == (OrderStatus.COMPLETED, "paid")
    assert order.payment_policy == PaymentPolicy.AT_TILL
    assert (sale.change_minor, sale.entry.number) == (3000, 1)
    assert till.drawer() == 12_000
    level = till.shop.level()
    assert (level.on_hand, level.committed) == (8, 0)
    assert [line.quantity for line in lines_of(order)] == [2]
    told = StoredEvent.objects.get(type="sale.completed")
    assert told.payload["tenders"] == {"cash": 2000}


def test_sell_with_several_tenders_and_methods() -> None:
    till = make_counter()
    other = make_variant()
    make_listing(other, till.shop.channel, price_minor=1000)
    stock_up(other, till.shop.nice, 3)

    sale = till.sells(
        Wish(till.shop.variant.pk, 1, Method.CARRY_OUT),
        Wish(other.pk, 1, Method.PICKUP, till.shop.nice.pk),
        tenders=[cash(500), card(1500)],
        contact=Contact(name="Eve", phone="+33612345678"),
    )

    rows = FulfilmentOrder.objects.filter(order=sale.order)
    assert {(row.method, row.status) for row in rows} == {
        ("carry_out", "handed_over"),
        ("pickup", "new"),
    }
    assert sale.order.status == OrderStatus.CONFIRMED
    assert sale.entry.tenders == {"cash": 500, "card_terminal": 1500}
    assert till.drawer() == 10_500


def test_sell_takes_the_last_unit_and_then_no_more() -> None:
    till = make_counter(units=1)
    till.sells()

    with pytest.raises(OutOfStock):
        till.sells()

    assert Order.objects.count() == 1
    assert till.drawer() == 11_000
    assert JournalEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("tenders", "error"),
    [
        ([cash(999)], errors.TendersDoNotMatch),
        ([cash(1001)], errors.TendersDoNotMatch),
        ([], errors.TendersDoNotMatch),
        ([cash(1000, given=900)], errors.TooLittleCashGiven),
        ([TenderGiven(Tender.ON_ACCOUNT, 1000)], NotACounterTender),
    ],
)
def test_sell_paid_wrongly_changes_nothing(tenders: Any, error: type[Exception]) -> None:
    till = make_counter()

    with pytest.raises(error):
        till.sells(tenders=tenders)

    assert not Order.objects.exists()
    assert till.drawer() == 10_000
    assert till.shop.level().on_hand == 10


def test_sell_at_another_total_than_shown_is_refused() -> None:
    till = make_counter()

    with pytest.raises(PriceChanged):
        till.sells(total=Money(999, "EUR"))

    assert not Order.objects.exists()


def test_journal_numbers_have_no_gaps_over_a_refused_sale() -> None:
    till = make_counter()
    till.sells()
    with pytest.raises(errors.TendersDoNotMatch):
        till.sells(tenders=[])
    till.sells()

    assert list(JournalEntry.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_figures_hide_what_to_find_until_counted() -> None:
    till = make_counter()
    till.sells(tenders=[cash(400), card(600)])

    running = figures_of(till.ben, till.shift.pk)
    pos.count_shift(shift_id=till.shift.pk, counted_minor=10_400, actor=till.ben)
    pos.close_shift(shift_id=till.shift.pk, actor=till.ben)
    closed = figures_of(till.ben, till.shift.pk)

    assert (running.kind, running.expected_minor) == ("X", None)
    assert (closed.kind, closed.expected_minor) == ("Z", 10_400)
    assert closed.total_by_tender == {"cash": 400, "card_terminal": 600}
    assert (closed.count_by_kind["sale"], closed.total_by_kind["sale"]) == (1, 1000)


# --- collection -----------------------------------------------------------------------------------


def test_collect_takes_the_money_with_the_hand_over() -> None:
    till = make_counter()
    order = make_order(
        till.shop, Sold(quantity=2), pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION
    )
    row = make_ready(order)
    wanted = Collection(
        shift_id=till.shift.pk,
        fulfilment_order_id=row.pk,
        code=code_of(row),
        tenders=[cash(2000, given=2500)],
        request_key="c1",
    )

    done = pos.collect(collection=wanted, actor=till.ben)
    again = pos.collect(collection=wanted, actor=till.ben)

    assert (done.change_minor, again.change_minor) == (500, 0)
    order.refresh_from_db()
    assert (order.status, order.payment_status) == (OrderStatus.COMPLETED, "paid")
    assert till.drawer() == 12_000


def test_collect_with_a_wrong_code_or_wrong_money_gives_nothing() -> None:
    till = make_counter()
    order = make_order(till.shop, pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION)
    row = make_ready(order)

    def attempt(code: str, tenders: list[TenderGiven]) -> None:
        wanted = Collection(
            shift_id=till.shift.pk, fulfilment_order_id=row.pk, code=code, tenders=tenders
        )
        pos.collect(collection=wanted, actor=till.ben)

    with pytest.raises(WrongPickupCode):
        attempt("WRONG", [cash(1000)])
    with pytest.raises(errors.TendersDoNotMatch):
        attempt(code_of(row), [cash(900)])

    row.refresh_from_db()
    assert row.status == FulfilmentState.READY
    assert till.drawer() == 10_000
    assert not Payment.objects.exists()


# --- money back -----------------------------------------------------------------------------------


def returned(till: Counter, order: Order, quantity: int = 1, **over: Any) -> CounterReturn:
    values = {
        "location_id": till.shop.lyon.pk,
        "order_number": order.number,
        "units": [ReturnUnits(lines_of(order)[0].pk, quantity)],
    } | over
    return CounterReturn(**values)


def test_return_at_till_gives_cash_back_at_once() -> None:
    till = make_counter()
    order = till.sells().order

    case = pos.return_at_till(
        shift_id=till.shift.pk, wanted=returned(till, order, reference="r1"), actor=till.ben
    )
    again = pos.return_at_till(
        shift_id=till.shift.pk, wanted=returned(till, order, reference="r1"), actor=till.ben
    )

    assert case.pk == again.pk
    assert (case.status, case.money_status) == (LogisticsState.CLOSED, MoneyState.SETTLED)
    assert till.drawer() == 10_000
    assert till.shop.level().on_hand == 10
    assert JournalEntry.objects.get(kind="return").total_minor == -1000


def test_return_at_till_needs_the_cash_in_the_drawer() -> None:
    till = make_counter()
    order = till.sells().order
    pos.move_cash(
        shift_id=till.shift.pk,
        kind="drop",
        amount_minor=10_500,
        reason="safe",
        reference="d",
        actor=till.ben,
    )

    with pytest.raises(errors.DrawerTooEmpty):
        pos.return_at_till(shift_id=till.shift.pk, wanted=returned(till, order), actor=till.ben)

    assert not ReturnCase.objects.exists()
    assert not Refund.objects.exists()
    assert till.shop.level().on_hand == 9


def test_pay_out_refunds_that_wait() -> None:
    till = make_counter()
    order = till.sells().order
    aftersales.return_at_counter(wanted=returned(till, order), actor=SYSTEM)

    done = pos.pay_out_refunds(
        shift_id=till.shift.pk, order_number=order.number.lower(), actor=till.ben
    )

    assert [row.status for row in done] == [RefundState.SUCCEEDED]
    assert ReturnCase.objects.get().status == LogisticsState.CLOSED
    assert till.drawer() == 10_000
    with pytest.raises(errors.NothingToPayOut):
        pos.pay_out_refunds(shift_id=till.shift.pk, order_number=order.number, actor=till.ben)


def test_card_is_given_its_money_with_the_terminals_reference_only() -> None:
    till = make_counter()
    order = till.sells(tenders=[card(1000)]).order
    wanted = returned(till, order, reference="r1")

    with pytest.raises(payments.TerminalReferenceMissing) as missing:
        pos.return_at_till(shift_id=till.shift.pk, wanted=wanted, actor=till.ben)
    with pytest.raises(payments.CardNumberRefused):
        pos.return_at_till(
            shift_id=till.shift.pk,
            wanted=wanted,
            terminal_reference="4242 4242 4242 4242",
            actor=till.ben,
        )

    assert missing.value.details == {"amount_minor": 1000, "currency": "EUR"}
    assert not ReturnCase.objects.exists()
    assert not Refund.objects.exists()
    assert JournalEntry.objects.count() == 1
    for _again in range(2):
        case = pos.return_at_till(
            shift_id=till.shift.pk, wanted=wanted, terminal_reference=" T-77 ", actor=till.ben
        )
    refund = Refund.objects.get()
    assert (refund.status, refund.provider_reference) == (RefundState.SUCCEEDED, "T-77")
    assert (case.money_status, till.drawer()) == (MoneyState.SETTLED, 10_000)


def test_pay_out_refunds_to_card_and_cash_needs_the_terminals_reference() -> None:
    till = make_counter()
    two = Wish(till.shop.variant.pk, 2, Method.CARRY_OUT)
    order = till.sells(two, tenders=[cash(500), card(1500)]).order
    aftersales.return_at_counter(wanted=returned(till, order, 2), actor=SYSTEM)

    with pytest.raises(payments.TerminalReferenceMissing):
        pos.pay_out_refunds(shift_id=till.shift.pk, order_number=order.number, actor=till.ben)
    assert set(Refund.objects.values_list("status", flat=True)) == {RefundState.PENDING}
    assert till.drawer() == 10_500

    done = pos.pay_out_refunds(
        shift_id=till.shift.pk,
        order_number=order.number,
        terminal_reference="T-78",
        actor=till.ben,
    )
    given = {row.payment.tender: (row.amount_minor, row.provider_reference) for row in done}
    assert given == {Tender.CASH: (500, ""), Tender.CARD_TERMINAL: (1500, "T-78")}
    assert till.drawer() == 10_000


def test_pay_out_return_without_receipt() -> None:
    till = make_counter()
    case = aftersales.return_without_receipt(
        wanted=LooseReturn(
            location_id=till.shop.lyon.pk,
            channel_id=till.shop.channel.pk,
            customer_id=make_customer().pk,
            units=[LooseUnits(till.shop.variant.pk, 1)],
            evidence="tag",
        ),
        actor=SYSTEM,
    )

    for _again in range(2):
        row = pos.pay_out_return(shift_id=till.shift.pk, case_id=case.pk, actor=till.ben)

    assert row.status == LogisticsState.CLOSED
    assert till.drawer() == 9_000


def _other(till: Counter, price_minor: int) -> Variant:
    variant = make_variant()
    make_listing(variant, till.shop.channel, price_minor=price_minor)
    stock_up(variant, till.shop.lyon, 5)
    return variant


def test_exchange_for_something_dearer_takes_the_difference() -> None:
    till = make_counter()
    order = till.sells().order
    dear = _other(till, 1500)
    wanted = returned(till, order, kind=ReturnKind.EXCHANGE, reference="x1")

    for _again in range(2):
        made = pos.exchange(
            shift_id=till.shift.pk,
            returned=wanted,
            wishes=[Wish(dear.pk, 1, Method.CARRY_OUT)],
            tenders=[cash(500, given=1000)],
            actor=till.ben,
        )

    assert made.difference_minor == 500
    assert made.order.total_minor == 500
    assert Exchange.objects.get().difference_minor == 500
    case = ReturnCase.objects.get()
    assert (case.status, case.money_status, case.replacement_status) == (
        LogisticsState.CLOSED,
        MoneyState.SETTLED,
        ReplacementState.FULFILLED,
    )
    assert not Refund.objects.exists()
    assert till.drawer() == 11_500
    assert (till.shop.level().on_hand, till.shop.level(variant=dear).on_hand) == (10, 4)
    made.order.refresh_from_db()
    assert made.order.status == OrderStatus.COMPLETED


def test_exchange_for_something_cheaper_gives_the_rest_back() -> None:
    till = make_counter()
    order = till.sells().order
    cheap = _other(till, 400)

    made = pos.exchange(
        shift_id=till.shift.pk,
        returned=returned(till, order, kind=ReturnKind.EXCHANGE),
        wishes=[Wish(cheap.pk, 1, Method.CARRY_OUT)],
        tenders=[],
        actor=till.ben,
    )

    assert (made.difference_minor, made.order.total_minor) == (-600, 0)
    assert Refund.objects.get().amount_minor == 600
    assert ReturnCase.objects.get().status == LogisticsState.CLOSED
    assert till.drawer() == 10_400


def test_goods_of_an_exchange_are_refunded_over_the_order_before_it() -> None:
    till = make_counter()
    order = till.sells().order
    dear = _other(till, 1500)
    made = pos.exchange(
        shift_id=till.shift.pk,
        returned=returned(till, order, kind=ReturnKind.EXCHANGE),
        wishes=[Wish(dear.pk, 1, Method.CARRY_OUT)],
        tenders=[cash(500)],
        actor=till.ben,
    )

    case = pos.return_at_till(
        shift_id=till.shift.pk, wanted=returned(till, made.order), actor=till.ben
    )

    assert (case.refund_minor, case.money_status) == (1500, MoneyState.SETTLED)
    assert till.drawer() == 10_000


def test_exchange_that_lacks_goods_takes_nothing_back() -> None:
    till = make_counter()
    order = till.sells().order
    gone = make_variant()
    make_listing(gone, till.shop.channel, price_minor=1000)

    with pytest.raises(OutOfStock):
        pos.exchange(
            shift_id=till.shift.pk,
            returned=returned(till, order, kind=ReturnKind.EXCHANGE),
            wishes=[Wish(gone.pk, 1, Method.CARRY_OUT)],
            tenders=[],
            actor=till.ben,
        )

    assert not ReturnCase.objects.exists()
    assert lines_of(order)[0].quantity_returned == 0


# --- voids ----------------------------------------------------------------------------------------


def test_void_reverses_the_sale_by_a_second_identity() -> None:
    till = make_counter()
    sale = till.sells(tenders=[cash(400), card(600)])
    key_holder = staff_actor(Permission.POS_VOID, location_id=till.shop.lyon.pk)
    seller_too = Actor(kind="staff", user_id=till.ben.user_id, grants=key_holder.grants, name="Ben")

    with pytest.raises(errors.SecondIdentityNeeded):
        pos.void_sale(
            shift_id=till.shift.pk, order_id=sale.order.pk, reason="wrong", actor=seller_too
        )
    voided = pos.void_sale(
        shift_id=till.shift.pk, order_id=sale.order.pk, reason="wrong", actor=key_holder
    )

    assert voided.status == OrderStatus.CANCELLED
    assert {row.status for row in Payment.objects.all()} == {PaymentState.VOIDED}
    assert not Refund.objects.exists()
    assert till.drawer() == 10_000
    level = till.shop.level()
    assert (level.on_hand, level.committed) == (10, 0)
    assert JournalEntry.objects.get(kind="void").total_minor == -1000
    with pytest.raises(errors.AlreadyVoided):
        pos.void_sale(
            shift_id=till.shift.pk, order_id=sale.order.pk, reason="wrong", actor=key_holder
        )


def test_void_of_a_mixed_sale_ends_the_work_elsewhere() -> None:
    till = make_counter()
    sale = till.sells(
        Wish(till.shop.variant.pk, 1, Method.CARRY_OUT),
        Wish(till.shop.variant.pk, 1, Method.PICKUP, till.shop.nice.pk),
        contact=Contact(name="Eve", phone="+33612345678"),
    )

    pos.void_sale(shift_id=till.shift.pk, order_id=sale.order.pk, reason="wrong", actor=SYSTEM)

    assert {row.status for row in FulfilmentOrder.objects.all()} == {FulfilmentState.CANCELLED}
    assert (till.shop.level().committed, till.shop.level(till.shop.nice).committed) == (0, 0)


def test_void_of_another_shift_is_refused() -> None:
    till = make_counter()
    sale = till.sells()
    pos.count_shift(shift_id=till.shift.pk, counted_minor=11_000, actor=till.ben)
    pos.close_shift(shift_id=till.shift.pk, actor=till.ben)
    later = pos.open_shift(register_id=till.register.pk, float_minor=0, actor=till.ben)

    with pytest.raises(errors.NotSoldInThisShift):
        pos.void_sale(shift_id=later.pk, order_id=sale.order.pk, reason="x", actor=SYSTEM)


def test_moves_of_shifts_lead_to_an_end() -> None:
    ends = {state for state, targets in SHIFT_MOVES.items() if not targets}

    assert set(SHIFT_MOVES) == set(ShiftStatus.values)
    for start in SHIFT_MOVES:
        seen, todo = set(), [start]
        while todo:
            state = todo.pop()
            if state not in seen:
                seen.add(state)
                todo.extend(SHIFT_MOVES[state])
        assert seen & ends


# --- money that is not the drawer's, or not there any more ----------------------------------------


def sold_in(till: Counter, currency: str, pay: str = Tender.CASH) -> Order:
    """A pickup of Lyon, sold by a channel of another currency."""
    foreign = make_channel(locations=[till.shop.lyon], currency=currency)
    make_listing(till.shop.variant, foreign, price_minor=1000)
    shop = Shop(foreign, till.shop.lyon, till.shop.nice, till.shop.variant)
    policy = PaymentPolicy.PREPAID if pay else PaymentPolicy.PAY_AT_COLLECTION
    return make_order(shop, Sold(), pay=pay, payment_policy=policy)


def brought(till: Counter, order: Order, **over: Any) -> CounterReturn:
    """One unit of the order's first line, on the counter in Lyon."""
    wanted = {
        "location_id": till.shop.lyon.pk,
        "order_number": order.number,
        "units": [ReturnUnits(lines_of(order)[0].pk, 1)],
    }
    return CounterReturn(**wanted | over)


def test_return_at_till_leaves_another_currency_to_its_own_till() -> None:
    till = make_counter()
    order = sold_in(till, "CHF")
    collect(order)

    case = pos.return_at_till(shift_id=till.shift.pk, wanted=brought(till, order), actor=till.ben)

    assert (till.drawer(), case.money_status) == (10_000, MoneyState.DUE)
    assert Refund.objects.get().status == RefundState.PENDING
    with pytest.raises(errors.NothingToPayOut):
        pos.pay_out_refunds(shift_id=till.shift.pk, order_number=order.number, actor=till.ben)
    assert till.drawer() == 10_000


def test_exchange_of_goods_of_another_currency_is_refused() -> None:
    till = make_counter()
    order = sold_in(till, "JPY")
    collect(order)

    with pytest.raises(CurrencyMismatch):
        pos.exchange(
            shift_id=till.shift.pk,
            returned=brought(till, order, kind=ReturnKind.EXCHANGE),
            wishes=[Wish(till.shop.variant.pk, 1, Method.CARRY_OUT)],
            tenders=[],
            actor=till.ben,
        )

    assert ReturnCase.objects.count() == Exchange.objects.count() == 0
    assert lines_of(order)[0].quantity_returned == 0


def test_collect_takes_no_money_of_another_currency() -> None:
    till = make_counter()
    row = make_ready(sold_in(till, "CHF", pay=""))

    with pytest.raises(CurrencyMismatch):
        pos.collect(
            collection=Collection(
                shift_id=till.shift.pk,
                fulfilment_order_id=row.pk,
                tenders=[cash(1000)],
                code=code_of(row),
            ),
            actor=till.ben,
        )

    row.refresh_from_db()
    assert (row.status, Payment.objects.count(), till.drawer()) == ("ready", 0, 10_000)


def test_exchange_gives_no_credit_for_money_that_was_given_back() -> None:
    till = make_counter()
    order = till.sells().order
    payments.refund_payment(order_id=order.pk, amount_minor=700, reference="sorry", actor=SYSTEM)
    pos.pay_out_refunds(shift_id=till.shift.pk, order_number=order.number, actor=till.ben)

    def exchange(*tenders: TenderGiven) -> pos.ExchangedAtTill:
        return pos.exchange(
            shift_id=till.shift.pk,
            returned=brought(till, order, kind=ReturnKind.EXCHANGE),
            wishes=[Wish(till.shop.variant.pk, 1, Method.CARRY_OUT)],
            tenders=tenders,
            actor=till.ben,
        )

    with pytest.raises(errors.TendersDoNotMatch) as refusal:
        exchange()
    made = exchange(cash(700))

    assert refusal.value.details["due_minor"] == made.difference_minor == 700
    assert till.drawer() == 11_000


def exchanged_for_pickup(till: Counter, quantity: int) -> Order:
    """One unit of 10.00 came back; so many are to be collected in Nice, the difference is paid."""
    sold = till.sells().order
    tenders = [cash((quantity - 1) * 1000)] if quantity > 1 else []
    return pos.exchange(
        shift_id=till.shift.pk,
        returned=brought(till, sold, kind=ReturnKind.EXCHANGE),
        wishes=[Wish(till.shop.variant.pk, quantity, Method.PICKUP, till.shop.nice.pk)],
        tenders=tenders,
        actor=till.ben,
    ).order


def test_cancelled_replacement_gives_back_what_was_paid_for_the_old_goods() -> None:
    till = make_counter()
    order = exchanged_for_pickup(till, 1)

    aftersales.cancel_order(order_id=order.pk, actor=SYSTEM)

    order.refresh_from_db()
    refund = Refund.objects.select_related("payment__order").get()
    assert (order.status, refund.amount_minor) == (OrderStatus.CANCELLED, 1000)
    assert refund.payment.order != order


def test_replacement_cancelled_in_parts_gives_everything_back_once() -> None:
    till = make_counter()
    order = exchanged_for_pickup(till, 3)
    line = lines_of(order)[0]

    given = []
    for _unit in range(3):
        aftersales.cancel_order(order_id=order.pk, units=[(line.pk, 1)], actor=SYSTEM)
        given.append(sum(Refund.objects.values_list("amount_minor", flat=True)))

    order.refresh_from_db()
    assert (given, order.status) == ([1000, 2000, 3000], OrderStatus.CANCELLED)


def test_void_sale_is_refused_once_goods_left_elsewhere() -> None:
    till = make_counter()
    order = till.sells(
        Wish(till.shop.variant.pk, 1, Method.CARRY_OUT),
        Wish(till.shop.variant.pk, 1, Method.PICKUP, till.shop.nice.pk),
        contact=Contact(name="Eve", email="eve@example.com"),
    ).order
    row = pick_all(FulfilmentOrder.objects.get(order=order, method=Method.PICKUP))
    fulfilment.mark_ready(fulfilment_order_id=row.pk, shelf="A1", actor=SYSTEM)
    fulfilment.hand_over(fulfilment_order_id=row.pk, code=code_of(row), actor=SYSTEM)
    ada = staff_actor(*PERMISSIONS, Permission.POS_VOID, location_id=till.shop.lyon.pk)

    with pytest.raises(errors.GoodsLeftElsewhere):
        pos.void_sale(shift_id=till.shift.pk, order_id=order.pk, reason="wrong", actor=ada)

    assert Payment.objects.get().status == PaymentState.CAPTURED
    assert (till.drawer(), till.shop.level().on_hand) == (12_000, 9)


# --- what goods of an order are still worth -------------------------------------------------------


def sold_two_and_gave_back(till: Counter, amount_minor: int, *, reference: str = "sorry") -> Order:
    """Two units of 10.00, of whose price so much went back as a favour."""
    order = till.sells(Wish(till.shop.variant.pk, 2, Method.CARRY_OUT)).order
    payments.refund_payment(
        order_id=order.pk, amount_minor=amount_minor, reference=reference, actor=SYSTEM
    )
    pos.pay_out_refunds(shift_id=till.shift.pk, order_number=order.number, actor=till.ben)
    return order


def exchanges(till: Counter, order: Order, *tenders: TenderGiven) -> pos.ExchangedAtTill:
    """One unit for another of the same."""
    return pos.exchange(
        shift_id=till.shift.pk,
        returned=returned(till, order, kind=ReturnKind.EXCHANGE),
        wishes=[Wish(till.shop.variant.pk, 1, Method.CARRY_OUT)],
        tenders=tenders,
        actor=till.ben,
    )


def test_exchange_gives_no_credit_twice_for_the_money_of_an_order() -> None:
    till = make_counter()
    order = sold_two_and_gave_back(till, 1200)

    first = exchanges(till, order, cash(200))
    with pytest.raises(errors.TendersDoNotMatch) as refusal:
        exchanges(till, order)
    second = exchanges(till, order, cash(1000))

    assert (first.difference_minor, second.difference_minor) == (200, 1000)
    assert refusal.value.details["due_minor"] == 1000
    assert till.drawer() == 10_000 + 2000 - 1200 + 1200


def test_return_after_an_exchange_pays_what_was_not_credited() -> None:
    till = make_counter()
    order = sold_two_and_gave_back(till, 700)
    made = exchanges(till, order)

    case = pos.return_at_till(shift_id=till.shift.pk, wanted=returned(till, order), actor=till.ben)
    again = pos.return_at_till(
        shift_id=till.shift.pk, wanted=returned(till, made.order), actor=till.ben
    )

    assert (case.refund_minor, again.refund_minor) == (300, 1000)
    assert (case.money_status, again.money_status) == (MoneyState.SETTLED, MoneyState.SETTLED)
    assert till.drawer() == 10_000


def test_credit_that_came_back_with_its_goods_is_not_counted_again() -> None:
    till = make_counter()
    order = till.sells(Wish(till.shop.variant.pk, 2, Method.CARRY_OUT)).order
    last = exchanges(till, exchanges(till, order).order).order

    back = [
        pos.return_at_till(
            shift_id=till.shift.pk, wanted=returned(till, each), actor=till.ben
        ).refund_minor
        for each in (last, order)
    ]

    assert back == [1000, 1000]
    assert till.drawer() == 10_000
