"""Pieces kept for a customer: until closing, a few at most, and never in the customer's own way."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any
from unittest import mock
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction

from customers.profiles.models import Customer
from inventory.locations.models import HoursException, Location, Method, OpeningHours
from inventory.stock import ledger
from inventory.stock import operations as stock
from inventory.stock.ledger import Change, LevelRow
from inventory.stock.models import Reservation, StockLevel
from inventory.stock.operations import OutOfStock
from inventory.stock.queries import available_to_sell
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.audit.registry import invariants
from omni.core import clock
from omni.core.errors import NotFound
from omni.events.models import StoredEvent
from omni.lab.races import race
from omni.lab.throwaway import drop_constraint, throwaway_database
from orders.checkout import keeping
from orders.checkout import operations as checkout
from orders.checkout.buyers import CustomerBlocked
from orders.pos import operations as pos
from orders.pos.operations import SaleDraft, TenderGiven
from tests.factories.customers import make_customer
from tests.factories.inventory import make_location, make_variant, stock_up
from tests.factories.omni import staff_actor
from tests.factories.orders import Shop, fill_cart, intent_of, make_shop
from tests.orders.pos.test_till import make_counter

pytestmark = pytest.mark.django_db


def seller(location: Location) -> Actor:
    codes = (Permission.POS_SELL, Permission.STOCK_VIEW)
    return staff_actor(*codes, location_id=location.pk, display_name="Ben")


def keep(shop: Shop, customer: Customer, quantity: int = 1, **over: Any) -> Reservation:
    values: dict[str, Any] = {
        "customer_id": customer.pk,
        "variant_id": shop.variant.pk,
        "location_id": shop.location.pk,
        "quantity": quantity,
    } | over
    actor = values.pop("actor", None) or seller(shop.location)
    return checkout.keep_for_customer(**values, actor=actor)


def held() -> int:
    return sum(StockLevel.objects.values_list("held", flat=True))


def books_are_right() -> bool:
    for each in invariants(["S2", "S3"]):
        with connection.cursor() as cursor:
            cursor.execute(each.statement())
            if cursor.fetchall():
                return False
    return True


def test_keep_for_customer_holds_until_the_store_closes_and_tells_the_timeline() -> None:
    shop, eve = make_shop(stock=2), make_customer()
    ben = seller(shop.location)

    row = keep(shop, eve, actor=ben)

    assert (row.status, row.owner_id, row.quantity, held()) == ("requested", eve.pk, 1, 1)
    key = (shop.variant.pk, shop.location.pk)
    assert available_to_sell(variant_ids=key[:1], location_ids=key[1:])[key] == 1
    told = StoredEvent.objects.get(type="piece.kept").payload
    assert (told["customer_id"], told["until"]) == (str(eve.pk), row.expires_at.isoformat())
    [piece] = keeping.kept_pieces(ben, location_id=shop.location.pk)
    assert (piece.customer_name, piece.quantity, piece.kept_by) == ("Eve Adams", 1, "Ben")
    assert keeping.kept_pieces(seller(make_location()), customer_id=eve.pk) == []


def test_keep_more_of_the_same_joins_what_is_kept_and_ends_with_the_limits() -> None:
    shop, eve = make_shop(stock=50), make_customer()
    ben = seller(shop.location)
    keep(shop, eve, 3, actor=ben)
    keep(shop, eve, 2, actor=ben)

    with pytest.raises(keeping.KeptTooMany) as refusal:
        keep(shop, eve, actor=ben)
    for _ in range(5):
        keep(shop, make_customer(), 5, actor=ben)
    with pytest.raises(keeping.KeeperAtLimit):
        keep(shop, make_customer(), actor=ben)

    assert refusal.value.details == {"limit": 5, "kept": 5, "requested": 1}
    assert Reservation.objects.get(owner_id=eve.pk).quantity == 5
    assert held() == 30


def test_keep_counts_each_keepers_own_units_whoever_kept_last() -> None:
    shop = make_shop(stock=60)
    ben, cleo = seller(shop.location), seller(shop.location)
    buyers = [make_customer() for _ in range(6)]
    for each in buyers:
        keep(shop, each, 4, actor=ben)
        keep(shop, each, 1, actor=cleo)
    keep(shop, make_customer(), 5, actor=ben)  # 29 of his own

    with pytest.raises(keeping.KeeperAtLimit) as refusal:
        keep(shop, make_customer(), 2, actor=ben)
    keep(shop, make_customer(), 1, actor=ben)
    for _ in range(4):
        keep(shop, make_customer(), 5, actor=cleo)

    assert refusal.value.details == {"limit": 30, "kept": 29, "requested": 2}
    with pytest.raises(keeping.KeeperAtLimit) as refusal:
        keep(shop, make_customer(), 5, actor=cleo)
    assert refusal.value.details == {"limit": 30, "kept": 26, "requested": 5}
    assert Reservation.objects.get(owner_id=buyers[0].pk).quantity == 5
    assert books_are_right()


def test_keep_refuses_what_is_not_there_not_theirs_or_for_whom_nothing_is_done() -> None:
    shop, eve = make_shop(stock=1), make_customer()
    cleo = seller(make_location())
    blocked, erased = make_customer(), make_customer()
    Customer.objects.filter(pk=blocked.pk).update(status="blocked")
    Customer.objects.filter(pk=erased.pk).update(status="erased")

    with pytest.raises(OutOfStock) as refusal:
        keep(shop, eve, 2)
    for over in ({"actor": cleo}, {"customer_id": uuid4()}, {"customer_id": erased.pk}):
        with pytest.raises(NotFound):
            keep(shop, eve, **over)
    with pytest.raises(NotFound):
        keep(shop, eve, variant_id=uuid4())
    with pytest.raises(CustomerBlocked):
        keep(shop, blocked)

    assert refusal.value.details["lines"][0]["available"] == 1
    assert (held(), Reservation.objects.count()) == (0, 0)
    assert not StoredEvent.objects.filter(type="piece.kept").exists()


def test_kept_pieces_are_free_after_their_time_before_any_sweep() -> None:
    shop, eve, dan = make_shop(stock=1), make_customer(), make_customer()
    row = keep(shop, eve)

    with clock.moved(to=row.expires_at + timedelta(seconds=1)):
        assert keeping.kept_pieces(seller(shop.location)) == []
        keep(shop, dan)
        assert held() == 1
        assert stock.expire_holds() == 0

    row.refresh_from_db()
    assert row.status == "expired"
    with clock.moved(by=timedelta(days=3)):
        assert stock.expire_holds() == 1
    assert held() == 0


def test_release_kept_frees_once_and_only_at_ones_store() -> None:
    shop, eve = make_shop(stock=1), make_customer()
    row = keep(shop, eve)

    with pytest.raises(NotFound):
        checkout.release_kept(reservation_id=row.pk, actor=seller(make_location()))
    checkout.release_kept(reservation_id=row.pk, actor=seller(shop.location))
    with pytest.raises(keeping.NothingKept):
        checkout.release_kept(reservation_id=row.pk, actor=seller(shop.location))

    assert held() == 0
    assert StoredEvent.objects.filter(type="piece.released").count() == 1


def test_the_customers_own_cart_takes_the_last_unit_that_is_kept_for_them() -> None:
    shop, eve, dan = make_shop(stock=1), make_customer(), make_customer()
    StockLevel.objects.update(safety=1)
    keep(shop, eve)
    with pytest.raises(OutOfStock):
        fill_cart(shop, actor=shop.customer(dan.pk))

    cart, actor = fill_cart(shop, actor=shop.customer(eve.pk))
    done = checkout.check_out_cart(cart=cart, intent=intent_of(cart, actor), actor=actor)

    assert done.order.customer_id == eve.pk
    level = StockLevel.objects.get()
    assert (level.held, level.committed, level.on_hand) == (0, 1, 1)
    assert Reservation.objects.get(status="released").reason == "committed"
    assert books_are_right()


def test_a_hold_of_the_customers_cart_takes_over_what_is_kept() -> None:
    shop, eve = make_shop(stock=2), make_customer()
    keep(shop, eve, 2)
    cart, actor = fill_cart(shop, actor=shop.customer(eve.pk))
    version = checkout.read_cart(cart, actor=actor).header.version

    checkout.hold_cart(cart=cart, version=version, actor=actor)

    assert held() == 1
    assert Reservation.objects.get(status="held").owner_id == cart.cart_id
    assert not Reservation.objects.filter(status="requested").exists()
    assert books_are_right()


def test_a_claim_that_fails_leaves_the_piece_kept() -> None:
    shop, eve, cart_id = make_shop(stock=1), make_customer(), uuid4()
    scarf = make_variant()
    stock_up(scarf, shop.location, 1)
    keep(shop, eve)
    kept = stock.StockRequest(shop.variant.pk, shop.location.pk, 1, uuid4())
    lacking = stock.StockRequest(scarf.pk, shop.location.pk, 2, uuid4())

    with pytest.raises(OutOfStock), transaction.atomic():
        _hand_on_and_commit(eve, cart_id, [kept, lacking])

    assert Reservation.objects.get().status == "requested"
    assert held() == 1


def _hand_on_and_commit(eve: Customer, cart_id: UUID, lines: list[stock.StockRequest]) -> None:
    keys = [line.key for line in lines]
    stock.pass_requests(customer_id=eve.pk, keys=keys, owner_kind="cart", owner_id=cart_id)
    stock.commit(lines=lines, owner_id=uuid4(), hold_owner_id=cart_id, actor=SYSTEM)


def test_the_till_gives_the_customer_what_is_kept_and_nobody_else() -> None:
    till = make_counter(units=1)
    eve = make_customer()
    place = {"variant_id": till.shop.variant.pk, "location_id": till.shop.lyon.pk}
    checkout.keep_for_customer(customer_id=eve.pk, **place, actor=till.ben)
    with pytest.raises(OutOfStock):
        till.sells()

    sale = till.sells(customer_id=eve.pk)

    assert sale.order.customer_id == eve.pk
    level = till.shop.level()
    assert (level.on_hand, level.held, level.committed) == (0, 0, 0)
    assert books_are_right()


def test_kept_past_closing_until_the_next_day_ends_and_over_closed_days() -> None:
    paris = ZoneInfo("Europe/Paris")
    store = make_location(is_always_open=False)
    with pytest.raises(keeping.StoreStaysClosed):
        keeping.closing_time(store, clock.now())
    for day in range(5):
        OpeningHours.objects.create(
            location=store, weekday=day, opens_at=time(10), closes_at=time(19)
        )
    monday = datetime(2026, 11, 30, tzinfo=paris)
    HoursException.objects.create(location=store, on_date=monday.date(), is_closed=True)

    def at(days: int, hour: int) -> datetime:
        return monday + timedelta(days=days, hours=hour)

    friday = keeping.closing_time(store, at(-3, 12))
    evening = keeping.closing_time(store, at(-3, 20))

    assert (friday, evening) == (at(-3, 19), at(1, 19))


def test_a_store_that_never_closes_keeps_until_midnight() -> None:
    store = make_location()

    until = keeping.closing_time(store, clock.now())

    assert until.astimezone(ZoneInfo("Europe/Paris")).time() == time(0)
    assert until - clock.now() <= timedelta(days=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("concurrency")
def test_the_last_unit_is_kept_for_one_of_many_and_without_the_guard_for_more() -> None:
    shop = make_shop(stock=1)
    ben = seller(shop.location)
    people = [make_customer() for _ in range(6)]

    def all_at_once() -> Counter[str]:
        outcomes = race([lambda each=each: keep(shop, each, actor=ben) for each in people])
        return Counter(getattr(each.error, "code", "kept") for each in outcomes)

    with throwaway_database():
        drop_constraint("inventory_stocklevel", "level_promises_covered")
        with (
            mock.patch.object(ledger, "lock_levels", _read),
            mock.patch.object(ledger, "change_levels", _check_then_write),
            mock.patch.object(keeping, "User", mock.Mock()),
        ):
            free = all_at_once()
    guarded = all_at_once()

    assert guarded == {"kept": 1, "out_of_stock": 5}
    assert free["kept"] > 1
    assert books_are_right()


def _read(keys: Any, *, hold_owner_id: UUID | None = None) -> dict[Any, LevelRow]:
    rows = StockLevel.objects.values_list(*LevelRow._fields)
    return {(row[1], row[2]): LevelRow(*row) for row in rows if (row[1], row[2]) in set(keys)}


def _check_then_write(changes: dict[int, Change], **_: Any) -> dict[int, int]:
    """The control: what the guarded statement does, by reading first."""
    for pk, change in changes.items():
        level = StockLevel.objects.get(pk=pk)
        if level.on_hand - level.held - level.committed < change.held:
            return {}
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
        StockLevel.objects.filter(pk=pk).update(held=level.held + change.held)
    return dict.fromkeys(changes, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("concurrency")
def test_two_who_keep_for_one_customer_never_pass_the_limit() -> None:
    shop, eve = make_shop(stock=20), make_customer()
    keepers = [seller(shop.location) for _ in range(4)]

    outcomes = race([lambda each=each: keep(shop, eve, 2, actor=each) for each in keepers])

    assert Counter(getattr(each.error, "code", "kept") for each in outcomes) == {
        "kept": 2,
        "kept_too_many": 2,
    }
    assert held() == 4


def test_sale_of_one_of_two_kept_frees_the_other() -> None:
    till = make_counter(units=5)
    eve = make_customer()
    place = {"variant_id": till.shop.variant.pk, "location_id": till.shop.lyon.pk}
    checkout.keep_for_customer(customer_id=eve.pk, **place, quantity=2, actor=till.ben)

    pos.sell(
        draft=SaleDraft(
            shift_id=till.shift.pk,
            wishes=[checkout.Wish(till.shop.variant.pk, 1, Method.CARRY_OUT)],
            tenders=[TenderGiven("cash", 1000)],
            customer_id=eve.pk,
        ),
        actor=till.ben,
    )

    assert (till.shop.level().on_hand, till.shop.level().held) == (4, 0)
