"""Corruptions of work, returns and tills: on a small ledger, or on a shift that is open."""

from __future__ import annotations

import tempfile
from pathlib import Path

from omni.access.actor import SYSTEM
from omni.core import clock
from omni.core.ids import uuid7
from omni.demo.online_retail.loading import load_file
from orders.pos.models import JournalEntry, Register, Safe, Shift, StoreDay
from tests.factories.inventory import make_channel, make_location
from tests.omni.audit.corruption import corruption, sql, without_checks

LEDGER = """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
1,A,THING,3,2010-12-01 08:26:00,2.550,17850,United Kingdom
C2,A,THING,-1,2010-12-02 08:26:00,2.550,17850,United Kingdom
"""


def ledger() -> None:
    """An order of three units, delivered and paid, of which one came back."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.csv"
        path.write_text(LEDGER)
        load_file(path=path, actor=SYSTEM, tell=lambda _text: None)


def shift() -> Shift:
    register = Register.objects.create(
        location=make_location(), channel=make_channel(), code="till-1", name="Till 1"
    )
    return Shift.objects.create(
        register=register, currency="EUR", opened_by=uuid7(), opened_at=clock.now()
    )


@corruption("O4")
def fulfilled_beyond_the_work() -> None:
    ledger()
    sql("UPDATE orders_fulfilmentline SET handed_over = handed_over - 1")


@corruption("O5")
def returned_beyond_the_cases() -> None:
    ledger()
    sql("UPDATE orders_orderline SET quantity_returned = quantity_returned + 1")


@corruption("O7")
def handed_over_without_a_hand_over() -> None:
    ledger()
    sql("UPDATE orders_fulfilmentorder SET method = 'pickup', status = 'handed_over'")


@corruption("O8")
def return_in_another_currency() -> None:
    ledger()
    sql("UPDATE orders_returncase SET currency = 'USD'")


@corruption("S8")
def goods_that_never_left() -> None:
    ledger()
    without_checks("inventory_stockmovement")
    sql("UPDATE inventory_stockmovement SET quantity = -2 WHERE kind = 'shipped'")


@corruption("D1")
def shift_that_expects_what_is_not_there() -> None:
    Shift.objects.filter(pk=shift().pk).update(expected_minor=100)


@corruption("D2")
def journal_with_a_gap() -> None:
    open_shift = shift()
    JournalEntry.objects.create(
        register=open_shift.register,
        shift=open_shift,
        number=2,
        kind="sale",
        total_minor=100,
        reference="x",
        principal="test",
        occurred_at=clock.now(),
    )


@corruption("D3")
def cash_that_is_not_in_the_drawer() -> None:
    open_shift = shift()
    JournalEntry.objects.create(
        register=open_shift.register,
        shift=open_shift,
        number=1,
        kind="sale",
        total_minor=100,
        tenders={"cash": 100},
        reference="x",
        principal="test",
        occurred_at=clock.now(),
    )


def day() -> StoreDay:
    with_one = shift()
    found: StoreDay = StoreDay.objects.create(
        location=with_one.register.location,
        business_date=clock.now().date(),
        currency="EUR",
        opened_by="test",
        opened_at=clock.now(),
    )
    Shift.objects.filter(pk=with_one.pk).update(store_day=found)
    return found


@corruption("D4")
def safe_with_more_than_went_in() -> None:
    Safe.objects.create(location=day().location, currency="EUR", balance_minor=100)


@corruption("D4")
def slip_that_is_nowhere() -> None:
    Safe.objects.create(location=day().location, currency="EUR", last_slip=1)


@corruption("D5")
def closed_day_with_a_shift_that_lives() -> None:
    StoreDay.objects.filter(pk=day().pk).update(
        status="closed",
        total_minor=0,
        cash_minor=0,
        card_minor=0,
        safe_counted_minor=0,
        closed_at=clock.now(),
    )
