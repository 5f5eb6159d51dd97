"""The back office of the app: importing a folder's pages registers them."""

from inventory.catalog import admin as catalog
from inventory.channels import admin as channels
from inventory.locations import admin as locations
from inventory.stock import admin as stock

__all__ = ["catalog", "channels", "locations", "stock"]
