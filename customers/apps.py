"""Loads what the app registers with the floor."""

from importlib import import_module

from django.apps import AppConfig

REGISTRATIONS = (
    "phrases",
    "rail",
    "scan_codes",
    "profiles.audit",
    "identity.audit",
    "accounts.audit",
    "consent.audit",
)


class CustomersConfig(AppConfig):
    name = "customers"
    label = "customers"
    verbose_name = "Customers"

    def ready(self) -> None:
        for module in REGISTRATIONS:
            import_module(f"customers.{module}")
