"""The return pages: found, told before it is done, done once, and refused in words."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from customers.profiles.models import Customer
from inventory.channels.models import TaxDisplay
from omni.access import pins
from omni.access.actor import SYSTEM, Actor
from omni.access.models import User
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core import clock
from omni.core.money import Money
from omni.work import operations as work
from omni.work.models import Approval
from orders.aftersales import operations as aftersales
from orders.aftersales.models import Exchange, LogisticsState, MoneyState, ReturnCase
from orders.aftersales.operations import CounterReturn, ReturnUnits
from orders.aftersales.planning import plan_of
from orders.fulfilment.operations import confirm_if_paid
from orders.payments.models import Payment, Refund, RefundState, Tender
from orders.pos import operations as pos
from orders.pos.models import CashEntry, JournalEntry, Register, Shift
from orders.sales.models import Order
from tests.factories.customers import make_customer, make_identifier
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.omni import PASSWORD, make_grant, make_staff, make_user, staff_actor
from tests.factories.orders_work import (
    Shop,
    Sold,
    collect,
    lines_of,
    make_order,
    make_shop,
    snapshot,
    take_payment,
)
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db
CLERK = (
    Permission.RETURNS_VIEW,
    Permission.RETURNS_CREATE,
    Permission.RETURNS_INSPECT,
    Permission.PAYMENTS_REFUND,
    Permission.PAYMENTS_VIEW,
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.ORDERS_VIEW,
    Permission.CUSTOMERS_VIEW,
)
EVIL = '<img src=x onerror="alert(1)">'
MOST_QUERIES = 12


def bought(shop: Shop, quantity: int = 2, pay: str = Tender.CASH, **over: Any) -> Order:
    order = make_order(shop, Sold(quantity=quantity), pay=pay, **over)
    collect(order)
    order.refresh_from_db()
    return order


def till_at(shop: Shop) -> tuple[Register, Shift]:
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code=f"till-{uuid4().hex[:8]}", name="Till 1"
    )
    actor = staff_actor(*CLERK, location_id=shop.lyon.pk)
    return register, pos.open_shift(register_id=register.pk, float_minor=10_000, actor=actor)


def chosen(order: Order, quantity: int = 1, **more: Any) -> dict[str, Any]:
    line = lines_of(order)[0].pk
    return {"shown": "1", "line": str(line), f"q-{line}": str(quantity), **more}


def page_of(order: Order) -> str:
    return f"/console/returns/order/{order.pk}"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


# --- finding --------------------------------------------------------------------------------------


def test_returns_finds_a_receipt_of_any_store_and_shows_nothing_personal_of_it() -> None:
    shop = make_shop()
    here, elsewhere = bought(shop), bought(shop, contact_name="Eve Adams")
    clerk = console_client(shop.nice, *CLERK)
    by_number = clerk.get("/console/returns", {"q": f" {elsewhere.number.lower()}"})
    clerk.get("/console/returns", {"q": "W1"})

    page = clerk.get(by_number.url)

    assert by_number.url == page_of(elsewhere)
    assert page.status_code == 200
    assert "Eve Adams" not in page.content.decode()
    assert clerk.get(page_of(here)).status_code == 404
    assert "Nothing found" in clerk.get("/console/returns", {"q": "W1"}).content.decode()


def test_returns_finds_by_person_by_card_and_by_the_tills_own_number() -> None:
    shop = make_shop()
    register, _shift = till_at(shop)
    customer = make_customer(name="Zoë Kwiatkowska")
    order = bought(shop, pay=Tender.CARD_TERMINAL, customer_id=customer.pk, contact_name=EVIL)
    Payment.objects.filter(order=order).update(card_label="Visa 4242")
    JournalEntry.objects.create(
        register=register, shift=_shift, number=7, kind="sale", order=order, total_minor=2000,
        reference="x", principal="system", occurred_at=clock.now(),
    )  # fmt: skip
    clerk = console_client(shop.lyon, *CLERK)

    by_name = clerk.get("/console/returns", {"q": "kwiatk"}).content.decode()
    by_card = clerk.get("/console/returns", {"last_four": "4242", "amount": "20,00"})
    wrong_card = clerk.get("/console/returns", {"last_four": "4242", "amount": "20.01"})
    by_journal = clerk.get("/console/returns", {"q": f"{register.code}-7"})

    assert order.number in by_name
    assert EVIL not in by_name
    assert order.number in by_card.content.decode()
    assert order.number not in wrong_card.content.decode()
    assert by_journal.url == page_of(order)


# --- the page -------------------------------------------------------------------------------------


def test_take_back_page_costs_a_fixed_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    shop = make_shop(units=200)
    variants = [make_variant() for _each in range(30)]
    for variant in variants:
        stock_up(variant, shop.lyon, 5)
    small = bought(shop)
    big = make_order(shop, *[Sold(variant=each) for each in variants], pay=Tender.CASH)
    collect(big)
    clerk = console_client(shop.lyon, *CLERK)
    clerk.get("/console/returns")

    for order in (small, big):
        ticked = {"shown": "1", "line": [str(line.pk) for line in lines_of(order)]}
        with django_assert_max_num_queries(MOST_QUERIES):
            assert clerk.get(page_of(order), ticked).status_code == 200


def test_take_back_page_tells_what_will_happen() -> None:
    shop = make_shop()
    order = bought(shop, 3)
    clerk = console_client(shop.lyon, *CLERK)

    page = clerk.get(page_of(order), chosen(order, 2))

    assert page.context["plan"].refund_minor == 2000
    assert "€20.00" in page.content.decode()
    assert "Waits: a till pays it out" in page.content.decode()


def test_take_back_page_ignores_garbage() -> None:
    shop = make_shop()
    order = bought(shop)
    line = lines_of(order)[0].pk
    clerk = console_client(shop.lyon, *CLERK)

    for value in ("-1", "x" * 5000, "9" * 400, "1.5", "\x00", "٣"):
        given = {"shown": "1", "line": ["x", str(line)], f"q-{line}": value, "take": value}
        page = clerk.get(page_of(order), {**given, "approval": value, "why-": value})
        assert page.status_code == 200
        assert page.context["plan"].units in (0, 2)


def test_take_back_page_ticks_what_is_scanned_and_says_what_is_not_on_it() -> None:
    shop = make_shop()
    order = bought(shop, 2)
    other = make_variant()
    clerk = console_client(shop.lyon, *CLERK)

    ticked = clerk.get(page_of(order), {"scan": shop.variant.sku})
    strange = clerk.get(page_of(order), {"scan": other.sku})
    unknown = clerk.get(page_of(order), {"scan": "4 006381 333931"})

    assert ticked.status_code == 302
    assert clerk.get(ticked.url).context["plan"].units == 1
    assert "is not on this receipt" in strange.content.decode()
    assert "This barcode is not known" in unknown.content.decode()


def test_plan_is_what_the_return_then_does() -> None:
    shop = make_shop(units=30)
    order = make_order(shop, Sold(quantity=3, price_minor=333), pay="")
    take_payment(order, 400, Tender.CASH)
    take_payment(order, 599)
    confirm_if_paid(order_id=order.pk)
    collect(order)
    line = lines_of(order)[0]
    aftersales.return_at_counter(
        wanted=CounterReturn(
            location_id=shop.lyon.pk, order_number=order.number, units=[ReturnUnits(line.pk, 1)]
        ),
        actor=SYSTEM,
    )
    order.refresh_from_db()
    before = set(Refund.objects.values_list("pk", flat=True))

    plan = plan_of(order, lines_of(order), {line.pk: 2})
    case = aftersales.return_at_counter(
        wanted=CounterReturn(
            location_id=shop.lyon.pk, order_number=order.number, units=[ReturnUnits(line.pk, 2)]
        ),
        actor=SYSTEM,
    )

    made = Refund.objects.exclude(pk__in=before).order_by("payment__tender")
    told = sorted((each.payment.tender, each.amount_minor) for each in plan.refunds)
    assert case.refund_minor == plan.refund_minor == 666
    assert sorted((each.payment.tender, each.amount_minor) for each in made) == told
    assert len(told) == 2


def test_plan_tells_discount_and_tax_apart() -> None:
    shop = make_shop(units=5)
    order = bought(shop, 2)
    line = lines_of(order)[0]
    line.price_minor, order.tax_display = 1200, TaxDisplay.GROSS

    gross = plan_of(order, [line], {line.pk: 1}).lines[0]
    line.price_minor, order.tax_display = 900, TaxDisplay.NET
    net = plan_of(order, [line], {line.pk: 1}).lines[0]

    assert (gross.goods_minor, gross.tax_minor, gross.discount_minor) == (1200, 0, -200)
    assert (net.goods_minor, net.tax_minor, net.discount_minor) == (900, 167, -67)
    assert net.worth_minor == gross.worth_minor == 1000


# --- taking back ----------------------------------------------------------------------------------


def test_take_back_at_a_till_pays_cash_out_once() -> None:
    shop = make_shop()
    order = bought(shop)
    register, shift = till_at(shop)
    clerk = console_client(shop.lyon, *CLERK, register=register)
    line = lines_of(order)[0].pk
    form = once(**chosen(order, 1, **{f"why-{line}": "too_small", f"fate-{line}": "damaged"}))

    first = clerk.post(page_of(order), form)
    again = clerk.post(page_of(order), form)

    case = ReturnCase.objects.get()
    assert first.url == again.url == f"/console/returns/{case.pk}/done"
    assert (case.status, case.money_status) == (LogisticsState.CLOSED, MoneyState.SETTLED)
    assert (case.reason, case.lines.get().disposition) == ("too_small", "damaged")
    booked = CashEntry.objects.filter(shift=shift).order_by("pk")
    assert [row.amount_minor for row in booked] == [10_000, -1000]
    done = text_of(clerk.get(first.url))
    assert "€10.00" in done
    assert "Damaged" in done


def test_take_back_of_a_card_needs_the_terminals_number_and_keeps_the_choice() -> None:
    shop = make_shop()
    order = bought(shop, pay=Tender.CARD_TERMINAL)
    register, _shift = till_at(shop)
    clerk = console_client(shop.lyon, *CLERK, register=register)
    before = snapshot(order.pk)

    refused = clerk.post(page_of(order), once(**chosen(order)))
    unchanged = snapshot(order.pk)
    done = clerk.post(page_of(order), once(**chosen(order, terminal_reference="slip-9")))

    assert refused.status_code == 400
    assert refused.context["plan"].card_minor == 1000
    assert unchanged == before
    assert done.status_code == 303
    assert Refund.objects.get().status == RefundState.SUCCEEDED


def test_take_back_without_a_till_waits_and_is_paid_out_later() -> None:
    shop = make_shop()
    order = bought(shop)
    clerk = console_client(shop.lyon, *CLERK)
    clerk.post(page_of(order), once(**chosen(order)))
    case = ReturnCase.objects.get()
    assert case.money_status == MoneyState.DUE
    register, _shift = till_at(shop)

    no_till = clerk.post(f"/console/returns/{case.pk}/pay-out", once())
    at_till = console_client(shop.lyon, *CLERK, register=register)
    page = at_till.get(f"/console/returns/{case.pk}").content.decode()
    paid = at_till.post(f"/console/returns/{case.pk}/pay-out", once())

    case.refresh_from_db()
    assert no_till.status_code == 303  # back to its page, with why
    assert "Pay out at this till" in page
    assert paid.url.endswith("/done")
    assert case.money_status == MoneyState.SETTLED


def test_take_back_late_needs_a_claim_or_a_manager_and_says_so() -> None:
    shop = make_shop()
    order = bought(shop)
    clerk = console_client(shop.lyon, *CLERK)
    with clock.moved(by=timedelta(days=40)):
        page = text_of(clerk.get(page_of(order), chosen(order)))
        refused = clerk.post(page_of(order), once(**chosen(order)))
        claimed = clerk.post(page_of(order), once(**chosen(order, rule="claim")))
        other = bought(shop)
    with clock.moved(by=timedelta(days=80)):
        clerk = console_client(shop.lyon, *CLERK)
        alone = clerk.post(page_of(other), once(**chosen(other, rule="exception")))
        manager = console_client(shop.lyon, *CLERK, Permission.RETURNS_NO_RECEIPT)
        allowed = manager.post(page_of(other), once(**chosen(other, rule="exception")))

    assert "was over on" in page
    assert "Anything else a manager allows" in page
    assert refused.status_code == 409
    assert ReturnCase.objects.filter(order=order).get().kind == "claim"
    assert claimed.status_code == allowed.status_code == 303
    assert alone.status_code == 403


def test_take_back_of_ones_own_order_under_another_address_is_barred_as_well() -> None:
    shop = make_shop()
    ben = make_staff(*CLERK, location_id=shop.lyon.pk)
    order = bought(shop, email="ben.at.home@example.com")
    customer = make_customer()
    make_identifier(customer=customer, kind="email", value=ben.email.upper())
    Order.objects.filter(pk=order.pk).update(customer=customer)
    clerk = console_client(shop.lyon, user=ben)

    page = clerk.get(page_of(order), chosen(order)).content.decode()
    refused = clerk.post(page_of(order), once(**chosen(order)))

    assert "This is your own purchase" in page
    assert refused.status_code == 403


def test_take_back_of_an_own_purchase_is_refused_in_words() -> None:
    shop = make_shop()
    ben = make_staff(*CLERK, location_id=shop.lyon.pk)
    order = bought(shop, email=ben.email)
    clerk = console_client(shop.lyon, user=ben)

    page = clerk.get(page_of(order), chosen(order)).content.decode()
    refused = clerk.post(page_of(order), once(**chosen(order)))

    assert "This is your own purchase" in page
    assert refused.status_code == 403
    assert not ReturnCase.objects.exists()


# --- over the limit -------------------------------------------------------------------------------


def limited(shop: Shop, limit_minor: int) -> User:
    user = make_user()
    scope = {"scope_kind": "location", "scope_id": shop.lyon.pk}
    make_grant(user, *CLERK, refund_limit_minor=limit_minor, **scope)
    return user


def manager_with_pin(shop: Shop, *, may: bool = True) -> User:
    more = (Permission.WORK_DECIDE, Permission.WORK_VIEW) if may else ()
    user = make_staff(
        Permission.FULFILMENT_VIEW, *more, location_id=shop.lyon.pk, display_name="Mona"
    )
    pins.set_own_pin(pin="4071", password=PASSWORD, actor=actor_of_user(user))
    return user


def test_take_back_over_the_limit_is_granted_by_a_second_person_at_the_spot() -> None:
    shop = make_shop()
    order = bought(shop)
    clerk = console_client(shop.lyon, user=limited(shop, 500))
    mona, nobody = manager_with_pin(shop), manager_with_pin(shop, may=False)

    asked = clerk.post(page_of(order), once(**chosen(order)))
    approval = Approval.objects.get()
    grant = chosen(order, approval=str(approval.pk))
    wrong = clerk.post(page_of(order), once(**grant, second=str(mona.pk), pin="1111"))
    not_theirs = clerk.post(page_of(order), once(**grant, second=str(nobody.pk), pin="4071"))
    assert not ReturnCase.objects.exists()
    done = clerk.post(page_of(order), once(**grant, second=str(mona.pk), pin="4071"))

    assert asked.status_code == 409
    assert [each.name for each in asked.context["deciders"]] == ["Mona"]
    assert "Their PIN" in asked.content.decode()
    assert (wrong.status_code, wrong.context["problem"].code) == (403, "wrong_pin")
    assert "Their PIN" in wrong.content.decode()
    assert not_theirs.status_code in (403, 404)
    assert done.status_code == 303
    assert ReturnCase.objects.get().refund_minor == 1000
    approval.refresh_from_db()
    assert approval.decided_by == f"staff:{mona.pk}"


def test_take_back_page_finishes_once_it_was_granted_elsewhere() -> None:
    shop = make_shop()
    order = bought(shop)
    ben = limited(shop, 500)
    clerk = console_client(shop.lyon, user=ben)
    clerk.post(page_of(order), once(**chosen(order)))
    approval = Approval.objects.get()
    state = chosen(order, approval=str(approval.pk))
    waiting = clerk.get(page_of(order), state)
    work.decide_approval(approval_id=approval.pk, granted=True, actor=SYSTEM)

    granted = clerk.get(page_of(order), state)
    done = clerk.post(page_of(order), once(**state))

    assert "Finish it now" not in waiting.content.decode()
    assert "Finish it now" in granted.content.decode()
    assert done.status_code == 303


def test_take_back_goes_to_the_terminal_only_after_it_was_granted() -> None:
    shop = make_shop()
    order = bought(shop, pay=Tender.CARD_TERMINAL)
    register, _shift = till_at(shop)
    clerk = console_client(shop.lyon, user=limited(shop, 500), register=register)
    mona = manager_with_pin(shop)

    before = clerk.get(page_of(order), chosen(order)).content.decode()
    clerk.post(page_of(order), once(**chosen(order)))
    state = chosen(order, approval=str(Approval.objects.get().pk))
    granted = clerk.post(page_of(order), once(**state, second=str(mona.pk), pin="4071"))
    page = clerk.get(granted.url).content.decode()
    done = clerk.post(page_of(order), once(**state, terminal_reference="slip-3"))

    assert 'name="terminal_reference"' not in before
    assert granted.status_code == 303
    assert granted.url.startswith(page_of(order))
    assert "at the terminal, then type its number" in page
    assert "Finish it now" in page
    assert done.url.endswith("/done")


# --- exchange -------------------------------------------------------------------------------------


def test_exchange_is_paid_by_its_difference_once() -> None:
    shop = make_shop()
    order = bought(shop)
    dear = make_variant(product=shop.variant.product)
    make_listing(dear, shop.channel, price_minor=1500)
    stock_up(dear, shop.lyon, 3)
    register, shift = till_at(shop)
    clerk = console_client(shop.lyon, *CLERK, register=register)
    state = chosen(order, instead="exchange", take=str(dear.pk))

    offered = clerk.get(page_of(order), chosen(order, instead="exchange"))
    told = clerk.get(page_of(order), state)
    cash = {"tender": "cash", "cash_given": "10,00", "due": "500"}
    short = clerk.post(page_of(order), once(**state, **cash | {"cash_given": "4"}))
    unsaid = clerk.post(page_of(order), once(**state, **cash | {"due": "400"}))
    odd = clerk.post(page_of(order), once(**state, **cash | {"cash_given": "a lot"}))
    form = once(**state, **cash)
    first, again = clerk.post(page_of(order), form), clerk.post(page_of(order), form)

    assert [each.variant.pk for each in offered.context["choice"].siblings if each.here]
    assert told.context["difference_minor"] == 500
    assert "Still to pay" in told.content.decode()
    assert short.status_code >= 400
    # The sum that the customer was told is the one that is taken.
    assert unsaid.context["problem"].code == "tenders_do_not_match"
    assert "This is no amount" in odd.content.decode()
    assert 'value="a lot"' in odd.content.decode()
    assert first.url == again.url
    assert "€5.00 change" in clerk.get(first.url).content.decode()
    assert Exchange.objects.get().difference_minor == 500
    entries = CashEntry.objects.filter(shift=shift).values_list("amount_minor", flat=True)
    assert sum(entries) == 10_500


def test_exchange_is_paid_by_two_cards_and_cash_together() -> None:
    shop = make_shop()
    order = bought(shop)
    dear = make_variant(product=shop.variant.product)
    make_listing(dear, shop.channel, price_minor=2500)
    stock_up(dear, shop.lyon, 1)
    register, shift = till_at(shop)
    clerk = console_client(shop.lyon, *CLERK, register=register)
    state = chosen(order, instead="exchange", take=str(dear.pk), due="1500", tender="several")
    parts = {"card_amount": "6", "terminal_reference": "A1", "second_amount": "5,50"}

    nameless = clerk.post(page_of(order), once(**state, **parts, cash_given="5"))
    parts["second_reference"] = "B2"
    too_much = clerk.post(page_of(order), once(**state, **parts | {"card_amount": "60"}))
    nothing = Exchange.objects.exists() or Payment.objects.exclude(order=order).exists()
    done = clerk.post(page_of(order), once(**state, **parts, cash_given="5"))

    assert nameless.context["problem"].code == "terminal_reference_missing"
    assert 'value="5,50"' in nameless.content.decode()
    assert too_much.context["problem"].code == "tenders_do_not_match"
    assert not nothing
    assert done.url.endswith("/done")
    taken = Payment.objects.exclude(order=order).order_by("amount_minor")
    assert [(row.tender, row.amount_minor) for row in taken] == [
        ("cash", 350), ("card_terminal", 550), ("card_terminal", 600)
    ]  # fmt: skip
    assert sum(row.amount_minor for row in CashEntry.objects.filter(shift=shift)) == 10_350


def test_exchange_adds_and_drops_what_is_taken_and_needs_a_till() -> None:
    shop = make_shop()
    order = bought(shop)
    register, _shift = till_at(shop)
    clerk = console_client(shop.lyon, *CLERK, register=register)
    state = chosen(order, instead="exchange")

    added = clerk.get(page_of(order), {**state, "add": str(shop.variant.pk)})
    dropped = clerk.get(f"{added.url}&drop={shop.variant.pk}")
    without = console_client(shop.lyon, *CLERK).get(page_of(order), state)
    nothing = clerk.post(page_of(order), once(**state))

    assert len(clerk.get(added.url).context["choice"].taken) == 1
    assert clerk.get(dropped.url).context["choice"].taken == []
    assert nothing.status_code == 400
    assert not ReturnCase.objects.exists()
    assert "An exchange needs an open till" in without.content.decode()


# --- cases ----------------------------------------------------------------------------------------


def announced(shop: Shop, order: Order, **over: Any) -> ReturnCase:
    customer = make_customer()
    Order.objects.filter(pk=order.pk).update(customer=customer)
    actor = Actor(kind="customer", customer_id=customer.pk, channel_id=order.channel_id)
    units = [ReturnUnits(lines_of(order)[0].pk, 1, reason=over.get("reason", ""))]
    return aftersales.request_return(order_id=order.pk, units=units, actor=actor, **over)


def test_case_goes_its_way_through_the_console() -> None:
    shop = make_shop()
    case = announced(shop, bought(shop), reason=EVIL[:40])
    clerk = console_client(shop.lyon, *CLERK)
    at = f"/console/returns/{case.pk}"
    line = case.lines.get().pk

    listed = clerk.get("/console/returns").content.decode()
    pages = [clerk.get(at)]
    steps = [clerk.post(f"{at}/allow", once()), clerk.post(f"{at}/in-transit", once())]
    steps.append(clerk.post(f"{at}/receive", once(**{f"q-{line}": "1"})))
    pages.append(clerk.get(at))
    steps.append(clerk.post(f"{at}/inspect", once(**{f"fate-{line}": "send_back"})))
    steps.append(clerk.post(f"{at}/send-back", once()))

    case.refresh_from_db()
    assert case.number in listed
    assert EVIL[:40] not in pages[0].content.decode()
    assert [each.status_code for each in [*pages, *steps]] == [200, 200, *[303] * 5]
    assert case.status == LogisticsState.CLOSED


def test_case_step_that_does_not_fit_is_told_on_its_page() -> None:
    shop = make_shop()
    case = announced(shop, bought(shop))
    clerk = console_client(shop.lyon, *CLERK)

    answer = clerk.post(f"/console/returns/{case.pk}/inspect", once())
    declined = clerk.post(f"/console/returns/{case.pk}/decline", once(reason="Worn"))
    again = clerk.post(f"/console/returns/{case.pk}/allow", once())

    case.refresh_from_db()
    assert answer.status_code == 409
    assert case.number in answer.content.decode()
    assert (declined.status_code, case.status, case.reason) == (303, "declined", "Worn")
    assert again.status_code == 409


def test_case_of_another_store_is_not_there() -> None:
    shop = make_shop()
    case = announced(shop, bought(shop))
    cleo = console_client(shop.nice, *CLERK)
    at = f"/console/returns/{case.pk}"

    assert cleo.get(at).status_code == 404
    for step in ("allow", "receive", "inspect", "lost", "pay-out", "decline", "refund-again"):
        assert cleo.post(f"{at}/{step}", once(reason="x")).status_code in (303, 404)
    case.refresh_from_db()
    assert case.status == LogisticsState.REQUESTED
    assert cleo.get(at, {"number": case.number}).status_code == 200  # the customer brought it


def test_worklist_and_case_cost_a_fixed_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    shop = make_shop(units=80)
    clerk = console_client(shop.lyon, *CLERK)
    case = announced(shop, bought(shop, 1))
    clerk.get("/console/returns")

    with django_assert_max_num_queries(MOST_QUERIES):
        clerk.get("/console/returns")
    for _each in range(5):
        announced(shop, bought(shop, 1))
    with django_assert_max_num_queries(MOST_QUERIES):
        assert len(clerk.get("/console/returns").context["cases"]) == 6
    with django_assert_max_num_queries(MOST_QUERIES):
        clerk.get(f"/console/returns/{case.pk}")


# --- without a receipt ----------------------------------------------------------------------------


def loose(client: Client, customer: Customer, variant_id: UUID, **more: Any) -> Any:
    form = {"customer": str(customer.pk), "take": str(variant_id), "evidence": "Own label", **more}
    return client.post("/console/returns/no-receipt", once(**form))


def test_without_receipt_a_manager_takes_back_and_a_clerk_is_granted() -> None:
    shop = make_shop()
    register, _shift = till_at(shop)
    customer = make_customer(name="Ann Ask")
    manager = console_client(shop.lyon, *CLERK, Permission.RETURNS_NO_RECEIPT, register=register)
    clerk = console_client(shop.lyon, *CLERK, register=register)
    mona = manager_with_pin(shop)

    found = manager.get("/console/returns/no-receipt", {"who": "ann"}).content.decode()
    no_word = loose(manager, customer, shop.variant.pk, evidence=" ")
    agreed = {f"paid-{shop.variant.pk}": "7,50"}
    done = loose(manager, customer, shop.variant.pk, **agreed)
    case = ReturnCase.objects.get()
    paid = manager.post(f"/console/returns/{case.pk}/pay-out", once())
    asked = loose(clerk, customer, shop.variant.pk)
    approval = Approval.objects.get()
    granted = loose(
        clerk, customer, shop.variant.pk, approval=str(approval.pk), second=str(mona.pk), pin="4071"
    )

    case.refresh_from_db()
    assert "Ann Ask" in found
    assert no_word.status_code == 400
    assert done.status_code == paid.status_code == granted.status_code == 303
    assert (case.refund_minor, case.money_status) == (750, MoneyState.SETTLED)
    assert asked.status_code == 409
    assert "Their PIN" in asked.content.decode()
    assert str(Money(750, "EUR")) in manager.get(done.url).content.decode()
