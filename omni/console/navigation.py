"""The entries of the rail and of the back office's navigation that belong to no single app."""

from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.screens import navigation
from omni.screens.navigation import CONSOLE, OFFICE, Count, Entry
from omni.screens.place import Place
from omni.work import queries


def _waiting(actor: Actor, place: Place) -> Count:
    return Count(queries.waiting_at(actor, place.location_id))


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
        count=_waiting,
    ),
)
