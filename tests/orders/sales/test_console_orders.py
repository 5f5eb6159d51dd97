"""The pages of orders, in the store and at head office."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from omni.access import pins
from omni.access.actor import Actor
from omni.access.models import AccessLog
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core import clock
from omni.core.ids import uuid7
from omni.screens.models import SavedView
from omni.work.models import Approval
from orders.aftersales import operations as aftersales
from orders.aftersales.models import ReturnCase
from orders.aftersales.operations import ReturnUnits
from orders.payments import operations as payments
from orders.payments.models import PaymentEvent, Refund, Tender
from orders.pos import operations as pos
from orders.pos.models import Register
from orders.sales.models import Order, OrderStatus
from tests.factories.customers import make_customer
from tests.factories.inventory import make_variant, stock_up
from tests.factories.omni import PASSWORD, make_grant, make_staff, make_user, staff_client
from tests.factories.orders_work import (
    Shop,
    Sold,
    collect,
    lines_of,
    make_order,
    make_ready,
    make_shop,
)
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db
SEES = (Permission.ORDERS_VIEW, Permission.PAYMENTS_VIEW, Permission.FULFILMENT_VIEW)
ACTS = (
    *SEES,
    Permission.ORDERS_CANCEL,
    Permission.PAYMENTS_REFUND,
    Permission.RETURNS_CREATE,
    Permission.RETURNS_VIEW,
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.CUSTOMERS_VIEW,
)
EVIL = '"><script>alert(1)</script>'
MOST_QUERIES = 12


def head_office(*permissions: str, **terms: Any) -> Client:
    user = make_user()
    make_grant(user, *(permissions or ACTS), **terms)
    return staff_client(user)


def many_lines(shop: Shop, count: int) -> Order:
    variants = [make_variant() for _each in range(count)]
    for variant in variants:
        stock_up(variant, shop.lyon, 3)
    return make_order(shop, *[Sold(variant=each) for each in variants])


def announced(shop: Shop) -> ReturnCase:
    """A return that a customer asked for."""
    customer = make_customer()
    order = make_order(shop, customer_id=customer.pk)
    collect(order)
    actor = Actor(kind="customer", customer_id=customer.pk, channel_id=order.channel_id)
    units = [ReturnUnits(lines_of(order)[0].pk, 1)]
    return aftersales.request_return(order_id=order.pk, units=units, actor=actor)


# --- the store's list -----------------------------------------------------------------------------


def test_orders_lists_those_of_the_store_by_state_and_searches_further() -> None:
    shop = make_shop()
    here = make_order(shop, contact_name=EVIL)
    done = make_order(shop, contact_name="Zoë Done")
    collect(done)
    far = make_order(shop, Sold(location=shop.nice), contact_name="Idris Far", phone="+49151555")
    problem = make_order(shop, pay="")
    Order.objects.filter(pk=problem.pk).update(
        status=OrderStatus.PLACED, pay_by_at=clock.now() - timedelta(hours=1)
    )
    store = console_client(shop.lyon, *SEES)
    everywhere = console_client(
        shop.lyon, user=make_staff(*SEES)
    )  # sees Nice too, by searching only

    def listed(client: Client, **asked: str) -> set[str]:
        rows = client.get("/console/orders", asked).context["rows"]
        return {row.order.number for row in rows}

    assert listed(store) == {here.number, problem.number}
    assert listed(store, tab="today") == {here.number, problem.number, done.number}
    assert listed(store, tab="problems") == {problem.number}
    assert listed(everywhere, tab="all") == {here.number, problem.number, done.number}
    assert listed(store, q="idris") == set()
    assert listed(everywhere, q="idris") == listed(everywhere, q="151555") == {far.number}
    assert listed(everywhere, q="done") == listed(store, q=done.number.lower()) == {done.number}
    assert EVIL not in store.get("/console/orders").content.decode()
    assert store.get("/console/orders", {"after": "x" * 90, "q": "\x00'\"" * 900}).status_code < 500


def test_orders_cost_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    shop = make_shop(units=90)
    make_order(shop)
    store, office = console_client(shop.lyon, *ACTS), head_office()
    store.get("/console/orders")

    for _round in range(2):
        with django_assert_max_num_queries(MOST_QUERIES):
            store.get("/console/orders")
        with django_assert_max_num_queries(MOST_QUERIES):
            office.get("/office/orders")
        for _each in range(12):
            make_order(shop)


def test_order_page_costs_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    shop = make_shop()
    small, big = make_order(shop), many_lines(shop, 30)
    Order.objects.update(customer=make_customer())
    store, office = console_client(shop.lyon, *ACTS), head_office()
    store.get("/console/orders")
    office.get("/office/orders")

    for order in (small, big):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert store.get(f"/console/orders/{order.pk}").status_code == 200
        with django_assert_max_num_queries(MOST_QUERIES):
            assert office.get(f"/office/orders/{order.pk}").status_code == 200


# --- the order page -------------------------------------------------------------------------------


def test_order_page_shows_goods_money_and_history_and_is_logged() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=2), contact_name=EVIL)
    make_ready(order)
    store = console_client(shop.lyon, *ACTS)

    page = store.get(f"/console/orders/{order.pk}")
    text = page.content.decode()

    assert EVIL not in text
    assert "€20.00" in text
    assert "The pickup is ready" in text
    assert page.context["page"].captured_minor == 2000
    assert AccessLog.objects.filter(kind="order", subject_id=str(order.pk)).count() == 1


def test_order_page_of_another_store_is_not_there() -> None:
    shop = make_shop()
    order = make_order(shop)
    cleo = console_client(shop.nice, *ACTS)
    at = f"/console/orders/{order.pk}"

    assert cleo.get(at).status_code == 404
    assert cleo.post(f"{at}/cancel", once(reason="customer")).status_code == 404
    assert cleo.post(f"{at}/refund", once(amount="1", why="x")).status_code == 404
    assert cleo.get(f"/console/orders/{uuid7()}").status_code == 404
    order.refresh_from_db()
    assert order.status == OrderStatus.CONFIRMED
    assert not Refund.objects.exists()


def test_order_page_hides_what_one_may_not_do() -> None:
    shop = make_shop()
    order = make_order(shop)
    looker = console_client(shop.lyon, Permission.ORDERS_VIEW)

    text = looker.get(f"/console/orders/{order.pk}").content.decode()
    tried = looker.post(f"/console/orders/{order.pk}/cancel", once(reason="customer"))

    assert 'data-dialog="#cancel"' not in text
    assert 'data-dialog="#refund"' not in text
    assert "Paid with" not in text
    assert tried.status_code == 403


def test_cancel_takes_the_order_off_once_and_picked_goods_need_more() -> None:
    shop = make_shop()
    order, picked = make_order(shop), make_order(shop)
    make_ready(picked)
    store = console_client(shop.lyon, *ACTS)
    form = once(reason="mistake")

    first = store.post(f"/console/orders/{order.pk}/cancel", form)
    again = store.post(f"/console/orders/{order.pk}/cancel", form)
    refused = store.post(f"/console/orders/{picked.pk}/cancel", once(reason="mistake"))
    no_reason = store.post(f"/console/orders/{picked.pk}/cancel", once())
    told = store.get(f"/console/orders/{picked.pk}").content.decode()
    manager = console_client(shop.lyon, *ACTS, Permission.ORDERS_CANCEL_PICKED)
    allowed = manager.post(f"/console/orders/{picked.pk}/cancel", once(reason="mistake"))

    order.refresh_from_db()
    picked.refresh_from_db()
    assert (first.status_code, again.status_code) == (303, 303)
    assert order.status == picked.status == OrderStatus.CANCELLED
    assert (refused.status_code, no_reason.status_code) == (403, 400)
    assert "being picked or wait already" in told
    assert allowed.status_code == 303


def test_refund_by_hand_keeps_what_was_typed_and_pays_once() -> None:
    shop = make_shop()
    order = make_order(shop)
    store = console_client(shop.lyon, *ACTS)
    at = f"/console/orders/{order.pk}/refund"
    form = once(amount="2,50", why="Late")

    bad = store.post(at, once(amount="a lot", why="Late"))
    beyond = store.post(at, once(amount="99999", why="Late"))
    first, again = store.post(at, form), store.post(at, form)

    assert bad.status_code == 400
    assert 'value="a lot"' in bad.content.decode()
    assert beyond.status_code == 409
    assert (first.status_code, again.status_code) == (303, 303)
    assert [row.amount_minor for row in Refund.objects.all()] == [250]


def test_refund_over_the_limit_is_granted_at_the_spot() -> None:
    shop = make_shop()
    order = make_order(shop)
    user = make_user()
    scope = {"scope_kind": "location", "scope_id": shop.lyon.pk}
    make_grant(user, *ACTS, refund_limit_minor=100, **scope)
    mona = make_staff(Permission.WORK_DECIDE, Permission.WORK_VIEW, display_name="Mona")
    pins.set_own_pin(pin="4071", password=PASSWORD, actor=actor_of_user(mona))
    Order.objects.filter(pk=order.pk).update(location=shop.lyon)
    store = console_client(shop.lyon, user=user)
    at = f"/console/orders/{order.pk}/refund"

    asked = store.post(at, once(amount="5", why="Late"))
    approval = Approval.objects.get()
    state = {"amount": "5", "why": "Late", "approval": str(approval.pk)}
    done = store.post(at, once(**state, second=str(mona.pk), pin="4071"))

    assert asked.status_code == 409
    assert "Their PIN" in asked.content.decode()
    assert done.status_code == 303
    assert [row.amount_minor for row in Refund.objects.all()] == [500]


def test_waiting_refund_is_paid_out_at_a_till() -> None:
    shop = make_shop()
    order = make_order(shop, pay=Tender.CASH)
    store = console_client(shop.lyon, *ACTS)
    store.post(f"/console/orders/{order.pk}/refund", once(amount="3", why="Late"))
    register = Register.objects.create(
        location=shop.lyon, channel=shop.channel, code=f"t-{uuid4().hex[:6]}", name="Till 1"
    )
    clerk = make_staff(*ACTS, location_id=shop.lyon.pk)
    pos.open_shift(register_id=register.pk, float_minor=1000, actor=actor_of_user(clerk))
    till = console_client(shop.lyon, user=clerk, register=register)

    offered = till.get(f"/console/orders/{order.pk}").content.decode()
    paid = till.post(f"/console/orders/{order.pk}/pay-out", once())

    assert "Pay €3.00 out at this till" in offered
    assert paid.status_code == 303
    assert Refund.objects.get().status == "succeeded"


# --- head office ----------------------------------------------------------------------------------


def test_office_filters_read_as_a_sentence_and_ignore_what_they_do_not_know() -> None:
    shop = make_shop()
    order, done = make_order(shop), make_order(shop, Sold(location=shop.nice))
    collect(done)
    office = head_office()

    def listed(**asked: str) -> set[str]:
        answer = office.get("/office/orders", asked)
        assert answer.status_code == 200
        return {row.order.number for row in answer.context["rows"]}

    assert (
        listed()
        == listed(status="nonsense", channel="x", since="-4")
        == {order.number, done.number}
    )
    assert listed(status="completed") == listed(place=str(shop.nice.pk)) == {done.number}
    assert listed(goods="unfulfilled", since="7") == {order.number}
    assert listed(channel=str(uuid7())) == listed(status="problems") == set()
    said = office.get("/office/orders", {"status": "completed"}).content.decode()
    assert "Completed</b>" in said


def test_office_scope_is_that_of_the_grant() -> None:
    shop = make_shop()
    order = make_order(shop)
    nice = head_office(*ACTS, scope_kind="location", scope_id=shop.nice.pk)

    assert nice.get("/office/orders").context["rows"] == []
    assert nice.get(f"/office/orders/{order.pk}").status_code == 404
    assert order.number not in _file(nice.get("/office/orders/export"))
    cancel = nice.post("/office/orders/cancel", once(order=str(order.pk), reason="fraud"))
    order.refresh_from_db()
    assert cancel.status_code == 303
    assert order.status == OrderStatus.CONFIRMED
    assert head_office(Permission.STOCK_VIEW).get("/office/orders").status_code == 403


def test_office_views_are_kept_shared_and_forgotten() -> None:
    ada, ben = head_office(), head_office()
    keep = {"status": "completed", "since": "7", "evil": "1"}

    kept = ada.post("/office/orders/views", once(name=EVIL[:50], shared="1", **keep))
    ada.post("/office/orders/views", once(name="Mine", **keep))
    nameless = ada.post("/office/orders/views", once(name=" ", **keep))
    shared = ben.get("/office/orders")
    view = SavedView.objects.get(is_shared=True)
    foreign = ben.post(f"/office/orders/views/{view.pk}/forget", once())
    left = SavedView.objects.count()
    ada.post(f"/office/orders/views/{view.pk}/forget", once())

    assert kept.url == "/office/orders?status=completed&since=7"
    assert [each["row"].pk for each in shared.context["views"]] == [view.pk]
    assert EVIL[:50] not in shared.content.decode()
    assert foreign.status_code in (303, 404)
    assert left == 2
    assert nameless.status_code in (303, 400)
    assert [row.name for row in SavedView.objects.all()] == ["Mine"]


def test_office_export_runs_nothing_in_a_spreadsheet() -> None:
    shop = make_shop()
    for name in ("=1+1", "+cmd", "-2", "@x", "\t=1", " =1", 'a"b\nc'):
        make_order(shop, contact_name=name)

    text = _file(head_office().get("/office/orders/export", {"since": "7"}))
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))

    names = [row[4] for row in rows[1:]]
    assert len(names) == 7
    assert not any(name.lstrip().startswith(("=", "+", "-", "@")) for name in names)
    assert {row[10] for row in rows[1:]} == {"10.00"}
    assert AccessLog.objects.filter(kind="orders.export").count() == 1


def test_office_cancels_many_with_a_preview_and_a_result_for_each() -> None:
    shop = make_shop()
    free, picked, over = make_order(shop), make_order(shop), make_order(shop)
    make_ready(picked)
    collect(over)
    office = head_office()
    ids = [str(each.pk) for each in (free, picked, over)]

    preview = office.get("/office/orders/cancel", {"order": [*ids, "x"]})
    form = once(reason="mistake", order=ids)
    first, again = (office.post("/office/orders/cancel", form) for _each in range(2))
    result = office.get(first.url)

    free.refresh_from_db()
    picked.refresh_from_db()
    assert {each.pk for each in preview.context["changing"]} == {free.pk, picked.pk}
    assert {each.pk for each in preview.context["staying"]} == {over.pk}
    assert first.url == again.url == "/office/orders/cancelled"
    assert (free.status, picked.status) == (OrderStatus.CANCELLED, OrderStatus.CONFIRMED)
    told = {each["number"]: each["is_done"] for each in result.context["results"]}
    assert told == {free.number: True, picked.number: False, over.number: False}


def test_office_order_page_keeps_a_ledger_whose_last_sum_is_what_is_held() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(quantity=3))
    collect(order)
    office = head_office()
    office.post(f"/office/orders/{order.pk}/refund", once(amount="4.00", why="Late"))
    payments.pay_out_refund(
        refund_id=Refund.objects.get().pk,
        provider_reference="slip-1",
        actor=actor_of_user(make_staff()),
    )

    page = office.get(f"/office/orders/{order.pk}").context["page"]

    booked = list(PaymentEvent.objects.order_by("pk").values_list("kind", "amount_minor"))
    assert [(each.kind, each.amount_minor) for each in page.ledger] == booked
    assert page.ledger[-1].balance_minor == page.paid_minor == 2600
    assert sum(each["net_minor"] + each["tax_minor"] for each in page.taxes) == order.total_minor


def test_office_orders_are_found_by_the_beginning_of_their_number(
    django_assert_max_num_queries: Any,
) -> None:
    shop = make_shop()
    first, second, other = (make_order(shop, contact_name="Nobody Wanted") for _ in range(3))
    for order, number in ((first, "Q7100"), (second, "Q7200"), (other, "V7100")):
        Order.objects.filter(pk=order.pk).update(number=number)
    office = head_office()

    def found(text: str) -> set[str]:
        with django_assert_max_num_queries(12):
            rows = office.get("/office/orders", {"q": text}).context["rows"]
        return {row.order.number for row in rows}

    assert found("Q7") == found(" q7 ") == {"Q7100", "Q7200"}
    assert found("q71") == {"Q7100"}
    assert found("7100") == {"Q7100", "V7100"}
    assert found("Q%1") == found("Q_1") == found("Q") == found("%") == set()


def test_office_returns_lists_and_filters() -> None:
    shop = make_shop()
    case = announced(shop)
    ReturnCase.objects.update(reason="size")
    office = head_office()

    page = office.get("/office/returns")

    assert [row.pk for row in page.context["cases"]] == [case.pk]
    assert "<td>Size</td>" in page.content.decode()
    assert list(office.get("/office/returns", {"status": "closed"}).context["cases"]) == []
    assert case.number in office.get("/office/returns", {"q": case.number}).content.decode()


def _file(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


# --- codes ----------------------------------------------------------------------------------------


def test_find_opens_an_order_and_a_return_by_their_numbers() -> None:
    shop = make_shop()
    order = make_order(shop, Sold(location=shop.nice))
    case = announced(shop)
    nice = console_client(shop.nice, *ACTS)

    opened = nice.get("/console/find", {"q": f"{order.number}\r"})
    foreign = nice.get("/console/find", {"q": case.number})
    own = console_client(shop.lyon, *ACTS).get("/console/find", {"q": case.number})

    assert opened.url == f"/console/orders/{order.pk}"
    assert foreign.status_code == 200
    assert own.url == f"/console/returns/{case.pk}"
