"""The app that carries the floor: access, events, webhooks, work and audit."""

from django.apps import AppConfig


class OmniConfig(AppConfig):
    name = "omni"
    label = "omni"
    verbose_name = "Omni"
