"""The pickups of a store: its queues, the open work, the counter, the shelf, slips and parcels."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.cache import cache

from inventory.catalog.models import Barcode
from inventory.locations.models import Method
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.core import clock
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.codes import LENGTH
from orders.fulfilment.hand_over import UNDO_WITHIN
from orders.fulfilment.models import (
    FulfilmentLine,
    FulfilmentOrder,
    FulfilmentState,
    HandOver,
    Pickup,
)
from orders.fulfilment.proof import MAX_ATTEMPTS
from orders.payments.models import Refund
from orders.sales.drafts import AddressDraft
from orders.sales.models import PaymentPolicy
from tests.factories.inventory import make_listing, make_variant, stock_up
from tests.factories.orders_work import (
    Shop,
    Sold,
    code_of,
    make_order,
    make_ready,
    make_shop,
    pick_all,
    snapshot,
    work_of,
)
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db

S = FulfilmentState
CLERK = (
    Permission.FULFILMENT_VIEW,
    Permission.FULFILMENT_WORK,
    Permission.PICKUP_HAND_OVER,
    Permission.ORDERS_VIEW,
)
MANAGER = (
    *CLERK,
    Permission.PICKUP_HAND_OVER_BY_ID,
    Permission.PICKUP_REINSTATE,
    Permission.PICKUP_UNDO_HAND_OVER,
)
MARKUP = "<b onmouseover=alert(1)>"
HOME = AddressDraft(name=f"Eve {MARKUP}", street=MARKUP, city="Nice", country="FR")


def _work(row: FulfilmentOrder, step: str) -> str:
    return f"/console/work/{row.pk}/{step}"


def _counter(row: FulfilmentOrder, step: str = "hand-over") -> str:
    return f"/console/pickups/{row.pk}/{step}"


def _state(row: FulfilmentOrder) -> str:
    return str(FulfilmentOrder.objects.values_list("status", flat=True).get(pk=row.pk))


def _said(answer: Any) -> str:
    return " ".join(str(each) for each in get_messages(answer.wsgi_request))


def _in_state(shop: Shop, state: str) -> FulfilmentOrder:
    """A pickup (or parcel) brought to a state by its operations."""
    is_parcel = state in (S.PACKED, S.DISPATCHED, S.ATTEMPTED, S.REFUSED_AT_DOOR, S.RETURNING)
    order = make_order(
        shop,
        Sold(quantity=2, method=Method.SHIP if is_parcel else Method.PICKUP),
        contact_name=f"Eve {MARKUP}",
        address=HOME if is_parcel else None,
    )
    row = work_of(order)
    which: dict[str, Any] = {"fulfilment_order_id": row.pk, "actor": SYSTEM}
    if is_parcel:
        pick_all(row)
        fulfilment.pack(carrier=MARKUP, tracking_number="T1", **which)
        further = {
            S.DISPATCHED: (fulfilment.dispatch,),
            S.ATTEMPTED: (fulfilment.dispatch, fulfilment.report_attempt),
            S.REFUSED_AT_DOOR: (fulfilment.dispatch, fulfilment.refuse_at_door),
            S.RETURNING: (fulfilment.dispatch, fulfilment.send_back),
        }
        for step in further.get(FulfilmentState(state), ()):
            step(**which)
    elif state == S.ACCEPTED:
        fulfilment.accept(**which)
    elif state == S.PICKING:
        pick_all(row)
    elif state != S.NEW:
        make_ready(order)
        if state == S.NO_SHOW:
            Pickup.objects.filter(pk=row.pk).update(window_ends_at=clock.now() - timedelta(hours=1))
            fulfilment.mark_no_show(**which)
        elif state == S.REFUSED_AT_COUNTER:
            fulfilment.refuse_at_counter(**which)
        elif state == S.HANDED_OVER:
            fulfilment.hand_over(code=code_of(row), **which)
    row.refresh_from_db()
    assert row.status == state
    return row


# --- the pages ------------------------------------------------------------------------------------

PICKUP_PAGES = {
    "/console/pickups?tab=accept": S.NEW,
    "/console/pickups?tab=accept&open={pk}": S.NEW,
    "/console/pickups?tab=pick&open={pk}": S.PICKING,
    "/console/pickups?tab=late&open={pk}": S.PICKING,
    "/console/slips?tab=pick": S.PICKING,
    "/console/pickups?tab=ready&open={pk}": S.READY,
    "/console/pickups/{pk}/hand-over": S.READY,
    "/console/shelf": S.READY,
    "/console/pickups?tab=closed&open={pk}": S.HANDED_OVER,
    "/console/shelf?what=put_back": S.NO_SHOW,
}
PARCEL_PAGES = {
    "/console/shipping?tab=pack&open={pk}": S.PICKING,
    "/console/slips?board=shipping&tab=pack": S.PICKING,
    "/console/shipping?tab=dispatch&open={pk}": S.PACKED,
    "/console/shipping?tab=underway&open={pk}": S.DISPATCHED,
    "/console/shipping?tab=closed&open={pk}": S.DELIVERED,
}


@pytest.mark.parametrize(
    ("method", "pages"), [(Method.PICKUP, PICKUP_PAGES), (Method.SHIP, PARCEL_PAGES)]
)
def test_pages_take_few_queries_however_full_they_are_and_write_names_as_text(
    method: str, pages: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    shop = make_shop(units=40)
    client = console_client(shop.lyon, *MANAGER)
    client.get("/console/pickups")
    rows: list[FulfilmentOrder] = []

    for wanted in (1, 30):
        while len(rows) < wanted:
            rows.append(_sold(shop, method))
        for page, state in pages.items():
            _put(rows, state)
            url = page.format(pk=rows[0].pk)
            cache.clear()
            client.get("/console/live")  # counts and news of the frame are asked once in a while
            with django_assert_max_num_queries(12):
                shown = client.get(url)

            text = shown.content.decode()
            assert shown.status_code == 200, url
            assert MARKUP not in text, url
            if "hand-over" not in url:
                assert text.count("Eve &lt;b") >= wanted, url


def _sold(shop: Shop, method: str) -> FulfilmentOrder:
    return work_of(
        make_order(
            shop,
            Sold(method=method),
            contact_name=f"Eve {MARKUP}",
            address=HOME if method == Method.SHIP else None,
        )
    )


def _put(rows: list[FulfilmentOrder], state: str) -> None:
    """Only for the eye: rows as they stand in a state, without the walk to it."""
    ids, now = [row.pk for row in rows], clock.now()
    is_over = state in (S.HANDED_OVER, S.DELIVERED)
    FulfilmentOrder.objects.filter(pk__in=ids).update(
        status=state, due_at=now - timedelta(minutes=5), finished_at=now if is_over else None
    )
    FulfilmentLine.objects.filter(fulfilment_order__in=ids).update(picked=int(state != S.NEW))
    Pickup.objects.filter(pk__in=ids).update(
        shelf="A1", ready_at=now, window_ends_at=now, delegate_name=MARKUP, arrival_note=MARKUP
    )


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("/console/pickups", "Nothing to pick"),
        ("/console/pickups?tab=accept", "Everything is accepted"),
        ("/console/pickups?tab=ready", "No pickup waits on a shelf"),
        ("/console/pickups?tab=late", "No promise is late"),
        ("/console/pickups?tab=closed", "Nothing closed today yet"),
        ("/console/shipping", "No parcels here"),
        ("/console/shelf", "The shelves are empty"),
        ("/console/shelf?what=put_back", "Nothing goes back"),
        ("/console/shelf?bay=B4", "Nothing lies on this shelf"),
        ("/console/slips", "No slips to print"),
    ],
)
def test_empty_page_says_what_that_means(page: str, says: str) -> None:
    answer = console_client(make_shop(units=0).lyon, *CLERK).get(page)

    assert (answer.status_code, says in answer.content.decode()) == (200, True)


def test_work_of_another_store_is_as_if_it_were_not() -> None:
    shop = make_shop()
    row = work_of(make_order(shop, Sold(location=shop.nice)))
    ready = make_ready(make_order(shop, Sold(location=shop.nice)))
    client = console_client(shop.lyon, *MANAGER)
    before = snapshot(row.order_id), snapshot(ready.order_id)

    steps = (
        "accept start pick scan report ready take-back reinstate renew-code extend put-back hold"
    )
    steps += " resume pack dispatch deliver attempt refuse-at-door send-back receive-back lost"
    form = {"line": "1", "picked": "1", "reason": "damaged", "scanned": "X", "shelf": "A1"}
    refused = [
        client.post(_work(each, step), once(carrier="DHL", **form)).status_code
        for step in steps.split()
        for each in (row, ready)
    ]
    refused += [
        client.post(_counter(ready, step), once(code=code_of(ready))).status_code
        for step in ("hand-over", "refuse", "undo-hand-over")
    ]
    shown = [
        client.get(url).status_code
        for url in (
            f"/console/pickups?open={row.pk}",
            f"/console/pickups?tab=ready&open={ready.pk}",
            f"/console/shipping?open={row.pk}",
            f"/console/work/{row.pk}",
            f"/console/slips?open={row.pk}",
            _counter(ready),
            "/console/pickups?open=no-id",
        )
    ]

    assert set(refused) == set(shown) == {404}
    assert (snapshot(row.order_id), snapshot(ready.order_id)) == before
    found = client.get("/console/find", {"q": code_of(ready)})
    assert str(ready.pk) not in found.headers.get("Location", "") + found.content.decode()


# --- the steps of the work ------------------------------------------------------------------------

STEPS: list[tuple[str, str, dict[str, Any], str]] = [
    ("accept", S.NEW, {}, S.ACCEPTED),
    ("start", S.ACCEPTED, {}, S.PICKING),
    ("ready", S.PICKING, {"shelf": "B4", "other": ""}, S.READY),
    ("take-back", S.READY, {"reason": "gone"}, S.PICKING),
    ("reinstate", S.NO_SHOW, {}, S.READY),
    ("extend", S.READY, {"reason": "ill"}, S.READY),
    ("put-back", S.NO_SHOW, {}, S.CLOSED),
    ("put-back", S.REFUSED_AT_COUNTER, {}, S.CLOSED),
    ("dispatch", S.PACKED, {}, S.DISPATCHED),
    ("deliver", S.DISPATCHED, {}, S.DELIVERED),
    ("attempt", S.DISPATCHED, {}, S.ATTEMPTED),
    ("refuse-at-door", S.DISPATCHED, {"reason": "too late"}, S.REFUSED_AT_DOOR),
    ("send-back", S.REFUSED_AT_DOOR, {}, S.RETURNING),
    ("receive-back", S.RETURNING, {}, S.RETURNED_TO_ORIGIN),
    ("lost", S.DISPATCHED, {}, S.LOST),
]


@pytest.mark.parametrize(("step", "state", "form", "then"), STEPS)
def test_step_is_taken_once_offered_before_and_refused_after(
    step: str, state: str, form: dict[str, Any], then: str
) -> None:
    shop = make_shop()
    row = _in_state(shop, state)
    client = console_client(shop.lyon, *MANAGER)
    posted = once(**form)

    offered = client.get(f"/console/work/{row.pk}", follow=True).content.decode()
    first = client.post(_work(row, step), posted)
    done = snapshot(row.order_id)
    again = client.post(_work(row, step), posted)

    assert f'action="{_work(row, step)}"' in offered
    assert (first.status_code, again.status_code, again.url) == (303, 303, first.url)
    assert _state(row) == then
    assert snapshot(row.order_id) == done
    assert client.get(first.url).status_code == 200
    refused = client.post(_work(row, step), once(**form))
    assert refused.status_code == 409
    assert refused.context["problem"].message in html.unescape(refused.content.decode())
    assert snapshot(row.order_id) == done


def test_parcel_is_packed_with_its_carrier_and_held_and_resumed() -> None:
    shop = make_shop()
    row = work_of(make_order(shop, Sold(method=Method.SHIP), address=HOME))
    client = console_client(shop.lyon, *CLERK)

    client.post(_work(row, "hold"), once(reason="no box"))
    held = _state(row)
    client.post(_work(row, "resume"), once())
    pick_all(row)
    unnamed = client.post(_work(row, "pack"), once(carrier="", tracking_number="T-77"))
    packed = client.post(_work(row, "pack"), once(carrier="DHL", tracking_number="T-77"))

    assert held == S.ON_HOLD
    assert unnamed.status_code == 400
    assert 'value="T-77"' in unnamed.content.decode()
    assert (packed.status_code, _state(row)) == (303, S.PACKED)
    assert row.shipments.get().tracking_number == "T-77"


def test_goods_are_picked_by_tap_and_by_scan_and_the_last_scan_names_the_shelf() -> None:
    shop = make_shop()
    other, stranger = make_variant(), make_variant(sku="STRANGER")
    make_listing(other, shop.channel, price_minor=1000)
    stock_up(other, shop.lyon, 3)
    Barcode.objects.create(variant=shop.variant, code="04006381333931")
    row = work_of(make_order(shop, Sold(quantity=2), Sold(variant=other)))
    fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
    client = console_client(shop.lyon, *CLERK)

    def scan(what: str) -> Any:
        return client.post(_work(row, "scan"), once(scanned=what))

    first = scan("4006381333931")
    refused = [scan("NOTHING"), scan(stranger.sku), scan("")]
    picked = dict(row.lines.values_list("order_line__variant_id", "picked"))
    tapped = row.lines.get(order_line__variant=other)
    client.post(_work(row, "pick"), once(line=tapped.pk, picked=1))
    scan("4006381333931")
    too_many = scan("4006381333931")
    placed = scan("B6")

    assert first.status_code == 303
    assert "hit=" in first.url
    assert [each.status_code for each in refused] == [400, 409, 400]
    assert [each.context["problem"].code for each in refused] == [
        "scanned_code_unknown",
        "scanned_not_in_this_work",
        "invalid_form",
    ]
    assert picked == {shop.variant.pk: 1, other.pk: 0}
    assert too_many.context["problem"].code == "scanned_all_picked"
    assert placed.status_code == 303
    assert (_state(row), Pickup.objects.get(pk=row.pk).shelf) == (S.READY, "B6")


def test_missing_goods_go_to_another_store_or_off_the_order() -> None:
    shop = make_shop()
    moved, lessened = (
        work_of(make_order(shop, Sold(quantity=2))),
        work_of(make_order(shop, Sold(quantity=2))),
    )
    for row in (moved, lessened):
        fulfilment.accept(fulfilment_order_id=row.pk, actor=SYSTEM)
        fulfilment.start_picking(fulfilment_order_id=row.pk, actor=SYSTEM)
    client = console_client(shop.lyon, *CLERK)
    line = lessened.lines.get()
    client.post(_work(lessened, "pick"), once(line=line.pk, picked=1))
    form = once(line=moved.lines.get().pk, reason="not_found", then="elsewhere")

    unknown = client.post(_work(moved, "report"), once(reason="lost_interest"))
    rejected = client.post(_work(moved, "report"), form)
    client.post(_work(moved, "report"), form)
    less = client.post(
        _work(lessened, "report"), once(line=line.pk, reason="damaged", then="take_off")
    )

    assert (unknown.status_code, rejected.status_code, less.status_code) == (400, 303, 303)
    assert _state(moved) == S.REJECTED
    nice = FulfilmentOrder.objects.exclude(pk=moved.pk).get(order=moved.order_id)
    assert (nice.location_id, nice.status) == (shop.nice.pk, S.NEW)
    line.refresh_from_db()
    assert (line.quantity - line.short - line.cancelled, line.picked) == (1, 1)
    assert Refund.objects.filter(payment__order=lessened.order_id).count() == 1
    assert _state(lessened) == S.PICKING


# --- the counter ----------------------------------------------------------------------------------


def test_scanned_code_opens_the_counter_and_one_press_hands_over_once() -> None:
    shop = make_shop()
    row = _in_state(shop, S.READY)
    client = console_client(shop.lyon, *CLERK)

    led = client.get("/console/find", {"q": code_of(row).lower()})
    page = client.get(led.url)
    form = once(proven=page.context["proven"])
    first = client.post(_counter(row), form)
    again = client.post(_counter(row), form)
    late = client.post(_counter(row), once(code=code_of(row)))

    assert led.url.startswith(_counter(row))
    assert code_of(row) not in led.url
    assert "Code checked" in page.content.decode()
    assert (first.status_code, again.status_code, late.status_code) == (303, 303, 409)
    assert "Handed over to Eve" in _said(first)
    given = HandOver.objects.get(fulfilment_order=row)
    assert (given.proof, _state(row)) == ("code", S.HANDED_OVER)
    assert "Handed over" in client.get(first.url).content.decode()


def test_note_of_a_scan_is_good_for_its_pickup_its_person_and_its_code_alone() -> None:
    shop = make_shop()
    row, other = _in_state(shop, S.READY), _in_state(shop, S.READY)
    client = console_client(shop.lyon, *CLERK)
    note = client.get(client.get("/console/find", {"q": code_of(row)}).url).context["proven"]
    stranger = console_client(shop.lyon, *CLERK)

    elsewhere = client.post(_counter(other), once(proven=note))
    somebody = stranger.post(_counter(row), once(proven=note))
    nothing = client.post(_counter(row), once())
    fulfilment.renew_code(fulfilment_order_id=row.pk, actor=SYSTEM)
    renewed = client.post(_counter(row), once(proven=note))

    codes = [each.context["problem"].code for each in (elsewhere, somebody, nothing, renewed)]
    assert codes == ["code_note_over", "code_note_over", "proof_missing", "code_note_over"]
    assert not HandOver.objects.exists()


def test_wrong_code_is_counted_told_and_locks_until_it_is_renewed() -> None:
    shop = make_shop()
    row = _in_state(shop, S.READY)
    clerk, manager = console_client(shop.lyon, *CLERK), console_client(shop.lyon, *MANAGER)

    no_code = clerk.post(_counter(row), once(code="AB1"))
    assert (no_code.status_code, Pickup.objects.get(pk=row.pk).code_attempts) == (400, 0)
    wrong = "2" * LENGTH if code_of(row) != "2" * LENGTH else "3" * LENGTH
    tries = [clerk.post(_counter(row), once(code=wrong)) for _try in range(MAX_ATTEMPTS)]
    right = clerk.post(_counter(row), once(code=code_of(row)))
    shown = [each.get(_counter(row)).content.decode() for each in (clerk, manager)]
    denied = clerk.post(_work(row, "renew-code"), once())
    renewed = manager.post(_work(row, "renew-code"), once(next=_counter(row)))
    given = clerk.post(_counter(row), once(code=code_of(row)))

    assert [each.status_code for each in tries] == [409] * MAX_ATTEMPTS
    assert "4 tries are left" in tries[0].content.decode()
    assert f'value="{wrong}"' in tries[0].content.decode()
    assert right.context["problem"].code == "pickup_code_locked"
    assert ["New code" in each for each in shown] == [False, True]
    assert (denied.status_code, renewed.url, given.status_code) == (403, _counter(row), 303)


def test_id_is_looked_at_by_who_may_and_the_delegate_is_named() -> None:
    shop = make_shop()
    row = _in_state(shop, S.READY)
    clerk, manager = console_client(shop.lyon, *CLERK), console_client(shop.lyon, *MANAGER)
    form = {"id_kind": "passport", "is_delegate": "on"}

    denied = clerk.post(_counter(row), once(id_kind="passport"))
    nobody = manager.post(_counter(row), once(**form))
    Pickup.objects.filter(pk=row.pk).update(delegate_name="Bob")
    shown = [each.get(_counter(row)).content.decode() for each in (clerk, manager)]
    manager.post(_counter(row), once(**form))

    assert (denied.status_code, nobody.status_code) == (403, 409)
    assert ["passport" in each for each in shown] == [False, True]
    given = HandOver.objects.get(fulfilment_order=row)
    assert (given.proof, given.handed_over_to) == ("passport", "Bob")


def test_customer_takes_some_of_it_and_the_rest_waits_or_is_cancelled() -> None:
    shop = make_shop()
    waits, drops = _in_state(shop, S.READY), _in_state(shop, S.READY)
    client = console_client(shop.lyon, *CLERK)
    line = waits.lines.get()

    too_many = client.post(
        _counter(waits), once(**{"code": code_of(waits), f"units-{line.pk}": "3"})
    )
    some = once(**{"code": code_of(waits), f"units-{line.pk}": "1"})
    client.post(_counter(waits), some)
    client.post(_counter(waits), some)
    less = {"code": code_of(drops), f"units-{drops.lines.get().pk}": "1", "cancel_rest": "on"}
    client.post(_counter(drops), once(**less))

    assert too_many.status_code == 400
    line.refresh_from_db()
    assert (line.handed_over, _state(waits)) == (1, S.PARTLY_HANDED_OVER)
    assert drops.lines.get().quantity_to_put_back == 1
    assert Refund.objects.filter(payment__order=drops.order_id).count() == 1
    assert not Refund.objects.filter(payment__order=waits.order_id).exists()


def test_refused_at_the_counter_is_paid_back_and_goes_back_to_its_place_by_a_scan() -> None:
    shop = make_shop()
    row = _in_state(shop, S.READY)
    client = console_client(shop.lyon, *CLERK)
    on_shelf = shop.level().on_hand

    refused = client.post(_counter(row, "refuse"), once(reason="too small"))
    again = client.post(_counter(row, "refuse"), once(reason="too small"))
    lying = client.get("/console/shelf", {"what": "put_back"}).context["back"]
    unknown = client.post("/console/shelf", once(scanned="NOTHING"))
    form = once(scanned=shop.variant.sku)
    scanned = client.post("/console/shelf", form)
    client.post("/console/shelf", form)
    nothing = client.post("/console/shelf", once(scanned=shop.variant.sku))

    assert (refused.status_code, again.status_code, lying) == (303, 409, 1)
    assert Refund.objects.filter(payment__order=row.order_id).count() == 1
    assert unknown.status_code in (400, 404, 409)
    assert scanned.status_code == 303
    assert (nothing.status_code, _state(row)) == (409, S.CLOSED)
    assert (shop.level().on_hand, shop.level().committed) == (on_shelf, 0)


def test_wrong_bag_is_undone_by_a_manager_in_time() -> None:
    shop = make_shop()
    row, old = _in_state(shop, S.HANDED_OVER), _in_state(shop, S.HANDED_OVER)
    clerk, manager = console_client(shop.lyon, *CLERK), console_client(shop.lyon, *MANAGER)
    form = once(reason="wrong bag")

    denied = clerk.post(_counter(row, "undo-hand-over"), form)
    offered = ["undo" in each.get(_counter(row)).context["can"] for each in (clerk, manager)]
    manager.post(_counter(row, "undo-hand-over"), form)
    manager.post(_counter(row, "undo-hand-over"), form)
    with clock.moved(by=UNDO_WITHIN + timedelta(minutes=1)):
        late = manager.post(_counter(old, "undo-hand-over"), once())

    assert (denied.status_code, offered) == (403, [False, True])
    assert (_state(row), _state(old), late.status_code) == (S.READY, S.HANDED_OVER, 409)
    assert HandOver.objects.filter(fulfilment_order=row, undone_at__isnull=False).count() == 1


def test_unpaid_pickup_leads_to_the_till() -> None:
    shop = make_shop()
    row = make_ready(make_order(shop, pay="", payment_policy=PaymentPolicy.PAY_AT_COLLECTION))
    client = console_client(shop.lyon, *CLERK)

    led = client.get("/console/find", {"q": code_of(row)})
    page = client.get(led.url)
    given = client.post(_counter(row), once(code=code_of(row)))

    shown = page.content.decode()
    assert "is still to be paid" in shown
    assert f"pickup={row.pk}&amp;proven=" in shown
    assert (given.status_code, given.context["problem"].code) == (409, "not_paid")
    assert _state(row) == S.READY


# --- what is told on every page -------------------------------------------------------------------


def test_new_pickup_rings_and_who_is_here_is_told_on_every_page() -> None:
    shop = make_shop()
    new, ready = _in_state(shop, S.NEW), _in_state(shop, S.READY)
    away = _in_state(shop, S.READY)
    now = clock.now()
    Pickup.objects.filter(pk=ready.pk).update(arrived_at=now, arrival_note=MARKUP)
    Pickup.objects.filter(pk=away.pk).update(arrived_at=now - timedelta(hours=4))
    client = console_client(shop.lyon, *CLERK)

    page = client.get("/console/live").content.decode()
    stood_at = {"Referer": "http://testserver/console/stock?q=coat"}
    taken = client.post(_work(new, "accept"), once(next="here"), headers=stood_at)
    later = client.get("/console/live").content.decode()

    assert _work(new, "accept") in page
    assert 'name="next" value="here"' in page
    assert taken["Location"] == "/console/stock?q=coat"
    assert f"open={new.pk}&amp;reject=1" in page
    assert _counter(ready) in page
    assert _counter(away) not in page
    assert MARKUP not in page
    assert _work(new, "accept") not in later
