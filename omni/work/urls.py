"""Every endpoint of work."""

from django.urls import URLPattern, path

from omni.work import api

urlpatterns: list[URLPattern] = [
    path("staff/incidents", api.Incidents.as_view()),
    path("staff/incidents/<uuid:row_id>", api.IncidentDetail.as_view()),
    path("staff/incidents/<uuid:row_id>/decide", api.DecideIncident.as_view()),
    path("staff/incidents/<uuid:row_id>/close", api.CloseIncident.as_view()),
    path("staff/tasks", api.Tasks.as_view()),
    path("staff/tasks/<uuid:row_id>", api.TaskDetail.as_view()),
    path("staff/tasks/<uuid:row_id>/take", api.TakeTask.as_view()),
    path("staff/tasks/<uuid:row_id>/give-back", api.GiveTaskBack.as_view()),
    path("staff/tasks/<uuid:row_id>/finish", api.FinishTask.as_view()),
    path("staff/tasks/<uuid:row_id>/drop", api.DropTask.as_view()),
    path("staff/approvals", api.Approvals.as_view()),
    path("staff/approvals/<uuid:row_id>", api.ApprovalDetail.as_view()),
    path("staff/approvals/<uuid:row_id>/decide", api.DecideApproval.as_view()),
]
