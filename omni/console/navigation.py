"""The entries of the rail and of the back office's navigation that belong to no single app."""

from django.utils.translation import gettext_lazy as _

from omni.access.permissions import Permission
from omni.screens import moment, navigation
from omni.screens.frame import Asked
from omni.screens.navigation import CONSOLE, OFFICE, Count, Entry
from omni.work import queries

_WAITING = Asked(
    "work",
    lambda place: queries.waiting_at(place.location_id, now=moment.now()),
    lambda rows, _place: Count(sum(row["n"] for row in rows)),
)


navigation.register(
    CONSOLE, Entry("today", _("Today"), "sun", "console:today", 10, Permission.FULFILMENT_VIEW)
)
navigation.register(
    OFFICE,
    Entry(
        "overview", _("Overview"), "layout-dashboard", "office:overview", 10, Permission.ORDERS_VIEW
    ),
)
navigation.register(
    CONSOLE,
    Entry(
        "tasks",
        _("Tasks"),
        "circle-check-big",
        "console:tasks",
        100,
        Permission.WORK_VIEW,
        count=_WAITING,
    ),
)
