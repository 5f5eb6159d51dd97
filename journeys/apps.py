"""Loads what the app registers with the floor."""

from importlib import import_module

from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "journeys"
    label = "journeys"
    verbose_name = "Journeys"

    def ready(self) -> None:
        for module in ("subscriptions", "phrases", "messaging.phrases", "timeline.audit"):
            import_module(f"journeys.{module}")
