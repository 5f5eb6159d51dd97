"""The customers' pages of the console: who may look for which reason, what is shown and done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.identity.models import Identifier
from customers.profiles.models import Customer, Note
from inventory.locations.models import Location
from inventory.stock.models import Reservation, StockLevel
from journeys.timeline import operations as timeline
from journeys.timeline.models import Interaction
from journeys.timeline.operations import Capture
from omni.access.actor import SYSTEM
from omni.access.models import AccessLog, User
from omni.access.permissions import Permission
from omni.core import clock
from omni.events import operations as events
from omni.screens import codes
from omni.work.models import Task
from orders.sales.models import Order
from tests.factories.customers import make_address, make_customer, make_identifier
from tests.factories.inventory import make_location
from tests.factories.omni import make_staff, staff_actor
from tests.factories.orders_work import Shop, make_order, make_ready, make_shop
from tests.factories.screens import console_client, once, place_at

pytestmark = pytest.mark.django_db

CLERK = (
    Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_HISTORY, Permission.JOURNEYS_CAPTURE,
    Permission.ORDERS_VIEW, Permission.RETURNS_VIEW, Permission.FULFILMENT_VIEW,
    Permission.PICKUP_HAND_OVER, Permission.WORK_VIEW, Permission.POS_SELL,
)  # fmt: skip
MANAGER = (*CLERK, Permission.CUSTOMERS_EDIT)
EVIL = "<script>alert(1)</script>'\"{{ 7 }}"


@pytest.fixture
def shop() -> Shop:
    return make_shop()


@pytest.fixture
def eve() -> Customer:
    customer = make_customer(name="Eve Adams", language="fr")
    make_identifier(customer=customer, kind="phone", value="+33612345678", is_verified=True)
    make_identifier(customer=customer, value="eve@example.com")
    make_address(customer=customer, is_default=True)
    return customer


def url(customer: Customer) -> str:
    return f"/console/customers/{customer.pk}"


def order_of(shop: Shop, customer: Customer) -> Order:
    order = make_order(shop, customer_id=customer.pk)
    events.drain()
    return order


def capture(customer: Customer, kind: str, **facts: Any) -> None:
    number = Interaction.objects.count()
    one = Capture(kind, f"key-{number:06}", facts=facts, customer_id=customer.pk)
    timeline.capture_interactions(captures=[one], actor=SYSTEM)


# --- who may look ---------------------------------------------------------------------------------


def test_page_opens_for_an_order_at_this_store_and_is_logged(shop: Shop, eve: Customer) -> None:
    order = order_of(shop, eve)

    answer = console_client(shop.lyon, *CLERK).get(url(eve))

    assert answer.status_code == 200
    seen = AccessLog.objects.get(kind="customer.timeline", subject_id=str(eve.pk))
    assert seen.reason == f"order:{order.pk}"


def test_page_without_a_reason_shows_nothing_and_says_what_to_do(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)
    nice = console_client(make_location(name="Nowhere"), *CLERK)

    known, unknown = nice.get(url(eve)), nice.get(f"/console/customers/{uuid4()}")

    for answer in (known, unknown):
        assert answer.status_code == 403
        assert "Eve" not in answer.content.decode()
        assert "They are here now" in answer.content.decode()
    assert not AccessLog.objects.filter(kind="customer.timeline").exists()


def test_noted_visit_is_a_reason_for_a_day(eve: Customer) -> None:
    lyon = make_location(name="Lyon")
    client = console_client(lyon, *CLERK)
    form = once(note="Wants a coat")

    done = client.post(f"{url(eve)}/visit", form)
    again = client.post(f"{url(eve)}/visit", form)

    assert (done.status_code, done.url, again.url) == (303, url(eve), url(eve))
    assert client.get(url(eve)).status_code == 200
    visit = Interaction.objects.get(kind="store.visited")
    assert (visit.customer_id, visit.location_id) == (eve.pk, lyon.pk)
    with clock.moved(by=timedelta(hours=25)):
        assert console_client(lyon, *CLERK).get(url(eve)).status_code == 403


def test_what_is_done_on_the_page_needs_a_reason_too(eve: Customer) -> None:
    client = console_client(make_location(), *MANAGER)

    answer = client.post(url(eve), once(kind="note", text="x"))
    shown = client.post(f"{url(eve)}/reveal", once())

    assert answer.status_code == 403
    assert not Note.objects.exists()
    assert shown.status_code == 303
    assert not AccessLog.objects.filter(kind="customer.contact").exists()


def test_unknown_customer_is_not_found_by_who_may_see_all() -> None:
    user = make_staff(*MANAGER, Permission.CUSTOMERS_HISTORY_ALL)
    client = console_client(make_location(), user=user)

    assert client.get(f"/console/customers/{uuid4()}").status_code == 404


# --- what is shown --------------------------------------------------------------------------------


def test_page_tells_the_problem_the_touches_and_masks_contacts(shop: Shop, eve: Customer) -> None:
    make_ready(order_of(shop, eve))
    capture(eve, "call.noted", text="May my son collect it?", direction="in")
    events.drain()

    answer = console_client(shop.lyon, *CLERK).get(url(eve))

    text = answer.content.decode()
    assert answer.context["trouble"].action.label == "Hand over"
    assert [row.thing.kind for row in answer.context["open"]] == ["pickup"]
    assert "call.noted" in [each["entry"].kind for each in answer.context["touches"]]
    assert "May my son collect it?" in text
    assert "12345678" not in text
    assert "eve@example.com" not in text
    assert "•••678" in text
    assert "12 rue" not in text


def test_page_takes_twelve_queries_however_much_there_is(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)
    client = console_client(shop.lyon, *MANAGER)
    client.get(url(eve))

    few = _queries(client, url(eve))
    for number in range(30):
        capture(eve, "page.viewed", path=f"/products/{number}")
        capture(eve, "search.made", query=f"coat {number}")
    for _ in range(5):
        make_ready(order_of(shop, eve))
    many = _queries(client, url(eve))
    filtered = _queries(client, f"{url(eve)}?show=browsing&q=coat")

    assert few <= 12
    assert many <= 12
    assert filtered <= 14


def _queries(client: Client, address: str) -> int:
    """Of a page whose frame is warm already: its counts are kept for all pages."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return sum(not (each["sql"] or "").startswith(("SAVEPOINT", "RELEASE")) for each in asked)


def test_reveal_shows_contacts_for_five_minutes_and_is_logged(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)
    client = console_client(shop.lyon, *CLERK)

    client.post(f"{url(eve)}/reveal", once(next=url(eve)))

    assert "+33612345678" in client.get(url(eve)).content.decode()
    assert AccessLog.objects.filter(kind="customer.contact", subject_id=str(eve.pk)).count() == 1
    with clock.moved(by=timedelta(minutes=6)):
        assert "+33612345678" not in client.get(url(eve)).content.decode()


def test_entry_opens_to_sums_that_add_up(shop: Shop, eve: Customer) -> None:
    order = order_of(shop, eve)
    client = console_client(shop.lyon, *CLERK)
    entries = client.get(url(eve)).context["days"][0]["entries"]
    placed = next(each["entry"] for each in entries if each["entry"].order_id == str(order.pk))

    answer = client.get(url(eve), {"open": str(placed.id)})

    money = answer.context["detail"]["money"]
    sums = {each.label: each.amount.minor for each in money.sums}
    assert money.number == order.number
    assert sums["Goods"] == sums["Total"] == order.total_minor
    assert client.get(url(eve), {"open": "x"}).status_code == 200


def test_pages_go_on_by_key_and_filters_search_and_dates_narrow(eve: Customer) -> None:
    lyon = make_location(name="Lyon")
    client = console_client(lyon, user=make_staff(*MANAGER, Permission.CUSTOMERS_HISTORY_ALL))
    for number in range(70):
        capture(eve, "call.noted", text=f"Call {number}", direction="in")
    capture(eve, "search.made", query="Mantel grün")
    lines: list[str] = []
    address = url(eve)
    while address:
        answer = client.get(address)
        lines += [e["entry"].line for day in answer.context["days"] for e in day["entries"]]
        address = answer.context["earlier"]

    assert len([line for line in lines if "Call" in line]) == 70
    assert len(set(lines)) == len(lines)

    def told(**query: str) -> list[str]:
        context = client.get(url(eve), query).context
        return [e["entry"].line for day in context["days"] for e in day["entries"]]

    assert told(show="browsing") == ["Searched for “Mantel grün”"]
    assert told(q="GRUN mantel") == ["Searched for “Mantel grün”"]
    assert told(until="2020-01-01") == []
    assert client.get(url(eve), {"cursor": "nonsense"}).status_code == 400


def test_markup_in_names_and_words_stays_text(shop: Shop) -> None:
    evil = make_customer(name=EVIL)
    order_of(shop, evil)
    capture(evil, "call.noted", text=EVIL)
    capture(evil, "page.viewed", path=EVIL, title=EVIL)
    client = console_client(shop.lyon, *MANAGER)

    for address in (url(evil), "/console/customers?q=script", f"{url(evil)}?q=%3Cscript%3E"):
        text = client.get(address).content.decode()
        assert "<script>alert" not in text
        assert "style=" not in text


# --- what is done ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "kind", "facts"),
    [
        (
            {"kind": "call", "text": "Is it in?", "direction": "in"},
            "call.noted",
            {"text": "Is it in?", "direction": "in"},
        ),
        (
            {"kind": "no_sale", "text": "", "reason": "size"},
            "no_sale.noted",
            {"reason": "size"},
        ),
        ({"kind": "visit", "text": "Tried coats"}, "store.visited", {"note": "Tried coats"}),
    ],
)
def test_sayings_come_onto_the_timeline_once(
    shop: Shop, eve: Customer, form: dict[str, str], kind: str, facts: dict[str, str]
) -> None:
    order_of(shop, eve)
    client = console_client(shop.lyon, *CLERK)
    sent = once(**form)

    first, again = client.post(url(eve), sent), client.post(url(eve), sent)

    assert (first.status_code, again.status_code) == (303, 303)
    said = Interaction.objects.get(kind=kind)
    assert (said.data, said.location_id, said.customer_id) == (facts, shop.lyon.pk, eve.pk)


def test_note_and_task_are_written(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)
    user = make_staff(*MANAGER, location_id=shop.lyon.pk)
    client = console_client(shop.lyon, user=user)

    client.post(url(eve), once(kind="note", text="Likes wool"))
    client.post(
        url(eve),
        once(kind="task", text="Ring back", due_date="2030-01-02", assignee=str(user.pk)),
    )

    assert Note.objects.get().text == "Likes wool"
    task = Task.objects.get()
    assert (task.title, task.subject_id, task.assignee_id) == ("Ring back", str(eve.pk), user.pk)
    events.drain()
    assert "Likes wool" in client.get(url(eve)).content.decode()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"kind": "note", "text": ""}, 400),
        ({"kind": "note", "text": "kept words " + "x" * 2000}, 400),
        ({"kind": "no_sale", "text": "kept words"}, 400),
        ({"kind": "nonsense", "text": "kept words"}, 400),
        ({"kind": "task", "text": "kept words", "due_date": "x"}, 400),
    ],
)
def test_refused_saying_keeps_what_was_typed(
    shop: Shop, eve: Customer, form: dict[str, str], status: int
) -> None:
    order_of(shop, eve)
    before = Interaction.objects.count()

    answer = console_client(shop.lyon, *MANAGER).post(url(eve), once(**form))

    assert answer.status_code == status
    if form["text"]:
        assert "kept words" in answer.content.decode()
    assert (Note.objects.count(), Task.objects.count()) == (0, 0)
    assert Interaction.objects.count() == before


def test_clerk_without_the_permission_writes_no_note(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)

    answer = console_client(shop.lyon, *CLERK).post(url(eve), once(kind="note", text="x"))

    assert answer.status_code == 403
    assert not Note.objects.exists()


def test_task_goes_to_nobody_of_another_store(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)
    stranger: User = make_staff(*CLERK, location_id=shop.nice.pk)
    client = console_client(shop.lyon, *CLERK)

    client.post(url(eve), once(kind="task", text="x", assignee=str(stranger.pk)))

    assert Task.objects.get().assignee_id is None


# --- finding and making ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["eve", "ADAMS", "2345", "06 12 34 56 78", "eve@example.com", "Adams, Eve"]
)
def test_search_finds_by_any_of_it(eve: Customer, text: str) -> None:
    make_customer(name="Eva Braun")

    found = console_client(make_location(), *CLERK).get("/console/customers", {"q": text})

    names = [each.customer.name for each in found.context["found"].found]
    assert "Eve Adams" in names
    assert "eve@example.com" not in found.content.decode().replace(f'value="{text}"', "")


def test_search_by_order_number_only_for_who_may_see_the_order(shop: Shop, eve: Customer) -> None:
    number = order_of(shop, eve).number

    def found(place: Location) -> list[str]:
        answer = console_client(place, *CLERK).get("/console/customers", {"q": number.lower()})
        return [each.customer.name for each in answer.context["found"].found]

    assert found(shop.lyon) == ["Eve Adams"]
    assert found(make_location()) == []


def test_search_takes_a_fixed_number_of_queries(shop: Shop) -> None:
    for number in range(25):
        customer = make_customer(name=f"Anna Number{number}")
        make_identifier(customer=customer, kind="phone", value=f"+3361234{number:04}")
    make_order(shop, customer_id=customer.pk)
    client = console_client(shop.lyon, *CLERK)
    client.get("/console/customers")

    make_customer(name="Zoe")
    one = _queries(client, "/console/customers?q=Zo")
    many = _queries(client, "/console/customers?q=Anna")

    assert many <= one
    assert many <= 12


def test_new_customer_is_made_once_and_opens(shop: Shop) -> None:
    client = console_client(shop.lyon, *CLERK)
    form = once(name="  Ирина Смирнова ", contact="06 12 34 56 00")

    made, again = client.post("/console/customers", form), client.post("/console/customers", form)

    customer = Customer.objects.get(name="Ирина Смирнова")
    assert made.url == again.url == url(customer)
    assert Identifier.objects.get(customer=customer).value == "+33612345600"
    assert client.get(made.url).status_code == 200
    assert "is known now" in str(next(iter(get_messages(made.wsgi_request))))


def test_new_customer_with_a_known_contact_is_found_instead(shop: Shop, eve: Customer) -> None:
    client = console_client(shop.lyon, *CLERK)

    answer = client.post("/console/customers", once(name="E. Adams", contact="+33612345678"))

    assert answer.url == url(eve)
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("contact", ["", "@@@", "12", "x" * 300])
def test_new_customer_without_a_contact_is_refused_and_kept(shop: Shop, contact: str) -> None:
    client = console_client(shop.lyon, *CLERK)

    answer = client.post("/console/customers", once(name="Kept Name", contact=contact))

    assert answer.status_code == 400
    assert "Kept Name" in answer.content.decode()
    assert not Customer.objects.exists()


def test_field_of_the_frame_understands_customers(shop: Shop, eve: Customer) -> None:
    actor = staff_actor(*CLERK, location_id=shop.lyon.pk)
    place = place_at(shop.lyon)

    def hits(text: str) -> list[tuple[str, bool]]:
        found = codes.hits(text, actor, place)
        return [(hit.label, hit.exact) for hit in found if hit.url == url(eve)]

    assert hits("adam") == [("Eve Adams", False)]
    assert hits("345678") == [("Eve Adams", False)]
    assert hits("+33612345678") == [("Eve Adams", True)]
    assert hits("eve@example.com") == [("Eve Adams", True)]
    assert hits("a") == []
    nobody = staff_actor(Permission.FULFILMENT_VIEW, location_id=shop.lyon.pk)
    assert [h for h in codes.hits("adam", nobody, place) if h.url == url(eve)] == []


# --- keeping an item ------------------------------------------------------------------------------


def test_item_is_held_here_once_shown_and_let_go(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)
    client = console_client(shop.lyon, *CLERK)
    found = client.get(f"{url(eve)}/hold", {"q": shop.variant.sku}).context["items"]
    before = found[0]["variant"].available
    form = once(variant=str(shop.variant.pk), quantity="1")

    held, again = client.post(f"{url(eve)}/hold", form), client.post(f"{url(eve)}/hold", form)

    row = Reservation.objects.get(owner_id=eve.pk)
    assert (held.status_code, again.url, row.quantity) == (303, url(eve), 1)
    holds = [each for each in client.get(url(eve)).context["open"] if each.thing.kind == "hold"]
    assert [each.action.label for each in holds] == ["Let go"]
    client.post(f"{url(eve)}/holds/{row.pk}/release", once())
    row.refresh_from_db()
    assert row.status == "released"
    assert before == shop_level(shop).available


def shop_level(shop: Shop) -> StockLevel:
    return StockLevel.objects.get(variant=shop.variant, location=shop.lyon)


def test_hold_beyond_the_limit_or_of_a_foreign_store_is_refused(shop: Shop, eve: Customer) -> None:
    order_of(shop, eve)
    client = console_client(shop.lyon, *CLERK)

    many = client.post(f"{url(eve)}/hold", once(variant=str(shop.variant.pk), quantity="6"))
    unknown = client.post(f"{url(eve)}/hold", once(variant=str(uuid4()), quantity="1"))
    stranger = console_client(make_location(), *CLERK)
    elsewhere = stranger.post(f"{url(eve)}/hold", once(variant=str(shop.variant.pk), quantity="1"))

    assert (many.status_code, unknown.status_code) == (409, 404)
    assert elsewhere.status_code in (303, 403)
    assert not Reservation.objects.filter(owner_id=eve.pk).exists()
