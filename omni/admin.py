"""Imports the admin pages of the folders: the place where Django looks for them."""

from omni.access import admin as access_admin  # noqa: F401
from omni.events import admin as events_admin  # noqa: F401
from omni.messages import admin as messages_admin  # noqa: F401
from omni.webhooks import admin as webhooks_admin  # noqa: F401
from omni.work import admin as work_admin  # noqa: F401
