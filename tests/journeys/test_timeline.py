"""The timeline: capture, projection, visitors, pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.profiles.models import Customer
from journeys.timeline import operations as timeline
from journeys.timeline.models import Interaction, VisitorLink
from journeys.timeline.operations import Capture
from journeys.timeline.projection import TimelineProjection
from journeys.timeline.queries import TimelineFilter, timeline_page, told
from omni.access.actor import SYSTEM, Actor
from omni.access.models import AccessLog
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotAllowed, NotFound
from omni.core.partitions import ensure_months, months_of
from omni.events import log
from omni.events import operations as events
from omni.events.event import Event
from omni.rest.pagination import InvalidCursor, encode
from tests.factories.customers import Shop, make_account
from tests.factories.omni import make_staff, staff_client

pytestmark = pytest.mark.django_db

CHANNEL = UUID(int=7)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SomethingHappened(Event):
    type: ClassVar[str] = "test.happened"
    aggregatetype: ClassVar[str] = "test"
    aggregate: ClassVar[str] = "test_id"

    test_id: UUID
    customer_id: UUID | None
    channel_id: UUID | None = None
    device: str = ""
    fact: int = 0


def make_customer() -> Customer:
    return Customer.objects.create(name="Ada", created_at=clock.now())


def guest(**over: object) -> Actor:
    return Actor(kind="anonymous", channel_id=CHANNEL, **over)  # type: ignore[arg-type]


def signed_in(customer: Customer) -> Actor:
    return Actor(kind="customer", channel_id=CHANNEL, customer_id=customer.id)


def page_view(key: str = "key-00000001", **over: object) -> Capture:
    given = {"kind": "page.viewed", "key": key, "facts": {"path": "/coats"}} | over
    return Capture(**given)  # type: ignore[arg-type]


def test_capture_interactions_of_a_visitor_writes_a_row() -> None:
    visitor = uuid4()

    new = timeline.capture_interactions(captures=[page_view(visitor_id=visitor)], actor=guest())

    row = Interaction.objects.get()
    assert (new, row.kind, row.visitor_id, row.customer_id) == (1, "page.viewed", visitor, None)
    assert (row.channel_id, row.data) == (CHANNEL, {"path": "/coats"})


def test_capture_interactions_twice_with_key_and_moment_changes_nothing() -> None:
    moment = clock.now()
    capture = page_view(visitor_id=uuid4(), occurred_at=moment)
    timeline.capture_interactions(captures=[capture], actor=guest())

    again = timeline.capture_interactions(captures=[capture], actor=guest())

    assert (again, Interaction.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("capture", "error"),
    [
        (page_view(kind="no.such", visitor_id=UUID(int=1)), timeline.UnknownKind),
        (page_view(facts={}, visitor_id=UUID(int=1)), timeline.BadFacts),
        (page_view(facts={"path": 3}, visitor_id=UUID(int=1)), timeline.BadFacts),
        (page_view(facts={"path": "/", "x": "y"}, visitor_id=UUID(int=1)), timeline.BadFacts),
        (page_view(facts={"path": "\x00"}, visitor_id=UUID(int=1)), timeline.BadFacts),
        (page_view(), timeline.NobodyNamed),
        (page_view(kind="store.visited", facts={}, visitor_id=UUID(int=1)), NotAllowed),
        (page_view(visitor_id=UUID(int=1), customer_id=UUID(int=2)), NotAllowed),
    ],
)
def test_capture_interactions_refuses_and_writes_nothing(
    capture: Capture, error: type[Exception]
) -> None:
    good = page_view(key="good-0001", visitor_id=UUID(int=1))

    with pytest.raises(error):
        timeline.capture_interactions(captures=[good, capture], actor=guest())

    assert not Interaction.objects.exists()


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"text": 3}, "Must be a string."),
        ({"text": "x", "author": "robot"}, "Must be one of: customer, staff."),
    ],
)
def test_capture_interactions_says_which_facts_are_wanted(
    facts: dict[str, Any], message: str
) -> None:
    capture = page_view(kind="chat.line", facts=facts, visitor_id=UUID(int=1))

    with pytest.raises(timeline.BadFacts) as caught:
        timeline.capture_interactions(captures=[capture], actor=guest())

    assert [each["message"] for each in caught.value.errors] == [message]
    assert not Interaction.objects.exists()


@pytest.mark.parametrize("distance", [timedelta(hours=1), timedelta(days=-4000)])
def test_capture_interactions_refuses_impossible_moments(distance: timedelta) -> None:
    capture = page_view(visitor_id=uuid4(), occurred_at=clock.now() + distance)

    with pytest.raises(timeline.BadMoment):
        timeline.capture_interactions(captures=[capture], actor=guest())

    assert not Interaction.objects.exists()


def test_capture_interactions_by_staff_for_an_unknown_customer_is_not_found() -> None:
    capture = Capture("call.noted", "key-0000001", facts={"text": "x"}, customer_id=uuid4())

    with pytest.raises(NotFound):
        timeline.capture_interactions(captures=[capture], actor=SYSTEM)

    assert not Interaction.objects.exists()


def test_capture_interactions_signed_in_joins_the_visitors_past() -> None:
    customer, visitor = make_customer(), uuid4()
    timeline.capture_interactions(captures=[page_view(visitor_id=visitor)], actor=guest())

    timeline.capture_interactions(
        captures=[page_view("key-00000002", visitor_id=visitor)], actor=signed_in(customer)
    )

    rows = timeline_page(customer_id=customer.id).rows
    assert [row["customer_id"] for row in rows] == [customer.id, None]


def test_link_visitor_leaves_a_device_with_its_first_customer() -> None:
    first, second, visitor = make_customer(), make_customer(), uuid4()
    timeline.link_visitor(visitor_id=visitor, customer_id=first.id)

    linked = timeline.link_visitor(visitor_id=visitor, customer_id=second.id)

    assert not linked
    assert VisitorLink.objects.get().customer_id == first.id


def test_what_is_anonymous_after_another_customer_signed_in_is_on_nobodys_timeline() -> None:
    first, second, visitor = make_customer(), make_customer(), uuid4()
    visit = [page_view(f"visit-{number:04}", visitor_id=visitor) for number in range(3)]
    with clock.moved(by=-timedelta(hours=3)):
        timeline.capture_interactions(captures=visit[:1], actor=guest())
        timeline.link_visitor(visitor_id=visitor, customer_id=first.id)
    with clock.moved(by=-timedelta(hours=2)):
        timeline.capture_interactions(captures=visit[1:2], actor=guest())
    with clock.moved(by=-timedelta(hours=1)):
        timeline.link_visitor(visitor_id=visitor, customer_id=second.id)
    timeline.capture_interactions(captures=visit[2:], actor=guest())

    assert len(timeline_page(customer_id=first.id).rows) == 2
    assert timeline_page(customer_id=second.id).rows == []


def test_project_events_puts_an_event_on_the_timeline_once() -> None:
    customer, visitor = make_customer(), uuid4()
    event = SomethingHappened(uuid4(), customer.id, CHANNEL, str(visitor), fact=3)
    with transaction.atomic():
        events.record(event, actor=SYSTEM)

    events.drain()
    events.drain()

    row = Interaction.objects.get()
    assert (row.kind, row.customer_id, row.channel_id) == ("test.happened", customer.id, CHANNEL)
    assert (row.subject_kind, row.subject_id) == ("test", event.test_id)
    assert row.data == {"test_id": str(event.test_id), "fact": 3}
    assert VisitorLink.objects.get(visitor_id=visitor).customer_id == customer.id


def test_project_events_leaves_out_what_concerns_nobody() -> None:
    with transaction.atomic():
        events.record(SomethingHappened(uuid4(), None), actor=SYSTEM)

    events.drain()

    assert not Interaction.objects.exists()


def fill(customer: Customer, count: int, *, rare_every: int = 10) -> None:
    """Rows a minute apart over some months, newest last; every so many of a rare kind."""
    start = clock.now() - timedelta(days=90)
    captures = [
        Capture(
            "ad.clicked" if number % rare_every == 0 else "page.viewed",
            f"key-{number:08d}",
            start + timedelta(hours=20 * number),
            {"source": "mail"} if number % rare_every == 0 else {"path": f"/{number}"},
        )
        for number in range(count)
    ]
    timeline.capture_interactions(captures=captures, actor=signed_in(customer))


def test_timeline_page_goes_through_all_rows_newest_first() -> None:
    customer = make_customer()
    fill(customer, 45)

    seen, cursor = [], None
    while True:
        page = timeline_page(customer_id=customer.id, cursor=cursor, limit=7)
        seen += [row["occurred_at"] for row in page.rows]
        cursor = page.next
        if cursor is None:
            break

    assert len(seen) == 45
    assert seen == sorted(seen, reverse=True)


def test_timeline_page_filters_by_kind_channel_and_period() -> None:
    customer = make_customer()
    fill(customer, 40)
    middle = clock.now() - timedelta(days=75)

    rare = timeline_page(customer_id=customer.id, wanted=TimelineFilter(kinds=["ad.clicked"]))
    elsewhere = timeline_page(
        customer_id=customer.id, wanted=TimelineFilter(channel_ids=[UUID(int=8)])
    )
    here = timeline_page(customer_id=customer.id, wanted=TimelineFilter(channel_ids=[CHANNEL]))
    early = timeline_page(customer_id=customer.id, wanted=TimelineFilter(until_at=middle))

    assert [row["kind"] for row in rare.rows] == ["ad.clicked"] * 4
    assert (len(elsewhere.rows), len(here.rows)) == (0, 40)
    assert 0 < len(early.rows) < 40
    assert all(row["occurred_at"] < middle for row in early.rows)


def test_timeline_page_shows_nothing_of_others() -> None:
    customer, other = make_customer(), make_customer()
    fill(other, 5)

    assert timeline_page(customer_id=customer.id).rows == []


def test_told_says_rows_in_plain_words() -> None:
    customer = make_customer()
    timeline.capture_interactions(captures=[page_view()], actor=signed_in(customer))

    line = told(timeline_page(customer_id=customer.id).rows, to_staff=True)[0]

    assert (line["text"], line["is_anonymous"], line["staff"]) == ("Viewed /coats", False, None)


def test_what_staff_noted_is_told_to_staff_in_their_words_and_to_the_customer_without() -> None:
    shop, account = Shop(), make_account()
    shop.sign_in(account)
    notes = {"call.noted": {"text": "Rude again"}, "store.visited": {"note": "Tried four coats"}}
    for kind, facts in notes.items():
        noted = Capture(kind, f"key-{kind}", facts=facts, customer_id=account.customer_id)
        timeline.capture_interactions(captures=[noted], actor=SYSTEM)

    own = shop.get("account/timeline").json()["results"]
    manager = staff_client(
        make_staff(Permission.CUSTOMERS_HISTORY, Permission.CUSTOMERS_HISTORY_ALL)
    )
    theirs = manager.get(f"/api/v1/staff/customers/{account.customer_id}/timeline").json()[
        "results"
    ]

    assert {each["text"] for each in own} == {"Phone call", "Store visit"}
    assert {each["text"] for each in theirs} == {
        "Called us: Rude again",
        "Visited the store: Tried four coats",
    }


@pytest.mark.parametrize("count", [1, 3])
def test_told_takes_the_same_queries_for_any_number_of_rows(
    count: int, django_assert_num_queries: object
) -> None:
    customer = make_customer()
    fill(customer, count)

    # The months that hold anything, the page, the channels.
    with django_assert_num_queries(3):  # type: ignore[operator]
        told(timeline_page(customer_id=customer.id).rows, to_staff=True)


def test_rebuild_keeps_captures_and_makes_projections_anew() -> None:
    customer = make_customer()
    timeline.capture_interactions(captures=[page_view()], actor=signed_in(customer))
    with transaction.atomic():
        events.record(SomethingHappened(uuid4(), customer.id, CHANNEL), actor=SYSTEM)
    events.drain()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM journeys_interaction WHERE event_id IS NOT NULL")
    projection = TimelineProjection()

    projection.prepare()
    projection.handle(log.read(after=log.START, types=None, limit=100, settled_only=False))
    projection.swap()

    kinds = sorted(row["kind"] for row in timeline_page(customer_id=customer.id).rows)
    assert kinds == ["page.viewed", "test.happened"]
    timeline.capture_interactions(captures=[page_view("key-after1")], actor=signed_in(customer))
    assert Interaction.objects.count() == 3


def test_rebuild_keeps_months_that_hold_nothing_yet() -> None:
    customer = make_customer()
    month = datetime(2019, 5, 1, tzinfo=UTC)
    ensure_months("journeys_interaction", [month])
    projection = TimelineProjection()

    projection.prepare()
    projection.swap()

    assert month in months_of("journeys_interaction")
    capture = page_view(occurred_at=month)
    timeline.capture_interactions(captures=[capture], actor=signed_in(customer))
    assert Interaction.objects.get().occurred_at == month


@pytest.mark.parametrize(("typed", "noted"), [("id", "id"), ("", "")])
def test_back_office_list_of_interactions_is_logged(typed: str, noted: str) -> None:
    customer = make_customer()
    timeline.capture_interactions(captures=[page_view()], actor=signed_in(customer))
    client = staff_client(make_staff(Permission.CUSTOMERS_HISTORY_ALL))
    values = {"id": str(customer.id), "": ""}

    page = client.get("/admin/journeys/interaction/", {"q": values[typed]})

    assert page.status_code == 200
    row = AccessLog.objects.get()
    assert (row.kind, row.subject_id) == ("interaction_list", values[noted])


def test_timeline_page_goes_back_over_years_that_are_mostly_empty() -> None:
    """Own rows and anonymous ones, in months far apart, are one list whatever the page ends in."""
    customer, visitor = make_customer(), uuid4()
    now = clock.now()
    for number, days in enumerate([0, 40, 75, 400, 401, 800, 1500, 3000]):
        capture = page_view(
            f"key-{number:08d}", visitor_id=visitor, occurred_at=now - timedelta(days=days)
        )
        actor = guest() if number % 2 else signed_in(customer)
        timeline.capture_interactions(captures=[capture], actor=actor)

    seen: list[tuple[int, bool]] = []
    cursor = None
    while True:
        page = timeline_page(customer_id=customer.id, cursor=cursor, limit=3)
        seen += [((now - row["occurred_at"]).days, row["customer_id"] is None) for row in page.rows]
        cursor = page.next
        if cursor is None:
            break

    assert seen == [
        (days, bool(number % 2))
        for number, days in enumerate([0, 40, 75, 400, 401, 800, 1500, 3000])
    ]


@pytest.mark.parametrize("values", [["x", 3], [3, 3], [MOMENT, "x"], [MOMENT, True]])
def test_timeline_page_refuses_a_cursor_of_another_list(values: list[object]) -> None:
    customer = make_customer()
    fill(customer, 1)

    with pytest.raises(InvalidCursor):
        timeline_page(customer_id=customer.id, cursor=encode(values))


def test_timeline_page_reads_no_further_than_it_must() -> None:
    customer = make_customer()
    fill(customer, 90)

    with CaptureQueriesContext(connection) as full:
        timeline_page(customer_id=customer.id, limit=20)
    with CaptureQueriesContext(connection) as sparse:
        timeline_page(
            customer_id=customer.id, wanted=TimelineFilter(channel_ids=[UUID(int=8)]), limit=20
        )
    with CaptureQueriesContext(connection) as none:
        timeline_page(customer_id=customer.id, wanted=TimelineFilter(kinds=["chat.line"]), limit=20)

    assert (len(full), len(sparse), len(none)) == (2, 3, 1)


def test_timeline_page_filters_the_visits_of_a_device_too() -> None:
    customer, visitor = make_customer(), uuid4()
    lately, before = clock.now(), clock.now() - timedelta(days=200)
    captures = [
        page_view("key-0000001", visitor_id=visitor, occurred_at=before),
        Capture("search.made", "key-0000002", before, {"query": "coat"}, visitor),
    ]
    timeline.capture_interactions(captures=captures, actor=guest())
    timeline.capture_interactions(
        captures=[page_view("key-0000003", visitor_id=visitor, occurred_at=lately)],
        actor=signed_in(customer),
    )

    def kinds(**wanted: object) -> list[str]:
        page = timeline_page(customer_id=customer.id, wanted=TimelineFilter(**wanted))  # type: ignore[arg-type]
        return [row["kind"] for row in page.rows]

    assert kinds(kinds=["search.made"]) == ["search.made"]
    assert kinds(kinds=["page.viewed", "ad.clicked"]) == ["page.viewed", "page.viewed"]
    assert len(kinds(channel_ids=[CHANNEL, UUID(int=8)])) == 3
    assert kinds(channel_ids=[UUID(int=8)], kinds=["page.viewed"]) == []
    assert len(kinds(until_at=before + timedelta(minutes=1))) == 2
