"""The app that carries the floor: access, events, webhooks, work and audit."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, register


class OmniConfig(AppConfig):
    name = "omni"
    label = "omni"
    verbose_name = "Omni"

    def ready(self) -> None:
        register(_check_endpoints)
        register(_check_admin_pages)
        register(_check_screens)
        import_module("omni.subscriptions")
        import_module("omni.audit.floor")
        import_module("omni.messages.phrases")
        import_module("omni.console.navigation")
        import_module("omni.console.office_entries")
        import_module("omni.console.office_waiting")
        import_module("omni.events.metrics").register()


def _check_endpoints(**kwargs: Any) -> list[CheckMessage]:
    # Loaded when the checks run: endpoints cannot be imported before the apps are ready.
    return import_module("omni.rest.checks").check_endpoints(**kwargs)


def _check_admin_pages(**kwargs: Any) -> list[CheckMessage]:
    return import_module("omni.access.checks").check_admin_pages(**kwargs)


def _check_screens(**kwargs: Any) -> list[CheckMessage]:
    return import_module("omni.screens.checks").check_screens(**kwargs)
