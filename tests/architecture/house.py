"""What the tests of the architecture know of the house: its layers and its files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("omni", "inventory", "customers", "orders", "journeys")

# From the ground up. A folder may refer to what stands on its own line or before it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("omni.core",),
    ("omni.rest",),
    ("omni.access",),
    ("omni.work",),
    ("omni.screens",),
    ("omni.events",),
    ("omni.webhooks", "omni.messages"),
    ("omni.audit",),
    ("inventory.channels",),
    ("inventory.locations",),
    ("inventory.catalog",),
    ("inventory.stock",),
    ("customers.profiles",),
    ("customers.identity",),
    ("customers.accounts", "customers.consent"),
    ("orders.pricing",),
    ("orders.sales",),
    ("orders.payments", "orders.routing"),
    ("orders.fulfilment",),
    ("orders.checkout",),
    ("orders.aftersales",),
    ("orders.pos", "orders.storefront"),
    ("journeys.timeline", "journeys.messaging"),
    ("omni.demo", "omni.lab", "omni.local"),
)


def floor(module: str) -> int:
    """On which floor a module of ours stands."""
    for number, folders in enumerate(LAYERS):
        if any(module == folder or module.startswith(f"{folder}.") for folder in folders):
            return number
    raise LookupError(f"{module} stands on no floor: add its folder to LAYERS")


def sources() -> Iterator[Path]:
    """Every Python file of the product, migrations left out."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts and "__pycache__" not in path.parts:
                yield path
