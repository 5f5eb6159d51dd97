"""The addresses of the console and the back office: those of the apps and those of the frame."""

from django.urls import URLPattern, URLResolver, include, path

from customers import urls as customers
from inventory import urls as inventory
from journeys import urls as journeys
from omni.console import (
    activity,
    audit,
    frame,
    office_work,
    overview,
    person,
    reports,
    styleguide,
    today,
    work,
)
from omni.messages import urls as messages
from omni.webhooks import urls as webhooks
from orders import urls as orders

console: list[URLPattern | URLResolver] = [
    path("", frame.Start.as_view(), name="start"),
    path("today", today.Today.as_view(), name="today"),
    path("notes/<uuid:note_id>/take-down", today.TakeDownNote.as_view(), name="take-down-note"),
    path("choose", frame.ChooseStore.as_view(), name="choose"),
    path("leave", frame.LeaveStore.as_view(), name="leave"),
    path("switch", person.ChoosePerson.as_view(), name="switch"),
    path("switch/<uuid:person>", person.SwitchPerson.as_view(), name="switch-to"),
    path("pin", person.OwnPin.as_view(), name="own-pin"),
    path("tasks", work.Tasks.as_view(), name="tasks"),
    path("tasks/<uuid:task_id>/take", work.TakeTask.as_view(), name="take-task"),
    path("tasks/<uuid:task_id>/give-back", work.GiveTaskBack.as_view(), name="give-task-back"),
    path("tasks/<uuid:task_id>/finish", work.FinishTask.as_view(), name="finish-task"),
    path("tasks/<uuid:task_id>/drop", work.DropTask.as_view(), name="drop-task"),
    path("incidents", work.Incidents.as_view(), name="incidents"),
    path("incidents/<uuid:incident_id>", work.IncidentPage.as_view(), name="incident"),
    path("incidents/<uuid:incident_id>/close", work.CloseIncident.as_view(), name="close-incident"),
    path("approvals", work.Approvals.as_view(), name="approvals"),
    path(
        "approvals/<uuid:approval_id>/decide", work.DecideApproval.as_view(), name="decide-approval"
    ),
    path("find", frame.Find.as_view(), name="find"),
    path("live", frame.Live.as_view(), name="live"),
    path("theme", frame.ChooseTheme.as_view(), name="theme"),
    path("styleguide", styleguide.Styleguide.as_view(), name="styleguide"),
    *orders.screens,
    *journeys.screens,
    *customers.screens,
    *inventory.screens,
]
office: list[URLPattern | URLResolver] = [
    path("", overview.Overview.as_view(), name="overview"),
    path("find", frame.OfficeFind.as_view(), name="find"),
    path("incidents", office_work.Incidents.as_view(), name="incidents"),
    path("incidents/<uuid:incident_id>", office_work.IncidentPage.as_view(), name="incident"),
    path("audit", audit.Audit.as_view(), name="audit"),
    path("activity/<str:label>/<str:key>", activity.Activity.as_view(), name="activity"),
    path("reports/sales", reports.SalesReport.as_view(), name="report-sales"),
    path("reports/returns", reports.ReturnsReport.as_view(), name="report-returns"),
    path("reports/pickups", reports.PickupsReport.as_view(), name="report-pickups"),
    path("reports/stock", reports.StockReport.as_view(), name="report-stock"),
    path("reports/lost", reports.LostReport.as_view(), name="report-lost"),
    *orders.office,
    *journeys.office,
    *customers.office,
    *inventory.office,
    *webhooks.office,
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("console/", include((console, "console"))),
    path("office/", include((office, "office"))),
    path("o/", include((orders.public, "public"))),
    path("mailbox/", include((messages.mailbox, "mailbox"))),
]
