"""Loads what the app registers with the floor."""

from importlib import import_module

from django.apps import AppConfig

REGISTRATIONS = ("phrases", "places", "rail", "locations.home", "stock.audit")


class InventoryConfig(AppConfig):
    name = "inventory"
    label = "inventory"
    verbose_name = "Inventory"

    def ready(self) -> None:
        for module in REGISTRATIONS:
            import_module(f"inventory.{module}")
