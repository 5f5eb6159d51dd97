"""Incidents, tasks, approvals: repeat, limits of place, second identity."""

import re
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from omni.access.actor import SYSTEM, Actor, Granted
from omni.access.permissions import Permission
from omni.core import clock
from omni.core.errors import NotAllowed, NotFound
from omni.core.ids import uuid7
from omni.core.states import InvalidTransition
from omni.lab.races import race
from omni.work import operations as work
from omni.work import queries
from omni.work.kinds import KINDS, decision_name, kind_name, subject_name
from omni.work.models import (
    APPROVAL_MOVES,
    INCIDENT_MOVES,
    TASK_MOVES,
    Approval,
    ApprovalStatus,
    Incident,
    IncidentStatus,
    Task,
    TaskStatus,
)
from omni.work.operations import Matter
from tests.architecture.house import sources
from tests.factories.omni import make_staff, staff_client

LYON, NICE = uuid7(), uuid7()
BOTH = frozenset({Permission.WORK_VIEW, Permission.WORK_DECIDE})


def staff(location_id: UUID | None = None, permissions: frozenset[Permission] = BOTH) -> Actor:
    scope = ("location", location_id) if location_id else ("all", None)
    grant = Granted(frozenset(map(str, permissions)), *scope)
    return Actor(kind="staff", user_id=uuid7(), grants=(grant,))


def incident(subject: str = "level-1", **over: Any) -> Incident:
    given: dict[str, Any] = {
        "kind": "shortfall",
        "subject_kind": "stock_level",
        "subject_id": subject,
        "summary": "promised more than there is",
        "actor": SYSTEM,
    } | over
    return work.open_incident(**given)


def asked(actor: Actor, **over: Any) -> Approval:
    matter = Matter("refund", "order", "o-1", location_id=LYON, details={"amount": 900})
    return work.ask_approval(**{"matter": matter, "reason": "late", "actor": actor} | over)


@pytest.mark.django_db
def test_open_incident_again_while_open_counts_up() -> None:
    first = incident()
    second = incident(summary="still", details={"missing": 2})
    other = incident("level-2")

    assert second.pk == first.pk != other.pk
    row = Incident.objects.get(pk=first.pk)
    assert (row.times, row.summary, row.details) == (2, "still", {"missing": 2})


@pytest.mark.django_db
def test_open_incident_after_a_decision_is_a_new_one() -> None:
    first = incident()
    work.decide_incident(incident_id=first.pk, decision="recount", actor=SYSTEM)

    second = incident()

    assert second.pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_open_incident_by_many_at_once_makes_one_row() -> None:
    start = threading.Barrier(8)
    errors: list[BaseException] = []

    def report() -> None:
        try:
            start.wait()
            for _ in range(3):
                incident()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=report) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert Incident.objects.get().times == 24


@pytest.mark.django_db
def test_decide_and_close_incident_say_who_and_when() -> None:
    actor = staff(LYON)
    row = incident(location_id=LYON)

    work.decide_incident(incident_id=row.pk, decision="recount", note="shelf 3", actor=actor)
    work.close_incident(incident_id=row.pk, actor=actor)

    row.refresh_from_db()
    assert (row.status, row.decision, row.note) == ("closed", "recount", "shelf 3")
    assert row.decided_by == actor.principal
    assert row.closed_at is not None
    with pytest.raises(InvalidTransition):
        work.decide_incident(incident_id=row.pk, decision="again", actor=actor)


@pytest.mark.django_db
def test_settle_incident_closes_what_is_open_or_decided_and_repeats() -> None:
    row = incident()
    given = {"kind": "shortfall", "subject_kind": "stock_level", "subject_id": "level-1"}

    first = work.settle_incident(**given, decision="gone", actor=SYSTEM)
    again = work.settle_incident(**given, decision="gone", actor=SYSTEM)

    assert (first, again) == (True, False)
    row.refresh_from_db()
    assert (row.status, row.decision) == ("closed", "gone")


@pytest.mark.django_db
def test_incident_of_another_store_looks_like_none() -> None:
    row = incident(location_id=LYON)

    with pytest.raises(NotFound):
        work.decide_incident(incident_id=row.pk, decision="x", actor=staff(NICE))

    assert Incident.objects.get().status == "open"


@pytest.mark.django_db
def test_incident_of_no_store_is_for_those_with_a_grant_for_everywhere() -> None:
    row = incident()

    with pytest.raises(NotFound):
        work.decide_incident(incident_id=row.pk, decision="x", actor=staff(LYON))
    viewer = staff(permissions=frozenset({Permission.WORK_VIEW}))
    with pytest.raises(NotAllowed):
        work.decide_incident(incident_id=row.pk, decision="x", actor=viewer)
    work.decide_incident(incident_id=row.pk, decision="x", actor=staff())

    assert Incident.objects.get().status == "decided"


@pytest.mark.django_db
def test_task_is_taken_given_back_and_finished() -> None:
    clerk = staff(LYON, frozenset({Permission.WORK_VIEW}))
    matter = Matter("count", "variant", uuid7(), location_id=LYON)
    task = work.create_task(matter=matter, title="Count it", actor=SYSTEM)

    taken = work.take_task(task_id=task.pk, actor=clerk)
    back = work.give_task_back(task_id=task.pk, actor=clerk)
    done = work.finish_task(task_id=task.pk, note="3 found", actor=clerk)

    assert (taken.status, taken.assignee_id) == ("doing", clerk.user_id)
    assert (back.status, back.assignee_id) == ("open", None)
    assert (done.status, done.assignee_id, done.ended_by) == (
        "done",
        clerk.user_id,
        clerk.principal,
    )
    with pytest.raises(InvalidTransition):
        work.drop_task(task_id=task.pk, actor=staff(LYON))


@pytest.mark.django_db
def test_drop_task_needs_the_right_to_decide() -> None:
    task = work.create_task(
        matter=Matter("count", "variant", uuid7(), location_id=LYON), title="x", actor=SYSTEM
    )

    with pytest.raises(NotAllowed):
        work.drop_task(task_id=task.pk, actor=staff(LYON, frozenset({Permission.WORK_VIEW})))

    assert Task.objects.get().status == "open"


@pytest.mark.django_db
def test_approval_is_granted_by_another_and_used_once() -> None:
    clerk, manager = staff(LYON), staff(LYON)
    approval = asked(clerk)
    matter = Matter("refund", "order", "o-1")

    with pytest.raises(work.ApprovalNeeded):
        work.use_approval(approval_id=approval.pk, matter=matter, actor=clerk)
    work.decide_approval(approval_id=approval.pk, granted=True, actor=manager)
    used = work.use_approval(approval_id=approval.pk, matter=matter, actor=clerk)

    assert used.details == {"amount": 900}
    assert used.decided_by == manager.principal
    for actor, other in ((clerk, matter), (manager, matter), (clerk, Matter("void", "order", "o"))):
        with pytest.raises(work.ApprovalNeeded):
            work.use_approval(approval_id=approval.pk, matter=other, actor=actor)


@pytest.mark.django_db
def test_approval_is_not_decided_by_its_asker() -> None:
    clerk = staff(LYON)
    approval = asked(clerk)

    with pytest.raises(work.OwnApproval):
        work.decide_approval(approval_id=approval.pk, granted=True, actor=clerk)

    assert Approval.objects.get().status == "asked"


@pytest.mark.django_db
def test_refused_approval_cannot_be_used() -> None:
    clerk = staff(LYON)
    approval = asked(clerk)

    work.decide_approval(approval_id=approval.pk, granted=False, actor=staff(LYON))

    with pytest.raises(work.ApprovalNeeded):
        work.use_approval(
            approval_id=approval.pk, matter=Matter("refund", "order", "o-1"), actor=clerk
        )


@pytest.mark.django_db
def test_approval_lapses_whether_or_not_it_was_swept() -> None:
    clerk = staff(LYON)
    undecided, granted, used = asked(clerk), asked(clerk), asked(clerk)
    for each in (granted, used):
        work.decide_approval(approval_id=each.pk, granted=True, actor=staff(LYON))
    matter = Matter("refund", "order", "o-1")
    work.use_approval(approval_id=used.pk, matter=matter, actor=clerk)

    with clock.moved(by=timedelta(hours=2)):
        with pytest.raises(work.ApprovalLapsed):
            work.decide_approval(approval_id=undecided.pk, granted=True, actor=staff(LYON))
        with pytest.raises(work.ApprovalNeeded):
            work.use_approval(approval_id=granted.pk, matter=matter, actor=clerk)
        lapsed = work.lapse_approvals()

    assert lapsed == 2
    rows = dict(Approval.objects.values_list("pk", "status"))
    assert rows == {undecided.pk: "lapsed", granted.pk: "lapsed", used.pk: "granted"}


@pytest.mark.django_db
def test_lists_show_the_work_of_ones_own_store() -> None:
    mine, theirs, nobodys = (
        incident("a", location_id=LYON),
        incident("b", location_id=NICE),
        incident("c"),
    )

    assert set(queries.incidents(staff(LYON))) == {mine}
    assert set(queries.incidents(staff())) == {mine, theirs, nobodys}
    assert set(queries.incidents(staff(), location_id=NICE, status="open")) == {theirs}
    assert not queries.incidents(Actor(kind="staff", user_id=uuid7())).exists()


@pytest.mark.parametrize(
    ("moves", "statuses", "ends"),
    [
        (TASK_MOVES, TaskStatus, {"done", "dropped"}),
        (INCIDENT_MOVES, IncidentStatus, {"closed"}),
        (APPROVAL_MOVES, ApprovalStatus, {"refused", "lapsed"}),
    ],
)
def test_moves_tables_are_whole(moves: Any, statuses: Any, ends: set[str]) -> None:
    assert set(moves) == set(statuses)
    assert {status for status, onward in moves.items() if not onward} == ends


@pytest.mark.django_db
def test_api_lists_and_decides_in_ones_own_store() -> None:
    mine, theirs = incident("a", location_id=LYON), incident("b", location_id=NICE)
    client = staff_client(make_staff(*BOTH, location_id=LYON))
    base = "/api/v1/staff/incidents"
    body = {"decision": "recount", "note": "shelf 3"}

    listed = client.get(f"{base}?status=open").json()
    decided = client.post(f"{base}/{mine.pk}/decide", body, "application/json")
    again = client.post(f"{base}/{mine.pk}/decide", body, "application/json")
    closed = client.post(f"{base}/{mine.pk}/close", {}, "application/json")
    foreign = client.post(f"{base}/{theirs.pk}/decide", body, "application/json")
    unknown = client.post(f"{base}/{uuid7()}/decide", body, "application/json")
    bad = client.post(f"{base}/{mine.pk}/decide", {"decision": "x y"}, "application/json")

    assert [row["id"] for row in listed["results"]] == [str(mine.pk)]
    assert decided.json()["status"] == "decided"
    assert (again.status_code, again.json()["code"]) == (409, "invalid_transition")
    assert closed.json()["status"] == "closed"
    assert (foreign.status_code, unknown.status_code, bad.status_code) == (404, 404, 400)
    assert client.get(f"{base}/{theirs.pk}").status_code == 404
    assert Client().get(base).status_code == 401


@pytest.mark.django_db
def test_api_of_tasks_and_approvals() -> None:
    client = staff_client(make_staff(*BOTH, location_id=LYON))
    task = work.create_task(
        matter=Matter("count", "variant", uuid7(), location_id=LYON), title="Count", actor=SYSTEM
    )
    approval = asked(staff(LYON))

    def post(path: str, body: Any) -> Any:
        return client.post(f"/api/v1/staff/{path}", body, "application/json")

    taken = post(f"tasks/{task.pk}/take", {})
    back = post(f"tasks/{task.pk}/give-back", {})
    done = post(f"tasks/{task.pk}/finish", {"note": "ok"})
    dropped = post(f"tasks/{task.pk}/drop", {})
    granted = post(f"approvals/{approval.pk}/decide", {"granted": True})
    tasks = client.get("/api/v1/staff/tasks?status=done").json()["results"]
    approvals = client.get("/api/v1/staff/approvals").json()["results"]

    assert [r.status_code for r in (taken, back, done, dropped, granted)] == [
        200,
        200,
        200,
        409,
        200,
    ]
    assert tasks[0]["note"] == "ok"
    assert approvals[0]["status"] == "granted"
    assert client.get(f"/api/v1/staff/approvals/{approval.pk}").status_code == 200
    assert client.get(f"/api/v1/staff/tasks/{task.pk}").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["incident", "task", "approval"])
def test_admin_pages_show_the_work_of_ones_own_store(page: str) -> None:
    client = staff_client(make_staff(*BOTH, location_id=LYON))
    incident("a", location_id=LYON, summary="ours-in-lyon")
    incident("b", location_id=NICE, summary="theirs-in-nice")

    answer = client.get(f"/admin/omni/{page}/")

    assert answer.status_code == 200
    assert "theirs-in-nice" not in answer.content.decode()
    if page == "incident":
        assert "ours-in-lyon" in answer.content.decode()


@pytest.mark.django_db
def test_admin_pages_tell_kinds_in_words() -> None:
    client = staff_client(make_staff(*BOTH))
    row = incident("a", kind="parcel_lost")
    incident("b", kind="gift_wrap")

    listed = client.get("/admin/omni/incident/").content.decode()
    page = client.get(f"/admin/omni/incident/{row.pk}/change/").content.decode()
    narrowed = client.get("/admin/omni/incident/", {"kind": "gift_wrap"}).content.decode()

    assert listed.count("A parcel was lost") == 2  # its row and the filter
    assert listed.count("Gift wrap") == 2
    assert "A parcel was lost" in page
    assert ">parcel_lost<" not in listed + page
    assert narrowed.count("A parcel was lost") == 1


def test_kinds_that_the_house_writes_have_words() -> None:
    literal = re.compile(r'(?:open_incident|Matter|_report)\(\s*(?:kind=)?"(\w+)"')
    named = re.compile(r'^(?:KIND|KIND, SUBJECT|INCIDENT|LATE_CANCEL) = "(\w+)"', re.MULTILINE)
    files = [path.read_text() for path in sources() if "demo" not in path.parts]
    users = [text for text in files if "omni.work" in text or "omni import work" in text]
    written = {kind for text in users for rule in (literal, named) for kind in rule.findall(text)}

    assert {"stock_shortfall", "cancel_late", "parcel_lost", "webhook_disabled"} <= written
    assert written - set(KINDS) == set()
    assert [kind_name("gift_wrap"), kind_name("Their own")] == ["Gift wrap", "Their own"]
    assert [subject_name("order"), decision_name("by_words")] == ["Order", "In words"]


@pytest.mark.django_db
def test_admin_action_decides_an_incident() -> None:
    client = staff_client(make_staff(*BOTH))
    row = incident()

    client.post(
        "/admin/omni/incident/",
        {"sure": "1", "action": "acknowledge", "_selected_action": [str(row.pk)]},
    )

    assert Incident.objects.get().decision == "acknowledged"
    assert "Nothing more to do" in client.get("/admin/omni/incident/").content.decode()


@pytest.mark.django_db
def test_task_is_for_somebody_who_works_there() -> None:
    ben = make_staff(Permission.WORK_VIEW, location_id=LYON)
    dora = make_staff(Permission.WORK_VIEW)
    cleo = make_staff(Permission.WORK_VIEW, location_id=NICE)
    here, anywhere = (Matter("note", "location", "l", each) for each in (LYON, None))
    actor = staff()

    task = work.create_task(matter=here, title="Sweep", assignee_id=ben.pk, actor=actor)
    for matter, other in ((here, cleo.pk), (here, uuid7()), (anywhere, ben.pk)):
        with pytest.raises(work.NotThere):
            work.create_task(matter=matter, title="Sweep", assignee_id=other, actor=actor)
    with pytest.raises(work.NotThere):
        work.pass_task_on(task_id=task.pk, to_user_id=cleo.pk, actor=actor)

    assert Task.objects.get().assignee_id == ben.pk
    work.pass_task_on(task_id=task.pk, to_user_id=dora.pk, actor=actor)
    assert Task.objects.get().assignee_id == dora.pk


@pytest.mark.django_db(transaction=True)
def test_create_task_once_by_many_at_once_makes_one_until_it_is_over() -> None:
    matter = Matter("unknown_barcode", "barcode", "4006381333931", LYON)

    def report() -> Any:
        return work.create_task_once(matter=matter, title="What is it?", actor=SYSTEM).pk

    made = {each.value for each in race([report] * 8)}
    again = report()

    assert made == {again}
    work.drop_task(task_id=again, actor=SYSTEM)
    assert report() != again
    assert Task.objects.count() == 2
