"""Where customers stand in the rail of the console and in the back office's navigation."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from omni.access.permissions import Permission
from omni.screens import navigation, subjects
from omni.screens.navigation import CONSOLE, OFFICE, Entry
from omni.work.models import Subject

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
        "customer-list",
        _("All customers"),
        "users-round",
        "office:customers",
        61,
        Permission.CUSTOMERS_VIEW,
        below="customers",
    ),
)


def _page_of(work: Subject) -> str:
    """The customer's page; "" where the work names no customer by an id."""
    try:
        return reverse("console:customer", args=[work.subject_id])
    except NoReverseMatch:
        return ""


subjects.register("customer", _page_of)
