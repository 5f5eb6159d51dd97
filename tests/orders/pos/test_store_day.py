"""A store's day: opened by its first shift, reconciled with terminal and safe, closed for good."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum

from inventory.locations.models import Method
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.audit.registry import invariants
from omni.core import clock
from omni.core.errors import DomainError, NotFound
from omni.events.models import StoredEvent
from omni.lab.races import race
from orders.checkout.operations import Wish
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.models import FulfilmentOrder, Pickup
from orders.payments.models import Payment, Refund, Tender
from orders.pos import errors
from orders.pos import operations as pos
from orders.pos.day_figures import day_figures, report_of
from orders.pos.denominations import denominations_of, summed
from orders.pos.models import (
    CashEntry,
    Deposit,
    JournalEntry,
    Safe,
    SafeEntry,
    StoreDay,
    StoreDayStatus,
    TerminalBatch,
)
from orders.pos.zreport import JournalFact, PartFact, z_report
from orders.sales.models import OrderLine
from tests.factories.omni import staff_actor
from tests.factories.orders_work import make_order, make_ready
from tests.orders.pos.test_till import PERMISSIONS, Counter, card, cash, make_counter, returned

pytestmark = pytest.mark.django_db


def manager(till: Counter) -> Actor:
    codes = (*PERMISSIONS, Permission.POS_VOID, Permission.POS_CLOSE_DAY)
    return staff_actor(*codes, location_id=till.shop.lyon.pk)


def day_of(till: Counter) -> StoreDay:
    till.shift.refresh_from_db()
    assert till.shift.store_day is not None
    return till.shift.store_day


def close_shift(till: Counter, counted: int) -> None:
    pos.count_shift(shift_id=till.shift.pk, counted_minor=counted, actor=till.ben)
    pos.close_shift(shift_id=till.shift.pk, difference_reason="a coin", actor=till.ben)


def busy_day() -> Counter:
    """Sales by cash and card, one voided, one returned, a drop; 1 short at the end."""
    till = make_counter(units=30)
    ada = manager(till)
    till.sells()
    till.sells(tenders=[card(1000)])
    two = till.sells(
        Wish(till.shop.variant.pk, 2, Method.CARRY_OUT), tenders=[cash(500), card(1500)]
    )
    void = till.sells()
    pos.void_sale(shift_id=till.shift.pk, order_id=void.order.pk, reason="wrong", actor=ada)
    pos.return_at_till(
        shift_id=till.shift.pk,
        wanted=returned(till, two.order, 1),
        terminal_reference="back-1",
        actor=till.ben,
    )
    pos.move_cash(
        shift_id=till.shift.pk,
        kind="drop",
        amount_minor=700,
        reason="too much",
        reference=str(uuid4()),
        actor=till.ben,
    )
    close_shift(till, till.drawer() - 1)
    return till


def offenders(*codes: str) -> list[Any]:
    found = []
    for each in invariants(codes):
        with connection.cursor() as cursor:
            cursor.execute(each.statement())
            found += cursor.fetchall()
    return found


def reconciled(till: Counter) -> tuple[StoreDay, Actor]:
    day, ada = day_of(till), manager(till)
    pos.begin_reconciling(day_id=day.pk, actor=ada)
    for terminal in day_figures(ada, day.pk).terminals:
        pos.enter_terminal_batch(
            day_id=day.pk,
            register_id=terminal.register_id,
            total_minor=terminal.expected_minor,
            actor=ada,
        )
    pos.count_safe(day_id=day.pk, denominations={"1": balance(day)}, actor=ada)
    return day, ada


def balance(day: StoreDay) -> int:
    return Safe.objects.get(location=day.location).balance_minor


def test_open_shift_begins_the_day_of_the_store_by_its_own_clock() -> None:
    till = make_counter()
    day = day_of(till)

    again = pos.open_day(location_id=till.shop.lyon.pk, currency="EUR", actor=till.ben)

    assert again == day
    assert (day.status, day.currency) == (StoreDayStatus.OPEN, "EUR")
    assert day.business_date == (clock.now() + timedelta(hours=1)).date()
    with pytest.raises(NotFound):
        pos.open_day(location_id=till.shop.nice.pk, currency="EUR", actor=till.ben)


def test_day_closes_with_sums_that_are_those_of_every_ledger() -> None:
    till = busy_day()
    day, ada = reconciled(till)
    safe_before = balance(day)
    deposit = pos.make_deposit(
        day_id=day.pk, denominations={"500": 1}, request_key="one", actor=ada
    )

    closed = pos.close_day(day_id=day.pk, actor=ada)

    report = report_of(day.pk)
    journal = JournalEntry.objects.filter(shift__store_day=day)
    drawer = CashEntry.objects.filter(shift__store_day=day, kind__in=["sale", "refund"])
    assert report.total_minor == journal.aggregate(n=Sum("total_minor"))["n"] == closed.total_minor
    assert report.tenders["cash"] == drawer.aggregate(n=Sum("amount_minor"))["n"]
    for tender in (Tender.CASH, Tender.CARD_TERMINAL):
        kept = Payment.objects.filter(tender=tender).exclude(status="voided")
        net = kept.aggregate(n=Sum("captured_minor"))["n"]
        back = Refund.objects.filter(payment__tender=tender, status="succeeded").aggregate(
            n=Sum("amount_minor")
        )["n"]
        assert report.tenders[tender] == net - (back or 0)
    sold = OrderLine.objects.exclude(order__status="cancelled")
    assert report.gross_minor == sold.aggregate(n=Sum("total_minor"))["n"] == 4000
    assert report.tax_minor == sold.aggregate(n=Sum("tax_minor"))["n"]
    assert (report.net_minor + report.tax_minor, report.voided_minor) == (4000, 1000)
    assert report.gross_minor + report.collected_minor + report.given_back_minor == 3000
    assert report.counts == {"return": 1, "sale": 4, "void": 1}
    assert closed.figures["total_minor"] == 3000
    assert (deposit.slip_number, deposit.amount_minor) == (1, 500)
    assert balance(day) == safe_before - 500
    assert offenders("D1", "D2", "D3", "D4", "D5") == []
    told = StoredEvent.objects.get(type="store_day.closed").payload
    assert (told["total_minor"], told["deposited_minor"]) == (3000, 500)


def test_a_closed_day_takes_nothing_more() -> None:
    till = busy_day()
    day, ada = reconciled(till)
    with pytest.raises(errors.StoreDayNotOpen):
        pos.open_shift(register_id=till.register.pk, float_minor=0, actor=till.ben)
    pos.close_day(day_id=day.pk, actor=ada)

    refused = []
    for call in (
        lambda: pos.open_shift(register_id=till.register.pk, float_minor=0, actor=till.ben),
        lambda: pos.begin_reconciling(day_id=day.pk, actor=ada),
        lambda: pos.reopen_day(day_id=day.pk, actor=ada),
        lambda: pos.count_safe(day_id=day.pk, denominations={}, actor=ada),
        lambda: pos.close_day(day_id=day.pk, actor=ada),
    ):
        with pytest.raises(DomainError) as refusal:
            call()
        refused.append(refusal.value.code)

    wrong = "store_day_not_reconciling"
    assert refused == [
        "store_day_not_open",
        "invalid_transition",
        "invalid_transition",
        wrong,
        wrong,
    ]
    with clock.moved(by=timedelta(days=1)):
        next_one = pos.open_shift(register_id=till.register.pk, float_minor=0, actor=till.ben)
    assert next_one.store_day_id != day.pk


def test_close_day_waits_for_shifts_terminal_and_safe_and_a_manager() -> None:
    till = make_counter()
    till.sells(tenders=[card(1000)])
    day, ada = day_of(till), manager(till)
    with pytest.raises(errors.ShiftsStillOpen):
        pos.begin_reconciling(day_id=day.pk, actor=ada)
    close_shift(till, 10_000)
    with pytest.raises(errors.StoreDayNotReconciling):
        pos.count_safe(day_id=day.pk, denominations={}, actor=ada)
    pos.begin_reconciling(day_id=day.pk, actor=till.ben)

    with pytest.raises(errors.TerminalNotReconciled):
        pos.close_day(day_id=day.pk, actor=ada)
    batch = {"day_id": day.pk, "register_id": till.register.pk}
    with pytest.raises(errors.DifferenceNotExplained):
        pos.enter_terminal_batch(**batch, total_minor=900, actor=ada)
    pos.enter_terminal_batch(**batch, total_minor=900, reason="slip lost", actor=ada)
    with pytest.raises(errors.SafeNotCounted):
        pos.make_deposit(day_id=day.pk, denominations={"1": 1}, request_key="k", actor=ada)
    with pytest.raises(errors.SafeNotCounted):
        pos.close_day(day_id=day.pk, actor=ada)
    with pytest.raises(errors.DifferenceNotExplained):
        pos.count_safe(day_id=day.pk, denominations={"5": 1}, actor=ada)
    pos.count_safe(day_id=day.pk, denominations={"5": 1}, reason="found", actor=ada)
    with pytest.raises(NotFound):
        pos.close_day(day_id=day.pk, actor=till.ben)

    assert pos.close_day(day_id=day.pk, actor=ada).status == StoreDayStatus.CLOSED
    assert TerminalBatch.objects.get().expected_minor == 1000
    assert SafeEntry.objects.get(kind="difference").amount_minor == 5
    assert (
        StoredEvent.objects.get(type="store_day.closed").payload["terminal_difference_minor"]
        == -100
    )


def test_reopened_day_books_each_shift_into_the_safe_once() -> None:
    till = busy_day()
    day, ada = reconciled(till)
    before = balance(day)

    pos.reopen_day(day_id=day.pk, actor=ada)
    till.shift = pos.open_shift(register_id=till.register.pk, float_minor=0, actor=till.ben)
    till.sells()
    close_shift(till, 1000)
    pos.begin_reconciling(day_id=day.pk, actor=ada)

    assert balance(day) == before + 1000
    with pytest.raises(errors.SafeNotCounted):
        pos.close_day(day_id=day.pk, actor=ada)


def test_make_deposit_numbers_slips_and_never_gives_more_than_there_is() -> None:
    day, ada = reconciled(busy_day())
    some = {"day_id": day.pk, "denominations": {"100": 2}, "actor": ada}

    slips = [pos.make_deposit(**some, request_key=key).slip_number for key in ("a", "b", "a")]

    assert slips == [1, 2, 1]
    there = balance(day)
    for counts in ({"50000": 9}, {}):
        with pytest.raises(errors.SafeTooEmpty):
            pos.make_deposit(day_id=day.pk, denominations=counts, request_key="c", actor=ada)
    assert (balance(day), Deposit.objects.count()) == (there, 2)
    assert Deposit.objects.get(slip_number=2).slip.endswith("-EUR-000002")


def test_day_lists_what_is_left_for_tomorrow() -> None:
    till = make_counter()
    late = make_order(till.shop)
    FulfilmentOrder.objects.filter(order=late).update(due_at=clock.now() - timedelta(hours=1))
    nobody = make_ready(make_order(till.shop))
    Pickup.objects.filter(pk=nobody.pk).update(window_ends_at=clock.now() - timedelta(hours=1))
    fulfilment.mark_no_shows()
    make_ready(make_order(till.shop))
    close_shift(till, 10_000)
    day, ada = reconciled(till)

    closed = pos.close_day(day_id=day.pk, actor=ada)

    assert Tally((each["what"], each["units"]) for each in closed.left) == {
        ("late", 0): 1,
        ("put_back", 1): 1,
    }


def test_count_shift_by_coins_and_notes() -> None:
    till = make_counter()
    count = {"shift_id": till.shift.pk, "actor": till.ben}
    for counted, coins in (
        (None, {"3": 1}),
        (None, {"x": 1}),
        (9_999, {"10000": 1}),
        (5, {"5": -1}),
    ):
        with pytest.raises(errors.DenominationsNotValid):
            pos.count_shift(**count, counted_minor=counted, denominations=coins)

    shift = pos.count_shift(**count, denominations={"1": 0, "5000": 1, "2000": 2, "1000": 1})

    assert (shift.counted_minor, shift.expected_minor) == (10_000, 10_000)
    assert list(shift.denominations) == ["5000", "2000", "1000"]


def test_denominations_of_a_currency_that_is_not_listed_are_any() -> None:
    assert 500 in denominations_of("EUR")
    assert summed({"300": 2}, "XPF") == 600
    assert summed({"10000": 1, "500": 3}, "JPY") == 11_500


def test_z_report_splits_exchanges_into_what_was_sold_and_given_back() -> None:
    part = PartFact(Decimal("0.2"), False, False, 1000, 200, 1200)
    parts = [
        part,
        replace(part, is_discount=True, net_minor=-100, tax_minor=-20, total_minor=-120),
        replace(part, is_voided=True, net_minor=500, tax_minor=100, total_minor=600),
    ]
    entries = [
        JournalFact("sale", 1080, {"cash": 1080}, 1080),
        JournalFact("exchange", -300, {"card_terminal": -300}, 0),
        JournalFact("void", -600, {"cash": -600}, 600),
        JournalFact("collection", 50, {"cash": 50}, 50),
    ]

    report = z_report(entries, parts, {"sale": 530})

    assert [(r.rate, r.net_minor, r.tax_minor, r.gross_minor) for r in report.by_rate] == [
        ("0.2", 400, 80, 480)
    ]
    assert (report.discounts_minor, report.voided_minor) == (120, 600)
    assert (report.given_back_minor, report.collected_minor, report.total_minor) == (-300, 50, 230)
    assert report.gross_minor + report.collected_minor + report.given_back_minor == 230


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("concurrency")
def test_a_shift_that_opens_while_the_day_ends_is_in_it_or_refused() -> None:
    till = busy_day()
    day, ada = day_of(till), manager(till)

    outcomes = race(
        [
            lambda: pos.begin_reconciling(day_id=day.pk, actor=ada),
            lambda: pos.open_shift(register_id=till.register.pk, float_minor=0, actor=till.ben),
        ]
    )

    codes = {getattr(each.error, "code", None) for each in outcomes}
    assert codes in ({None, "store_day_not_open"}, {None, "shifts_still_open"})
