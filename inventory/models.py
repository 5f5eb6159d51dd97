"""Registration point of the app's models; each folder's own file says what its rows mean."""

from inventory.catalog.models import (
    Assortment,
    Barcode,
    Category,
    Listing,
    Media,
    Product,
    ProductTranslation,
    Variant,
)
from inventory.channels.models import Channel
from inventory.locations.models import (
    CapacitySlot,
    ChannelLocation,
    HoursException,
    Location,
    LocationService,
    OpeningHours,
    StaffAssignment,
)
from inventory.stock.models import Reservation, StockBucket, StockLevel, StockMovement

__all__ = [
    "Assortment",
    "Barcode",
    "CapacitySlot",
    "Category",
    "Channel",
    "ChannelLocation",
    "HoursException",
    "Listing",
    "Location",
    "LocationService",
    "Media",
    "OpeningHours",
    "Product",
    "ProductTranslation",
    "Reservation",
    "StaffAssignment",
    "StockBucket",
    "StockLevel",
    "StockMovement",
    "Variant",
]
