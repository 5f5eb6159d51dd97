"""Where customers stand in the rail of the console and in the back office's navigation."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from omni.access.permissions import Permission
from omni.screens import navigation, subjects
from omni.screens.navigation import CONSOLE, OFFICE, Entry

navigation.register(
    CONSOLE,
    Entry(
        "customers",
        _("Customers"),
        "users-round",
        "console:customers",
        70,
        Permission.CUSTOMERS_VIEW,
    ),
)
navigation.register(
    OFFICE,
    Entry(
        "customers",
        _("Customers"),
        "users-round",
        "office:customers",
        60,
        Permission.CUSTOMERS_VIEW,
    ),
)

subjects.register("customer", lambda work: reverse("console:customer", args=[work.subject_id]))
