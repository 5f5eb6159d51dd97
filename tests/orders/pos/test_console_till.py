"""The till: scan, change, park, pay in parts, exactly one sale, undone by a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from inventory.locations.models import Method
from omni.access import pins
from omni.access.actor import SYSTEM, Actor
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core import clock
from omni.rest.limits import LimitCounter
from omni.work.models import Incident, IncidentStatus, Task
from orders import scan_codes
from orders.checkout import at_till, sweeps
from orders.checkout import operations as checkout
from orders.checkout.models import Cart, CartLine, CartStatus
from orders.checkout.operations import CartRef, Wish
from orders.payments.models import Payment
from orders.pos.day_figures import report_of
from orders.pos.models import (
    CashEntry,
    CashKind,
    JournalEntry,
    JournalKind,
    Register,
    Shift,
    ShiftStatus,
    TakenTender,
)
from orders.pos.queries import figures_of
from orders.pos.selling import till_of
from orders.pos.taking import TendersTaken, give_back_cart
from orders.pos.till_view import quick_amounts
from orders.sales.models import Order, OrderStatus
from tests.factories.customers import make_customer
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.omni import PASSWORD, make_staff
from tests.factories.orders_work import Shop, code_of, make_order, make_ready, make_shop
from tests.factories.screens import console_client, once
from tests.orders.pos.test_till import make_counter

pytestmark = pytest.mark.django_db
CLERK = (
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.CUSTOMERS_VIEW,
    Permission.PICKUP_HAND_OVER,
    Permission.FULFILMENT_VIEW,
    Permission.ORDERS_VIEW,
)
PIN = "4826"


@dataclass
class AtTill:
    """Ben at Lyon's till 1, its shift open with 100.00 in the drawer."""

    shop: Shop
    register: Register
    client: Client
    user: Any
    shift_id: UUID

    def post(self, act: str, **fields: Any) -> Any:
        return self.client.post(f"/console/till/{act}", once(**fields))

    def scan(self, text: str) -> Any:
        return self.post("scan", q=text)

    @property
    def cart(self) -> Cart:
        return Cart.objects.get(pk=at_till.open_sale(self.register.pk))

    def page(self, query: str = "") -> str:
        return self.client.get(f"/console/till{query}").content.decode()

    def pays(self, total: int, **fields: Any) -> Any:
        cart = self.cart
        seen = {"cart": cart.pk, "version": cart.version, "total": total}
        return self.post("tender", **{**seen, **fields})


def make_till(units: int = 10, *more: str) -> AtTill:
    shop = make_shop(units=units)
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code=f"t-{shop.lyon.pk.hex[-8:]}", name="Till 1"
    )
    user = make_staff(*CLERK, *more, location_id=shop.lyon.pk)
    client = console_client(shop.lyon, user=user, register=register)
    opened = client.post("/console/shift/open", once(sum="100,00"))
    assert opened.url == "/console/till"
    shift = register.shifts.get()
    return AtTill(shop, register, client, user, shift.pk)


# --- the page -------------------------------------------------------------------------------------


def test_till_without_register_or_shift_says_what_to_do():
    shop = make_shop()
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code="t-none", name="Till <9>"
    )

    nowhere = console_client(shop.lyon, *CLERK).get("/console/till").content.decode()
    closed = console_client(shop.lyon, *CLERK, register=register)

    assert "At which register?" in nowhere
    assert "Till &lt;9&gt; is closed" in closed.get("/console/till").content.decode()
    assert closed.post("/console/till/scan", once(q=shop.variant.sku)).status_code == 404
    assert not Cart.objects.exists()


def test_till_is_for_sellers_of_this_store_only():
    till = make_till()

    stranger = console_client(till.shop.nice, *CLERK, register=till.register)

    assert (
        console_client(till.shop.lyon, Permission.STOCK_VIEW).get("/console/till").status_code
        == 403
    )
    assert stranger.post("/console/till/scan", once(q=till.shop.variant.sku)).status_code == 404
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("rows", [1, 30])
def test_till_page_takes_a_fixed_number_of_queries(rows, django_assert_max_num_queries):
    till = make_till(units=99)
    till.scan(till.shop.variant.sku)
    for number in range(1, rows):
        variant = make_variant(name=f"<b>{number}</b>")
        make_listing(variant, till.shop.channel, price_minor=500)
        stock_up(variant, till.shop.lyon, 3)
        till.scan(variant.sku)
    till.page()

    with django_assert_max_num_queries(12):
        page = till.page()

    assert page.count("data-auto") == rows
    assert "<b>1</b>" not in page


def test_left_side_shows_categories_variants_words_customers_and_ways(
    django_assert_max_num_queries,
):
    till = make_till()
    make_customer(name="Zoë <i>Ødegård</i>")
    till.scan(till.shop.variant.sku)
    line, product = till.cart.lines.get(), till.shop.variant.product_id
    till.page()

    for query, expected in [
        (f"?product={product}", "10 here"),
        (f"?q={till.shop.variant.sku}", "key"),
        ("?who=zoe", "Zoë &lt;i&gt;Ødegård"),
        (f"?line={line.pk}", "Collect at Nice"),
        ("?pay=cash", "Exactly"),
        ("?pay=card", "Number on the terminal"),
        ("?delivery=1", "How do we reach them?"),
        ("?cat=nonsense&line=1&product=x", "Favourites"),
    ]:
        with django_assert_max_num_queries(12):
            assert expected in till.page(query), query


# --- the basket -----------------------------------------------------------------------------------


def test_scans_of_the_same_item_are_one_line_and_a_factor_counts():
    till = make_till()

    till.scan(till.shop.variant.sku)
    answer = till.scan(f"3 x {till.shop.variant.sku}")

    assert answer.url == "/console/till"
    assert [(each.quantity, each.method) for each in till.cart.lines.all()] == [(4, "carry_out")]
    assert "€40.00" in till.page()


def test_form_sent_twice_scans_once():
    till = make_till()
    form = once(q=till.shop.variant.sku)

    till.client.post("/console/till/scan", form)
    till.client.post("/console/till/scan", form)

    assert till.cart.lines.get().quantity == 1


@pytest.mark.parametrize(
    "text",
    ["x" * 100_000, "\x00\x1d\x07garbage\r\n", "'; DROP TABLE orders_cart; --", "🙂" * 300, "%%%"],
)
def test_garbage_from_a_scanner_leads_to_what_to_do(text):
    till = make_till()

    answer = till.scan(text)
    page = till.client.get(answer.url)

    assert answer.status_code == 303
    assert page.status_code == 200
    assert not CartLine.objects.exists()


def test_unknown_barcode_becomes_a_task():
    till = make_till()

    led = till.scan("4006381333931")
    told = till.client.get(led.url).content.decode()
    till.post("unknown", q="4006381333931")

    assert "Make a task" in told
    task = Task.objects.get(kind="unknown_barcode")
    assert (task.subject_id, task.location_id) == ("4006381333931", till.shop.lyon.pk)
    # Scanned again while somebody looks for it, it is no second task.
    till.post("unknown", q="4006381333931")
    assert Task.objects.count() == 1
    assert task.details == {"scanned_at": "Till 1"}


@pytest.mark.parametrize("quantity", ["1000000000", "-3", "1.5", "", "٣", "9" * 500])
def test_quantity_that_is_none_is_refused_in_words(quantity):
    till = make_till()
    till.scan(till.shop.variant.sku)
    cart, line = till.cart, till.cart.lines.get()

    answer = till.post("line", cart=cart.pk, line=line.pk, version=cart.version, quantity=quantity)

    assert answer.status_code == 400
    assert "quantity is beyond the limits" in answer.content.decode()
    assert till.cart.lines.get().quantity == 1


def test_quantity_changes_once_and_none_takes_the_line_out():
    till = make_till()
    till.scan(till.shop.variant.sku)
    cart, line = till.cart, till.cart.lines.get()
    seen = {"cart": cart.pk, "line": line.pk, "version": cart.version}

    till.post("line", **seen, quantity="2")
    stale = till.post("line", **seen, quantity="5")

    assert stale.status_code == 409
    assert till.cart.lines.get().quantity == 2
    till.post("line", **{**seen, "version": till.cart.version}, quantity="0")
    assert not till.cart.lines.exists()


def test_item_that_is_not_here_offers_other_ways_and_begins_no_sale():
    till = make_till(units=0)
    stock_up(till.shop.variant, till.shop.nice, 5)

    answer = till.scan(till.shop.variant.sku)
    page = answer.content.decode()

    assert answer.status_code == 409
    assert "Collect at Nice" in page
    assert not Cart.objects.exists()
    till.post("add", variant=till.shop.variant.pk, method="pickup", location=till.shop.nice.pk)
    line = till.cart.lines.get()
    assert (line.method, line.location_id) == (Method.PICKUP, till.shop.nice.pk)


def test_way_of_a_line_changes_and_what_is_sent_asks_where_to():
    till = make_till()
    till.scan(till.shop.variant.sku)
    cart, line = till.cart, till.cart.lines.get()

    answer = till.post(
        "way", cart=cart.pk, line=line.pk, version=cart.version, method="ship", location=""
    )

    assert answer.url == "/console/till?delivery=1"
    assert till.cart.lines.get().method == Method.SHIP
    address = {
        "name": "Ann <b>", "email": "ann@example.com", "phone": "", "street": "Rue 1",
        "postal_code": "69001", "city": "Lyon", "country": "FR",
    }  # fmt: skip
    bad = till.post("delivery", cart=cart.pk, version=till.cart.version, **{**address, "city": ""})
    assert bad.status_code == 400
    assert "Rue 1" in bad.content.decode()
    till.post("delivery", cart=cart.pk, version=till.cart.version, **address)
    assert till.cart.shipping_address.city == "Lyon"
    assert "Ann &lt;b&gt;" in till.page()


def test_customer_and_their_web_cart_join_the_sale():
    till = make_till()
    ann, eve = make_customer(name="Ann"), make_customer(name="Eve")
    shopper = Actor(kind="customer", customer_id=ann.pk, channel_id=till.shop.channel.pk)
    theirs = checkout.create_cart(actor=shopper).state.header
    checkout.add_line(
        cart=CartRef(theirs.id), version=theirs.version, actor=shopper,
        wish=Wish(till.shop.variant.pk, 2, Method.PICKUP, till.shop.lyon.pk),
    )  # fmt: skip
    till.scan(till.shop.variant.sku)

    till.post("buyer", customer=ann.pk)
    page = till.page()
    joined = till.post("join", cart=till.cart.pk, other=theirs.id)

    assert "Add 2 to sale" in page
    assert joined.status_code == 303
    assert sum(line.quantity for line in till.cart.lines.all()) == 3
    assert Cart.objects.get(pk=theirs.id).status == CartStatus.MERGED
    till.post("buyer", customer=eve.pk)
    assert till.post("join", cart=till.cart.pk, other=theirs.id).status_code == 404
    till.post("buyer", customer="")
    assert till.cart.customer_id is None


# --- the stack ------------------------------------------------------------------------------------


def test_parked_sale_is_resumed_and_the_other_one_laid_aside():
    till = make_till()
    till.scan(till.shop.variant.sku)
    first = till.cart.pk
    till.post("park", cart=first)
    till.scan(till.shop.variant.sku)
    second = till.cart.pk

    page = till.page()
    till.post("recall", cart=first)

    assert "Resume" in page
    assert till.cart.pk == first
    assert Cart.objects.get(pk=second).status == CartStatus.PARKED


def test_parked_sale_of_another_store_is_not_found():
    till, other = make_till(), make_till()
    other.scan(other.shop.variant.sku)
    foreign = other.cart.pk
    other.post("park", cart=foreign)

    answer = till.post("recall", cart=foreign)

    assert answer.status_code == 404
    assert Cart.objects.get(pk=foreign).status == CartStatus.PARKED


def test_code_of_a_customers_cart_opens_it_in_the_same_field():
    till = make_till()
    guest = Actor(kind="anonymous", channel_id=till.shop.channel.pk)
    opened = checkout.create_cart(actor=guest)
    cart = CartRef(opened.state.header.id, opened.token)
    checkout.add_line(
        cart=cart, version=1, actor=guest,
        wish=Wish(till.shop.variant.pk, 1, Method.PICKUP, till.shop.lyon.pk),
    )  # fmt: skip
    code = checkout.make_handoff_code(cart=cart, actor=guest).code
    till.scan(till.shop.variant.sku)
    mine = till.cart.pk

    # In the field of every other page it opens the till with the question, and uses nothing up.
    found = till.client.get("/console/find", {"q": code.lower()})
    asked = till.client.get(found.url).content.decode()
    unknown = till.client.get("/console/find", {"q": "ZZZZZZZZ"})
    nobodys = console_client(till.shop.lyon, Permission.ORDERS_VIEW)
    assert found.url == f"/console/till?code={code.lower()}"
    assert f'name="q" value="{code.lower()}"' in asked
    assert unknown.status_code == 200
    assert nobodys.get("/console/find", {"q": code}).status_code == 200
    # Who tried too often is shown nothing, whether it exists or not.
    LimitCounter.objects.update(spent=scan_codes.CODE_TRIES)
    assert till.client.get("/console/find", {"q": code}).status_code == 200
    LimitCounter.objects.all().delete()

    answer = till.scan(code.lower())

    assert answer.url == "/console/till"
    assert till.cart.pk == cart.cart_id
    assert Cart.objects.get(pk=mine).status == CartStatus.PARKED
    till.post("call-off", cart=cart.cart_id)
    assert Cart.objects.get(pk=cart.cart_id).status == CartStatus.ACTIVE


def test_sale_is_called_off_but_not_with_money_in_it():
    till = make_till()
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="cash", given="4")
    cart = till.cart

    refused = till.post("call-off", cart=cart.pk)
    till.post("tender-back", cart=cart.pk, taken=TakenTender.objects.get().pk)
    till.post("call-off", cart=cart.pk)

    assert refused.status_code == 409
    assert "Give it back first" in refused.content.decode()
    assert Cart.objects.get(pk=cart.pk).status == CartStatus.EXPIRED
    assert at_till.open_sale(till.register.pk) is None


def test_tender_given_back_leaves_its_trace_in_the_shift_and_in_no_figure():
    till = make_till()
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="card_terminal", terminal_reference="slip-9", amount="6,00")
    cart, taken = till.cart, TakenTender.objects.get()

    first = till.post("tender-back", cart=cart.pk, taken=taken.pk)
    returned_at = TakenTender.objects.get().returned_at
    again = till.post("tender-back", cart=cart.pk, taken=taken.pk)
    done = till.pays(1000, tender="cash", given="20")

    taken.refresh_from_db()
    assert first.url == again.url == "/console/till"
    assert taken.returned_at == returned_at is not None
    assert taken.returned_by == f"staff:{till.user.pk}"
    assert taken.returned_in_id == taken.shift_id == till.shift_id
    assert [each.amount_minor for each in Payment.objects.all()] == [1000]
    assert "€10.00" in till.client.get(done.url).content.decode()
    figures = figures_of(actor_of_user(till.user), till.shift_id)
    assert figures.total_by_tender == {"cash": 1000}
    assert [each.pk for each in figures.given_back] == [taken.pk]
    day = Shift.objects.get().store_day_id
    assert report_of(day).tenders == {"cash": 1000}
    for page in (f"/console/shift/{till.shift_id}/report", f"/console/day/{day}/report"):
        assert "slip-9" in till.client.get(page).content.decode()


def test_emptied_sale_is_not_laid_aside_or_given_back_with_money_in_it():
    till = make_till()
    till.scan(till.shop.variant.sku)
    parked = till.cart.pk
    till.post("park", cart=parked)
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="cash", given="4")
    cart = till.cart
    line = CartLine.objects.get(cart=cart)
    till.post("line", cart=cart.pk, line=line.pk, version=cart.version, quantity="0")
    actor = actor_of_user(till.user)
    assert not CartLine.objects.filter(cart=cart).exists()

    refused = till.post("recall", cart=parked)
    with pytest.raises(TendersTaken):
        give_back_cart(cart=CartRef(cart.pk, till=till_of(Shift.objects.get())), actor=actor)

    assert refused.status_code == 409
    assert till.cart.pk == cart.pk
    assert Cart.objects.get(pk=parked).status == CartStatus.PARKED
    till.post("tender-back", cart=cart.pk, taken=TakenTender.objects.get().pk)
    till.post("recall", cart=parked)
    assert till.cart.pk == parked
    assert Cart.objects.get(pk=cart.pk).status == CartStatus.EXPIRED


def test_sale_with_money_in_it_outlives_the_sweeps_and_is_told_of_once():
    till = make_till()
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="cash", given="4")
    cart = till.cart

    with clock.moved(by=timedelta(hours=13)):
        changed = [checkout.expire_idle_carts() for _ in range(2)]
    Incident.objects.update(status=IncidentStatus.CLOSED, decided_by="staff:1")
    with clock.moved(by=timedelta(days=40)):
        changed.append(checkout.expire_idle_carts())

    assert changed == [1, 0, 0]
    cart.refresh_from_db()
    assert (cart.status, cart.register_id) == (CartStatus.PARKED, till.register.pk)
    incident = Incident.objects.get(kind="sale_not_finished")
    assert (incident.subject_id, incident.location_id) == (str(cart.pk), till.shop.lyon.pk)
    assert (incident.times, incident.details["taken_minor"]) == (1, 400)
    till.post("recall", cart=cart.pk)
    till.post("tender-back", cart=cart.pk, taken=TakenTender.objects.get().pk)
    with clock.moved(by=timedelta(hours=13)):
        assert checkout.expire_idle_carts() == 1
    cart.refresh_from_db()
    assert cart.status == CartStatus.ACTIVE


@pytest.mark.parametrize(("by", "status"), [(13, "at_till"), (31 * 24, "parked")])
def test_sweep_looks_for_money_again_under_the_lock(by, status):
    till = make_till()
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="cash", given="4")
    cart = till.cart
    if status == "parked":
        till.post("park", cart=cart.pk)
    end = {"at_till": sweeps._let_go, "parked": sweeps._expire}[status]

    with clock.moved(by=timedelta(hours=by)):
        ended = end(cart.pk, SYSTEM)  # chosen before the money was taken

    cart.refresh_from_db()
    assert (ended, cart.status) == (False, status)


def test_drawer_is_not_counted_while_a_sale_is_paid_in_part():
    till = make_till()
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="cash", given="4")
    counted = once(shift=till.shift_id, sum="104")

    refused = till.client.post("/console/shift/count", counted)
    till.post("tender-back", cart=till.cart.pk, taken=TakenTender.objects.get().pk)
    done = till.client.post("/console/shift/count", once(shift=till.shift_id, sum="100"))

    assert refused.status_code == 409
    assert "paid in part" in refused.content.decode()
    assert done.status_code == 303
    assert Shift.objects.get().status == ShiftStatus.CLOSING


def test_money_in_another_drawer_goes_back_before_the_sale_is_made():
    till = make_till()
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="cash", given="4")
    TakenTender.objects.update(shift=make_counter().shift)

    refused = till.pays(1000, tender="cash", given="6")
    till.post("tender-back", cart=till.cart.pk, taken=TakenTender.objects.get().pk)
    done = till.pays(1000, tender="cash", given="10")

    assert refused.status_code == 409
    assert "at another till" in refused.content.decode()
    assert done.url.startswith("/console/till/sales/")
    assert CashEntry.objects.filter(kind=CashKind.SALE).get().amount_minor == 1000


# --- the money ------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["12,50", "12.50", " 12,5 "])
def test_cash_is_understood_as_it_is_typed_and_change_is_told(typed):
    till = make_till()
    till.scan(till.shop.variant.sku)

    done = till.pays(1000, tender="cash", given=typed)
    receipt = till.client.get(done.url).content.decode()

    assert done.url.startswith("/console/till/sales/")
    assert "€2.50" in receipt
    assert Order.objects.get().total_minor == 1000
    assert CashEntry.objects.filter(kind=CashKind.SALE).get().amount_minor == 1000


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"tender": "cash", "given": "1e9"}, 400),
        ({"tender": "cash", "given": "-5"}, 400),
        ({"tender": "cash", "given": "9" * 39}, 400),
        ({"tender": "cash", "given": "0"}, 400),
        ({"tender": "card_terminal"}, 400),
        ({"tender": "card_terminal", "terminal_reference": "4111 1111 1111 1111"}, 400),
        ({"tender": "card_terminal", "terminal_reference": "s-1", "amount": "10.01"}, 400),
        ({"tender": "online", "amount": "10"}, 400),
    ],
)
def test_tender_that_does_not_fit_is_told_and_nothing_is_sold(fields, status):
    till = make_till()
    till.scan(till.shop.variant.sku)

    answer = till.pays(1000, **fields)

    assert answer.status_code == status
    assert "data-problem" in answer.content.decode()
    assert not Order.objects.exists()
    assert not TakenTender.objects.exists()


def test_split_tender_stands_after_a_reload_and_finishes_one_sale():
    till = make_till()
    till.scan(till.shop.variant.sku)

    part = till.pays(1000, tender="card_terminal", terminal_reference="slip-1", amount="6,00")
    page = till.page()
    done = till.pays(1000, tender="cash", given="5")

    assert part.url == "/console/till"
    assert "Still to pay" in page
    assert "€4.00" in page
    order = Order.objects.get()
    assert done.url == f"/console/till/sales/{order.pk}"
    paid = Payment.objects.filter(order=order).order_by("pk")
    assert [(each.tender, each.amount_minor) for each in paid] == [
        ("card_terminal", 600),
        ("cash", 400),
    ]
    assert "€1.00" in till.client.get(done.url).content.decode()


def test_pay_pressed_twice_in_two_windows_is_one_sale():
    till = make_till()
    till.scan(till.shop.variant.sku)
    cart = till.cart
    seen = {
        "cart": cart.pk,
        "version": cart.version,
        "total": 1000,
        "tender": "cash",
        "given": "10",
    }
    form = once(**seen)

    first = till.client.post("/console/till/tender", form)
    again = till.client.post("/console/till/tender", form)
    window = till.post("tender", **seen)
    backed = till.post("finish", **seen)

    assert first.url == again.url == window.url == backed.url
    assert Order.objects.count() == 1
    assert TakenTender.objects.count() == 1
    assert JournalEntry.objects.filter(kind=JournalKind.SALE).count() == 1


def test_price_or_basket_that_changed_meanwhile_takes_no_money():
    till = make_till()
    till.scan(till.shop.variant.sku)
    cart = till.cart
    seen = {
        "cart": cart.pk,
        "version": cart.version,
        "total": 1000,
        "tender": "cash",
        "given": "10",
    }

    till.shop.channel.listings.update(price_minor=1200)
    dearer = till.post("tender", **seen)
    till.scan(till.shop.variant.sku)
    changed = till.post("tender", **seen)

    assert (dearer.status_code, changed.status_code) == (409, 409)
    assert not TakenTender.objects.exists()
    assert not Order.objects.exists()


def test_what_was_paid_beyond_the_total_must_be_given_back_first():
    till = make_till()
    till.scan(f"2x{till.shop.variant.sku}")
    till.pays(2000, tender="card_terminal", terminal_reference="slip-9", amount="15")
    cart, line = till.cart, till.cart.lines.get()
    till.post("line", cart=cart.pk, line=line.pk, version=cart.version, quantity="1")

    refused = till.pays(1000, tender="cash", given="1")

    assert refused.status_code == 409
    assert "More was paid than it costs now" in till.page()
    assert not Order.objects.exists()


def test_quick_amounts_are_what_people_put_down():
    assert quick_amounts(1000, "EUR") == [1000, 2000, 5000, 10000, 20000]
    assert quick_amounts(43325, "EUR") == [43325, 43400, 43500, 44000, 45000, 50000]
    assert quick_amounts(1980, "JPY") == [1980, 2000]
    assert quick_amounts(0, "EUR") == []


# --- after the sale -------------------------------------------------------------------------------


def sold(till: AtTill) -> Order:
    till.scan(till.shop.variant.sku)
    till.pays(1000, tender="cash", given="10")
    return Order.objects.get()


def test_receipt_adds_up_and_is_this_stores_only(django_assert_max_num_queries):
    till = make_till()
    order = sold(till)
    url = f"/console/till/sales/{order.pk}"
    till.client.get(url)

    with django_assert_max_num_queries(12):
        page = till.client.get(url).content.decode()

    assert order.number in page
    assert f"{till.register.code}-1" in page
    nice = console_client(till.shop.nice, *CLERK)
    assert nice.get(url).status_code == 404


def test_sale_is_undone_by_a_second_persons_pin_once():
    till = make_till()
    order = sold(till)
    boss = make_staff(Permission.POS_VOID, Permission.POS_SELL, location_id=till.shop.lyon.pk)
    pins.set_own_pin(pin=PIN, password=PASSWORD, actor=actor_of_user(boss))
    url = f"/console/till/sales/{order.pk}/void"

    alone = till.client.post(url, once(reason="wrong price"))
    wrong = till.client.post(url, once(reason="wrong price", second=boss.pk, pin="9731"))
    done = till.client.post(url, once(reason="wrong price", second=boss.pk, pin=PIN))
    again = till.client.post(url, once(reason="wrong price", second=boss.pk, pin=PIN))

    assert (alone.status_code, wrong.status_code, done.status_code) == (403, 403, 303)
    assert again.status_code == 409
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELLED
    assert JournalEntry.objects.filter(kind=JournalKind.VOID).count() == 1
    assert "This sale was undone" in till.client.get(done.url).content.decode()


# --- beside the sale ------------------------------------------------------------------------------


def test_price_check_tells_price_stock_and_who_else_has_it(django_assert_max_num_queries):
    till = make_till()
    till.client.get("/console/price-check")

    with django_assert_max_num_queries(12):
        page = till.client.get(
            "/console/price-check", {"q": till.shop.variant.sku}
        ).content.decode()
    unknown = till.client.get("/console/price-check", {"q": "<i>4006381333931"}).content.decode()

    assert "€10.00" in page
    assert "10 here" in page
    assert "Nice" in page
    assert "Make a task" in unknown
    assert "<i>4006" not in unknown
    assert not Cart.objects.exists()


def test_pickup_is_paid_and_handed_over_in_one_step_at_its_own_store():
    till = make_till()
    order = make_order(till.shop, pay="", payment_policy="pay_at_collection")
    row = make_ready(order)
    form = {"pickup": row.pk, "code": code_of(row), "tender": "several", "card_amount": "4"}
    form |= {"terminal_reference": "slip-3", "cash_given": "20", "due": 1000}

    shown = till.client.get("/console/till/collect", {"pickup": row.pk})
    wrong = till.client.post("/console/till/collect", once(**form | {"code": "WRONG123"}))
    for other in ("900", "0", "1100", "x"):  # what another page showed
        refused = till.client.post("/console/till/collect", once(**form | {"due": other}))
        assert refused.status_code == 400
        assert 'name="due" value="1000"' in refused.content.decode()
    assert not JournalEntry.objects.exists()
    done = till.client.post("/console/till/collect", once(**form))

    assert "€10.00" in shown.content.decode()
    assert 'name="due" value="1000"' in shown.content.decode()
    assert wrong.status_code in (400, 403, 409)
    assert done.status_code == 303
    entry = JournalEntry.objects.get(kind=JournalKind.COLLECTION)
    assert entry.tenders == {"card_terminal": 400, "cash": 600}
    nice = console_client(till.shop.nice, *CLERK)
    assert nice.get("/console/till/collect", {"pickup": row.pk}).status_code == 404


def test_what_is_taken_along_comes_from_the_tills_store_whatever_a_form_says():
    till = make_till()

    till.post("add", variant=till.shop.variant.pk, method="carry_out", location=till.shop.nice.pk)

    assert till.cart.lines.get().location_id == till.shop.lyon.pk
