"""Today: all kinds of work of a store in one list, in the order in which it is done."""

from datetime import UTC, datetime, timedelta

import pytest

from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.console.jobs import Job, sorted_jobs
from omni.core import clock
from omni.work import operations as work
from omni.work.models import TeamNote
from omni.work.operations import Matter
from orders.fulfilment.models import Pickup
from tests.factories.inventory import make_location
from tests.factories.omni import make_staff
from tests.factories.orders_work import Sold, make_order, make_ready, make_shop
from tests.factories.screens import console_client, once

CLERK = (Permission.FULFILMENT_VIEW, Permission.FULFILMENT_WORK, Permission.WORK_VIEW)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MARKUP = "<script>alert(1)</script>"


def _job(title, **over):
    return Job("sun", title, "", "Do", "/", **over)


def test_who_stands_in_the_store_comes_first_then_the_promise_then_what_has_no_hour():
    jobs = [
        _job("any time"),
        _job("in an hour", due_at=NOON + timedelta(hours=1)),
        _job("late", due_at=NOON - timedelta(hours=1)),
        _job("here since a minute", since=NOON - timedelta(minutes=1)),
        _job("here since seven", since=NOON - timedelta(minutes=7)),
    ]

    titles = [job.title for job in sorted_jobs(jobs)]

    assert titles == ["here since seven", "here since a minute", "late", "in an hour", "any time"]


@pytest.mark.django_db
def test_today_shows_the_store_s_work_only_in_a_fixed_number_of_queries(
    django_assert_max_num_queries,
):
    shop = make_shop(units=40)
    for number in range(12):
        make_order(shop, contact_name=f"{MARKUP} {number}")
    make_order(shop, Sold(location=shop.nice), contact_name="Cleo's customer")
    for number in range(10):
        matter = Matter("note", "location", shop.lyon.pk, shop.lyon.pk)
        work.create_task(matter=matter, title=f"{MARKUP} task {number}", actor=SYSTEM)
    client = console_client(shop.lyon, *CLERK, Permission.WORK_DECIDE, Permission.ORDERS_VIEW)

    client.get("/console/today")
    with django_assert_max_num_queries(12):
        page = client.get("/console/today").content.decode()

    assert page.count("Accept for") == 12
    assert MARKUP not in page
    assert "Cleo" not in page


@pytest.mark.django_db
def test_customer_who_is_here_stands_on_top_with_the_hand_over():
    shop = make_shop()
    make_order(shop, contact_name="Early")
    order = make_order(shop, contact_name="Friederike")
    row = make_ready(order)
    Pickup.objects.filter(pk=row.pk).update(arrived_at=clock.now())
    client = console_client(shop.lyon, *CLERK)

    jobs = client.get("/console/today").context["jobs"]

    assert [job.title for job in jobs] == ["Hand over to Friederike", "Accept for Early"]


@pytest.mark.django_db
def test_team_note_is_told_once_and_taken_down_by_its_author_or_who_decides():
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    ben = make_staff(*CLERK, location_id=lyon.pk)
    client = console_client(lyon, user=ben)
    form = once(text=f"Fitting room 3 is shut {MARKUP}")

    for _ in range(2):
        client.post("/console/today", form)
    note = TeamNote.objects.get()
    assert MARKUP not in client.get("/console/today").content.decode()
    assert client.post("/console/today", once(text="  ")).status_code == 400

    take_down = f"/console/notes/{note.pk}/take-down"
    console_client(lyon, *CLERK).post(take_down, once())
    console_client(nice, *CLERK, Permission.WORK_DECIDE).post(take_down, once())
    note.refresh_from_db()
    assert note.taken_down_at is None
    client.post(take_down, once())

    note.refresh_from_db()
    assert note.taken_down_at is not None
    assert "Fitting room" not in client.get("/console/today").content.decode()


@pytest.mark.django_db
def test_team_note_stands_for_a_week():
    lyon = make_location(name="Lyon")
    actor_place = console_client(lyon, *CLERK)
    actor_place.post("/console/today", once(text="Signs are up"))

    with clock.moved(by=timedelta(days=8)):
        page = console_client(lyon, *CLERK).get("/console/today").content.decode()

    assert "Signs are up" not in page
