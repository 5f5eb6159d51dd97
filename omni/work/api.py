"""Incidents, tasks and approvals for the staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

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
    kind = serializers.CharField(max_length=60, required=False)
    subject_kind = serializers.CharField(max_length=60, required=False)
    subject_id = serializers.CharField(max_length=100, required=False)
    location_id = serializers.UUIDField(required=False)


class IncidentsQuery(SubjectQuery):
    status = serializers.ChoiceField(choices=IncidentStatus.choices, required=False)


class TasksQuery(SubjectQuery):
    status = serializers.ChoiceField(choices=TaskStatus.choices, required=False)
    assignee_id = serializers.UUIDField(required=False)


class ApprovalsQuery(SubjectQuery):
    status = serializers.ChoiceField(choices=ApprovalStatus.choices, required=False)


class DecideIncidentInput(Input):
    decision = serializers.RegexField(r"^[a-z][a-z0-9_]{0,59}$", help_text="A code of the kind.")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class DecideApprovalInput(Input):
    granted = serializers.BooleanField()
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class NoteInput(Input):
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class NoInput(Input):
    pass


class SubjectOutput(Output):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    subject_kind = serializers.CharField()
    subject_id = serializers.CharField()
    location_id = serializers.UUIDField(allow_null=True)
    details = serializers.DictField()
    note = serializers.CharField()


class IncidentOutput(SubjectOutput):
    summary = serializers.CharField()
    status = serializers.ChoiceField(choices=IncidentStatus.choices)
    times = serializers.IntegerField()
    opened_by = serializers.CharField()
    opened_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    decision = serializers.CharField()
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class TaskOutput(SubjectOutput):
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=TaskStatus.choices)
    due_at = serializers.DateTimeField(allow_null=True)
    assignee_id = serializers.UUIDField(allow_null=True)
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    ended_by = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)


class ApprovalOutput(SubjectOutput):
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=ApprovalStatus.choices)
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    lapses_at = serializers.DateTimeField()
    decided_by = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    used_at = serializers.DateTimeField(allow_null=True)


class IncidentsOutput(Output):
    results = IncidentOutput(many=True)
    next = serializers.CharField(allow_null=True)


class TasksOutput(Output):
    results = TaskOutput(many=True)
    next = serializers.CharField(allow_null=True)


class ApprovalsOutput(Output):
    results = ApprovalOutput(many=True)
    next = serializers.CharField(allow_null=True)


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
