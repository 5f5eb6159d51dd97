"""The store's tasks, incidents and approvals, as people meet them."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages

from omni.access import pins
from omni.access.actor import SYSTEM
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core import clock
from omni.work import operations as work
from omni.work.models import Approval, Incident, Task
from omni.work.operations import Matter
from tests.factories.inventory import make_location
from tests.factories.omni import PASSWORD, make_staff
from tests.factories.screens import console_client, once

pytestmark = pytest.mark.django_db

VIEW, DECIDE = Permission.WORK_VIEW, Permission.WORK_DECIDE
MARKUP = "<img src=x onerror=alert(1)>"


def _task(location, title="Count the chinos", **over):
    matter = Matter("count", "location", location.pk, location.pk)
    return work.create_task(matter=matter, title=title, actor=SYSTEM, **over)


def _incident(location, **over):
    fields = {"kind": "lost", "subject_kind": "order", "subject_id": "1"} | over
    return work.open_incident(
        **fields, summary=f"Promised 3, only 2 {MARKUP}", location_id=location.pk, actor=SYSTEM
    )


def _approval(location, asker=SYSTEM, amount=3500):
    details = {"amount_minor": amount, "currency": "EUR", "limit_minor": 2000}
    matter = Matter("refund", "order", "1", location.pk, details)
    return work.ask_approval(matter=matter, reason=f"Scuffed boot {MARKUP}", actor=asker)


@pytest.mark.parametrize("path", ["tasks", "incidents", "approvals"])
def test_lists_cost_the_same_for_one_row_and_thirty(path, django_assert_max_num_queries):
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    _task(nice, "Elsewhere")
    client = console_client(lyon, VIEW, DECIDE)
    for number in range(30):
        _task(lyon, f"{MARKUP} {number}", due_at=clock.now() + timedelta(hours=number))
        _incident(lyon, subject_id=str(number))
        _approval(lyon)

    client.get(f"/console/{path}")
    with django_assert_max_num_queries(12):
        page = client.get(f"/console/{path}").content.decode()

    assert MARKUP not in page
    assert "&lt;img src=x" in page
    assert "Elsewhere" not in page


def test_task_is_added_taken_once_and_finished():
    lyon = make_location(name="Lyon")
    ben = make_staff(VIEW, location_id=lyon.pk)
    client = console_client(lyon, user=ben)

    form = once(title="Mend the lock", assignee=str(ben.pk))
    client.post("/console/tasks", form)
    client.post("/console/tasks", form)
    task = Task.objects.get()
    assert (task.location_id, task.assignee_id, task.status) == (lyon.pk, ben.pk, "open")

    client.post(f"/console/tasks/{task.pk}/take", once(next="/console/tasks?whose=mine"))
    again = client.post(f"/console/tasks/{task.pk}/take", once(next="/console/tasks"))
    assert "somebody else was faster" in str(list(get_messages(again.wsgi_request))[-1])
    client.post(f"/console/tasks/{task.pk}/finish", once())

    task.refresh_from_db()
    assert (task.status, task.ended_by) == ("done", f"staff:{ben.pk}")


def test_task_without_words_is_refused_and_keeps_what_was_typed():
    client = console_client(make_location(), VIEW)

    answer = client.post("/console/tasks", once(title=" ", due_at="nonsense"))

    assert answer.status_code == 400
    assert 'value="nonsense"' in answer.content.decode()
    assert not Task.objects.exists()


def test_work_of_another_store_is_not_there():
    lyon, nice = make_location(name="Lyon"), make_location(name="Nice")
    task, incident = _task(nice), _incident(nice)
    client = console_client(lyon, VIEW, DECIDE)

    client.post(f"/console/tasks/{task.pk}/take", once())
    page = client.get(f"/console/incidents/{incident.pk}")

    task.refresh_from_db()
    assert (page.status_code, task.status) == (404, "open")


def test_incident_is_decided_with_words_and_closed():
    lyon = make_location(name="Lyon")
    incident = _incident(lyon)
    client = console_client(lyon, VIEW, DECIDE)
    page = f"/console/incidents/{incident.pk}"

    empty = client.post(page, once(note=""))
    client.post(page, once(note="Altona sends one"))
    client.post(f"{page}/close", once())

    incident = Incident.objects.get()
    assert empty.status_code == 400
    assert (incident.status, incident.note) == ("closed", "Altona sends one")


def test_clerk_who_may_not_decide_changes_nothing():
    lyon = make_location(name="Lyon")
    incident = _incident(lyon)

    answer = console_client(lyon, VIEW).post(f"/console/incidents/{incident.pk}", once(note="x"))

    incident.refresh_from_db()
    assert (answer.status_code, incident.status) == (403, "open")


def test_approval_is_granted_by_who_may_and_never_by_the_asker():
    lyon = make_location(name="Lyon")
    ada = make_staff(VIEW, DECIDE, location_id=lyon.pk)
    own, other = _approval(lyon, actor_of_user(ada)), _approval(lyon)
    client = console_client(lyon, user=ada)

    refused = client.post(f"/console/approvals/{own.pk}/decide", once(granted="yes"))
    client.post(f"/console/approvals/{other.pk}/decide", once(granted="yes"))

    assert "yourself" in str(next(iter(get_messages(refused.wsgi_request))))
    assert Approval.objects.get(pk=own.pk).status == "asked"
    assert Approval.objects.get(pk=other.pk).status == "granted"


def test_colleague_grants_by_pin_at_the_asker_s_device():
    lyon = make_location(name="Lyon")
    ben = make_staff(VIEW, location_id=lyon.pk)
    ada = make_staff(VIEW, DECIDE, location_id=lyon.pk)
    pins.set_own_pin(pin="7391", password=PASSWORD, actor=actor_of_user(ada))
    approval = _approval(lyon, actor_of_user(ben))
    client = console_client(lyon, user=ben)
    decide = f"/console/approvals/{approval.pk}/decide"

    wrong = client.post(decide, once(granted="yes", second=str(ada.pk), pin="7392"))
    assert "not right" in str(next(iter(get_messages(wrong.wsgi_request))))
    client.post(decide, once(granted="yes", second=str(ada.pk), pin="7391"))

    approval.refresh_from_db()
    assert (approval.status, approval.decided_by) == ("granted", f"staff:{ada.pk}")
