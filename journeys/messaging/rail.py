"""Where messages stand in the back office's navigation."""

from django.utils.translation import gettext_lazy as _

from omni.access.permissions import Permission
from omni.screens import navigation
from omni.screens.navigation import OFFICE, Entry

navigation.register(
    OFFICE,
    Entry(
        "messages",
        _("Messages"),
        "mail",
        "office:messages",
        71,
        Permission.ORDERS_VIEW,
        below="journeys",
    ),
)
