"""Loads what the app registers with the floor."""

from importlib import import_module

from django.apps import AppConfig

REGISTRATIONS = (
    "phrases",
    "visibility",
    "sales.audit",
    "payments.audit",
    "payments.sections",
    "fulfilment.audit",
    "fulfilment.sections",
    "aftersales.audit",
    "aftersales.sections",
    "pos.audit",
    "pos.unfinished",
    "rail",
    "scan_codes",
)


class OrdersConfig(AppConfig):
    name = "orders"
    label = "orders"
    verbose_name = "Orders"

    def ready(self) -> None:
        for module in REGISTRATIONS:
            import_module(f"orders.{module}")
