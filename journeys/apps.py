"""Loads what the app registers with the floor."""

from importlib import import_module

from django.apps import AppConfig

REGISTRATIONS = (
    "subscriptions",
    "phrases",
    "messaging.phrases",
    "messaging.rail",
    "timeline.audit",
)


class JourneysConfig(AppConfig):
    name = "journeys"
    label = "journeys"
    verbose_name = "Journeys"

    def ready(self) -> None:
        for module in REGISTRATIONS:
            import_module(f"journeys.{module}")
