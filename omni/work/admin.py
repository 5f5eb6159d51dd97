"""Incidents, tasks and approvals in the back office: for looking, and decisions as actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.admin_cells import name_codes
from omni.access.admin_site import LedgerAdmin, actor_of
from omni.access.permissions import Permission
from omni.work import operations, queries
from omni.work.kinds import decision_name, kind_name, subject_name
from omni.work.models import Approval, Incident, Task

for _table in (Incident, Task, Approval):
    _label = _table._meta.label_lower  # noqa: SLF001
    name_codes({(_label, "kind"): kind_name, (_label, "subject_kind"): subject_name})
name_codes({("omni.incident", "decision"): decision_name})


class KindFilter(admin.AllValuesFieldListFilter):
    """The kinds that there are, in words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for each in super().choices(changelist):
            word = each["display"]  # lazy where it is Django's own: All
            yield {**each, "display": kind_name(word) if isinstance(word, str) else word}


class WorkAdmin(LedgerAdmin):
    """Base: rows of the actor's locations; who may decide sees the actions."""

    view_permission = Permission.WORK_VIEW
    scoped = True
    ordering = ["-id"]
    search_fields = ["subject_id"]

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        return queries.visible(actor, rows)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).may(Permission.WORK_DECIDE)


@admin.register(Incident)
class IncidentAdmin(WorkAdmin):
    list_display = ["summary", "kind", "status", "times", "last_at", "decision", "decided_by"]
    list_filter = ["status", ("kind", KindFilter)]
    actions = ["acknowledge", "close"]

    @admin.action(description=_("Decide: nothing more to do"), permissions=["decide"])
    def acknowledge(self, request: HttpRequest, rows: QuerySet[Incident]) -> None:
        for row in rows:
            operations.decide_incident(
                incident_id=row.pk, decision="acknowledged", actor=actor_of(request)
            )

    @admin.action(description=_("Close what was decided"), permissions=["decide"])
    def close(self, request: HttpRequest, rows: QuerySet[Incident]) -> None:
        for row in rows:
            operations.close_incident(incident_id=row.pk, actor=actor_of(request))


@admin.register(Task)
class TaskAdmin(WorkAdmin):
    list_display = ["title", "kind", "status", "due_at", "assignee_id", "created_at"]
    list_filter = ["status", ("kind", KindFilter)]
    actions = ["take", "finish", "drop"]

    @admin.action(description=_("Take: I do it"), permissions=["view"])
    def take(self, request: HttpRequest, rows: QuerySet[Task]) -> None:
        for row in rows:
            operations.take_task(task_id=row.pk, actor=actor_of(request))

    @admin.action(description=_("Done"), permissions=["view"])
    def finish(self, request: HttpRequest, rows: QuerySet[Task]) -> None:
        for row in rows:
            operations.finish_task(task_id=row.pk, actor=actor_of(request))

    @admin.action(description=_("Drop"), permissions=["decide"])
    def drop(self, request: HttpRequest, rows: QuerySet[Task]) -> None:
        for row in rows:
            operations.drop_task(task_id=row.pk, actor=actor_of(request))


@admin.register(Approval)
class ApprovalAdmin(WorkAdmin):
    list_display = ["reason", "kind", "status", "asked_by", "asked_at", "lapses_at", "decided_by"]
    list_filter = ["status", ("kind", KindFilter)]
    actions = ["grant", "refuse"]

    @admin.action(description=_("Grant"), permissions=["decide"])
    def grant(self, request: HttpRequest, rows: QuerySet[Approval]) -> None:
        for row in rows:
            operations.decide_approval(approval_id=row.pk, granted=True, actor=actor_of(request))

    @admin.action(description=_("Refuse"), permissions=["decide"])
    def refuse(self, request: HttpRequest, rows: QuerySet[Approval]) -> None:
        for row in rows:
            operations.decide_approval(approval_id=row.pk, granted=False, actor=actor_of(request))
