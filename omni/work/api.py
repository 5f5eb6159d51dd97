"""Incidents, tasks and approvals for the staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from omni.access.permissions import Permission
from omni.core.states import InvalidTransition
from omni.rest.answers import Answer
from omni.rest.serializers import Input, Output, PageQuery
from omni.rest.views import Endpoint
from omni.work import operations, queries
from omni.work.models import (
    Approval,
    ApprovalStatus,
    Incident,
    IncidentStatus,
    Subject,
    Task,
    TaskStatus,
)
from omni.work.operations import ApprovalLapsed, OwnApproval


class SubjectQuery(PageQuery):
    kind = serializers.CharField(max_length=60, required=False, help_text=_("Only of this kind."))
    subject_kind = serializers.CharField(
        max_length=60, required=False, help_text=_("Only about this kind of thing.")
    )
    subject_id = serializers.CharField(
        max_length=100, required=False, help_text=_("Only about this.")
    )
    location_id = serializers.UUIDField(required=False, help_text=_("Only at this location."))


class IncidentsQuery(SubjectQuery):
    status = serializers.ChoiceField(
        choices=IncidentStatus.choices, required=False, help_text=_("Only in this state.")
    )


class TasksQuery(SubjectQuery):
    status = serializers.ChoiceField(
        choices=TaskStatus.choices, required=False, help_text=_("Only in this state.")
    )
    assignee_id = serializers.UUIDField(
        required=False, help_text=_("Only of this member of staff.")
    )


class ApprovalsQuery(SubjectQuery):
    status = serializers.ChoiceField(
        choices=ApprovalStatus.choices, required=False, help_text=_("Only in this state.")
    )


class DecideIncidentInput(Input):
    decision = serializers.RegexField(r"^[a-z][a-z0-9_]{0,59}$", help_text=_("A code of the kind."))
    note = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text=_("In words.")
    )


class DecideApprovalInput(Input):
    granted = serializers.BooleanField(help_text=_("Whether it is allowed."))
    note = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text=_("In words.")
    )


class NoteInput(Input):
    note = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text=_("In words.")
    )


class NoInput(Input):
    pass


class SubjectOutput(Output):
    id = serializers.UUIDField(help_text=_("Its id."))
    kind = serializers.CharField(help_text=_("What kind, as a code."))
    subject_kind = serializers.CharField(help_text=_("What it is about: the kind."))
    subject_id = serializers.CharField(help_text=_("What it is about: the id."))
    location_id = serializers.UUIDField(
        allow_null=True, help_text=_("Where; null where it belongs to no location.")
    )
    details = serializers.DictField(help_text=_("Facts of its kind."))
    note = serializers.CharField(help_text=_("What was noted with the decision or the end."))


class IncidentOutput(SubjectOutput):
    summary = serializers.CharField(help_text=_("In one line."))
    status = serializers.ChoiceField(choices=IncidentStatus.choices, help_text=_("How far it is."))
    times = serializers.IntegerField(help_text=_("How often it was reported."))
    opened_by = serializers.CharField(help_text=_("Who reported it first."))
    opened_at = serializers.DateTimeField(help_text=_("When it was reported first."))
    last_at = serializers.DateTimeField(help_text=_("When it was reported last."))
    decision = serializers.CharField(help_text=_("What was decided, as a code; empty before."))
    decided_by = serializers.CharField(help_text=_("Who decided; empty before."))
    decided_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was decided."))
    closed_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was closed."))


class TaskOutput(SubjectOutput):
    title = serializers.CharField(help_text=_("What is to be done."))
    status = serializers.ChoiceField(choices=TaskStatus.choices, help_text=_("How far it is."))
    due_at = serializers.DateTimeField(allow_null=True, help_text=_("Until when."))
    assignee_id = serializers.UUIDField(
        allow_null=True, help_text=_("Who does it; null: nobody yet.")
    )
    created_by = serializers.CharField(help_text=_("Who made it."))
    created_at = serializers.DateTimeField(help_text=_("When it was made."))
    ended_by = serializers.CharField(help_text=_("Who ended it; empty before."))
    ended_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was ended."))


class ApprovalOutput(SubjectOutput):
    reason = serializers.CharField(help_text=_("Why it is asked."))
    status = serializers.ChoiceField(choices=ApprovalStatus.choices, help_text=_("How far it is."))
    asked_by = serializers.CharField(help_text=_("Who asks."))
    asked_at = serializers.DateTimeField(help_text=_("When it was asked."))
    lapses_at = serializers.DateTimeField(help_text=_("Until when it can be decided."))
    decided_by = serializers.CharField(help_text=_("Who decided; empty before."))
    decided_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was decided."))
    used_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was used."))


class IncidentsOutput(Output):
    results = IncidentOutput(many=True, help_text=_("The rows of this page."))
    next = serializers.CharField(
        allow_null=True, help_text=_("Cursor of the next page; null on the last.")
    )


class TasksOutput(Output):
    results = TaskOutput(many=True, help_text=_("The rows of this page."))
    next = serializers.CharField(
        allow_null=True, help_text=_("Cursor of the next page; null on the last.")
    )


class ApprovalsOutput(Output):
    results = ApprovalOutput(many=True, help_text=_("The rows of this page."))
    next = serializers.CharField(
        allow_null=True, help_text=_("Cursor of the next page; null on the last.")
    )


class Incidents(Endpoint):
    permission = Permission.WORK_VIEW
    query = IncidentsQuery

    @extend_schema(responses={200: IncidentsOutput})
    def get(self, request: Request) -> Answer:
        """List incidents, newest first."""
        rows = queries.incidents(self.actor, **_filters(self.params))
        return self.page(rows, keys=["-id"], output=_incident)


class IncidentDetail(Endpoint):
    permission = Permission.WORK_VIEW

    @extend_schema(responses={200: IncidentOutput})
    def get(self, request: Request, row_id: UUID) -> Answer:
        """Show an incident."""
        return self.ok(_incident(queries.get_one(self.actor, Incident, row_id)))


class DecideIncident(Endpoint):
    permission = Permission.WORK_DECIDE
    errors = [InvalidTransition]

    @extend_schema(request=DecideIncidentInput, responses={200: IncidentOutput})
    def post(self, request: Request, row_id: UUID) -> Answer:
        """Decide what shall be done about an incident."""
        given = self.given(DecideIncidentInput, request)
        row = operations.decide_incident(incident_id=row_id, **given, actor=self.actor)
        return self.ok(_incident(row))


class CloseIncident(Endpoint):
    permission = Permission.WORK_DECIDE
    errors = [InvalidTransition]

    @extend_schema(request=NoInput, responses={200: IncidentOutput})
    def post(self, request: Request, row_id: UUID) -> Answer:
        """Close an incident whose decision has been carried out."""
        self.given(NoInput, request)
        return self.ok(_incident(operations.close_incident(incident_id=row_id, actor=self.actor)))


class Tasks(Endpoint):
    permission = Permission.WORK_VIEW
    query = TasksQuery

    @extend_schema(responses={200: TasksOutput})
    def get(self, request: Request) -> Answer:
        """List tasks, newest first."""
        rows = queries.tasks(self.actor, **_filters(self.params))
        return self.page(rows, keys=["-id"], output=_task)


class TaskDetail(Endpoint):
    permission = Permission.WORK_VIEW

    @extend_schema(responses={200: TaskOutput})
    def get(self, request: Request, row_id: UUID) -> Answer:
        """Show a task."""
        return self.ok(_task(queries.get_one(self.actor, Task, row_id)))


class TakeTask(Endpoint):
    permission = Permission.WORK_VIEW
    errors = [InvalidTransition]

    @extend_schema(request=NoInput, responses={200: TaskOutput})
    def post(self, request: Request, row_id: UUID) -> Answer:
        """Take a task: the caller does it."""
        self.given(NoInput, request)
        return self.ok(_task(operations.take_task(task_id=row_id, actor=self.actor)))


class GiveTaskBack(Endpoint):
    permission = Permission.WORK_VIEW
    errors = [InvalidTransition]

    @extend_schema(request=NoInput, responses={200: TaskOutput})
    def post(self, request: Request, row_id: UUID) -> Answer:
        """Give a task back, for somebody else to take."""
        self.given(NoInput, request)
        return self.ok(_task(operations.give_task_back(task_id=row_id, actor=self.actor)))


class FinishTask(Endpoint):
    permission = Permission.WORK_VIEW
    errors = [InvalidTransition]

    @extend_schema(request=NoteInput, responses={200: TaskOutput})
    def post(self, request: Request, row_id: UUID) -> Answer:
        """Say that a task is done."""
        given = self.given(NoteInput, request)
        return self.ok(_task(operations.finish_task(task_id=row_id, **given, actor=self.actor)))


class DropTask(Endpoint):
    permission = Permission.WORK_DECIDE
    errors = [InvalidTransition]

    @extend_schema(request=NoteInput, responses={200: TaskOutput})
    def post(self, request: Request, row_id: UUID) -> Answer:
        """Drop a task: it need not be done any more."""
        given = self.given(NoteInput, request)
        return self.ok(_task(operations.drop_task(task_id=row_id, **given, actor=self.actor)))


class Approvals(Endpoint):
    permission = Permission.WORK_VIEW
    query = ApprovalsQuery

    @extend_schema(responses={200: ApprovalsOutput})
    def get(self, request: Request) -> Answer:
        """List approvals, newest first."""
        rows = queries.approvals(self.actor, **_filters(self.params))
        return self.page(rows, keys=["-id"], output=_approval)


class ApprovalDetail(Endpoint):
    permission = Permission.WORK_VIEW

    @extend_schema(responses={200: ApprovalOutput})
    def get(self, request: Request, row_id: UUID) -> Answer:
        """Show an approval."""
        return self.ok(_approval(queries.get_one(self.actor, Approval, row_id)))


class DecideApproval(Endpoint):
    permission = Permission.WORK_DECIDE
    errors = [InvalidTransition, OwnApproval, ApprovalLapsed]

    @extend_schema(request=DecideApprovalInput, responses={200: ApprovalOutput})
    def post(self, request: Request, row_id: UUID) -> Answer:
        """Grant or refuse what somebody else asked for."""
        given = self.given(DecideApprovalInput, request)
        row = operations.decide_approval(approval_id=row_id, **given, actor=self.actor)
        return self.ok(_approval(row))


def _filters(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in ("cursor", "limit")}


def _subject(row: Subject) -> dict[str, Any]:
    names = ("kind", "subject_kind", "subject_id", "location_id", "details")
    return {"id": row.pk} | {name: getattr(row, name) for name in names}


def _with(row: Subject, names: str) -> dict[str, Any]:
    return _subject(row) | {name: getattr(row, name) for name in names.split()}


def _incident(row: Incident) -> dict[str, Any]:
    return _with(
        row,
        "summary status times opened_by opened_at last_at decision note decided_by decided_at"
        " closed_at",
    )


def _task(row: Task) -> dict[str, Any]:
    return _with(
        row, "title status due_at assignee_id created_by created_at ended_by ended_at note"
    )


def _approval(row: Approval) -> dict[str, Any]:
    return _with(
        row, "reason status asked_by asked_at lapses_at decided_by decided_at note used_at"
    )
