"""Django's admin with our own site: its sign-in is closed, its permissions are grants."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "omni.access.admin_site.StaffAdminSite"
