"""Imports the admin pages of the folders: the place where Django looks for them."""

from omni.access import admin as access_admin  # noqa: F401
