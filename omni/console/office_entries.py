"""The navigation of the back office by job: the jobs, and the pages that lists of reference data
are. Each app registers the pages of its own; the lists are Django's, under /admin/."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.access.permissions import Permission as May
from omni.core.text import search_key
from omni.screens import codes, navigation
from omni.screens.codes import Hit
from omni.screens.navigation import OFFICE, Entry
from omni.screens.place import Place

# Job, icon, order.
_JOBS: tuple[tuple[str, Promise, str, int], ...] = (
    ("catalog", _("Catalog"), "shirt", 30),
    ("prices", _("Prices and promotions"), "badge-percent", 40),
    ("stock", _("Stock"), "boxes", 45),
    ("places", _("Stores and channels"), "store", 50),
    ("customers", _("Customers"), "users-round", 60),
    ("journeys", _("Journeys"), "waypoints", 70),
    ("reports", _("Reports"), "chart-column", 80),
    ("settings", _("Settings"), "settings", 90),
)
# Key, word, address below /admin/ or name of a page, permission, whether of no single place.
_PAGES: dict[str, tuple[tuple[str, Promise, str, May, bool], ...]] = {
    "sell": (
        ("work", _("Pickups and parcels"), "orders/fulfilmentorder", May.FULFILMENT_VIEW, False),
        ("payments", _("Payments"), "orders/payment", May.PAYMENTS_VIEW, False),
        ("refunds", _("Refunds"), "orders/refund", May.PAYMENTS_VIEW, False),
        ("carts", _("Carts"), "orders/cart", May.ORDERS_VIEW, True),
    ),
    "catalog": (
        ("products", _("Products"), "inventory/product", May.CATALOG_VIEW, True),
        ("variants", _("Variants"), "inventory/variant", May.CATALOG_VIEW, True),
        ("categories", _("Categories"), "inventory/category", May.CATALOG_VIEW, True),
        ("assortments", _("Assortments"), "inventory/assortment", May.CATALOG_VIEW, True),
    ),
    "prices": (
        ("listings", _("Prices by channel"), "inventory/listing", May.CATALOG_VIEW, True),
        ("taxes", _("Tax rates"), "orders/taxrate", May.CATALOG_VIEW, True),
        ("shipping", _("Shipping rates"), "orders/shippingrate", May.CATALOG_VIEW, True),
    ),
    "stock": (
        ("levels", _("Levels"), "office:stock", May.STOCK_VIEW, False),
        ("movements", _("Movements"), "inventory/stockmovement", May.STOCK_VIEW, False),
        ("reservations", _("Reservations"), "inventory/reservation", May.STOCK_VIEW, False),
        ("buckets", _("Not for sale"), "inventory/stockbucket", May.STOCK_VIEW, False),
    ),
    "places": (
        ("locations", _("Locations"), "inventory/location", May.STOCK_VIEW, False),
        ("slots", _("Pickup slots"), "inventory/capacityslot", May.STOCK_VIEW, False),
        ("channels", _("Channels"), "inventory/channel", May.CATALOG_VIEW, True),
        ("registers", _("Registers"), "orders/register", May.POS_SHIFT, False),
        ("days", _("Store days"), "orders/storeday", May.POS_SHIFT, False),
        ("shifts", _("Shifts"), "orders/shift", May.POS_SHIFT, False),
        ("journal", _("Till journal"), "orders/journalentry", May.POS_SHIFT, False),
        ("deposits", _("Deposits"), "orders/deposit", May.POS_SHIFT, False),
    ),
    "customers": (
        ("consents", _("Consents"), "customers/consent", May.CUSTOMERS_VIEW, True),
        ("accounts", _("Accounts"), "customers/account", May.CUSTOMERS_VIEW, True),
    ),
    "journeys": (
        ("touchpoints", _("Touchpoints"), "journeys/interaction", May.CUSTOMERS_HISTORY_ALL, True),
        ("devices", _("Devices"), "journeys/visitorlink", May.CUSTOMERS_HISTORY_ALL, True),
    ),
    "reports": (
        ("report-sales", _("Sales"), "office:report-sales", May.ORDERS_VIEW, False),
        ("report-returns", _("Returns"), "office:report-returns", May.RETURNS_VIEW, False),
        ("report-pickups", _("Pickups"), "office:report-pickups", May.FULFILMENT_VIEW, False),
        ("report-stock", _("Stock value"), "office:report-stock", May.STOCK_VIEW, False),
        ("report-lost", _("Cancelled and not paid"), "office:report-lost", May.ORDERS_VIEW, False),
    ),
    "settings": (
        ("incidents", _("Incidents"), "office:incidents", May.WORK_VIEW, False),
        ("audit", _("Audit"), "office:audit", May.AUDIT_VIEW, True),
        ("everything", _("All lists"), "/admin/", May.WORK_VIEW, False),
        ("staff", _("Staff"), "omni/user", May.ACCESS_MANAGE, True),
        ("roles", _("Roles"), "omni/role", May.ACCESS_MANAGE, True),
        ("grants", _("Grants"), "omni/grant", May.ACCESS_MANAGE, True),
        ("api-keys", _("API keys"), "omni/apikey", May.ACCESS_MANAGE, True),
        ("channel-keys", _("Storefront keys"), "omni/channelkey", May.ACCESS_MANAGE, True),
        ("webhooks", _("Webhooks"), "omni/webhookendpoint", May.WEBHOOKS_MANAGE, True),
        ("deliveries", _("Deliveries"), "omni/webhookdelivery", May.WEBHOOKS_MANAGE, True),
        ("looks", _("Who looked at whom"), "omni/accesslog", May.AUDIT_VIEW, True),
        ("events", _("Events"), "omni/storedevent", May.AUDIT_VIEW, True),
    ),
}  # fmt: skip


def _register() -> None:
    for key, label, icon, order in _JOBS:
        navigation.register(OFFICE, Entry(key, label, icon, "", order, is_heading=True))
    orders = {key: order for key, _label, _icon, order in _JOBS} | {"sell": 22}
    for job, pages in _PAGES.items():
        for place, (key, label, page, permission, everywhere) in enumerate(pages):
            is_ours = page.startswith(("office:", "/"))
            address = page if is_ours else f"/admin/{page}/"
            navigation.register(
                OFFICE,
                Entry(
                    key,
                    label,
                    "",
                    address,
                    orders[job] * 100 + 50 + place,
                    permission,
                    below=job,
                    everywhere=everywhere,
                ),
            )


_register()


def _pages(text: str, actor: Actor, place: Place | None) -> Sequence[Hit]:
    """Pages of the back office by the beginning of a word of their names."""
    asked = search_key(text)
    if place is not None or len(asked) < 2:
        return []
    found = [
        Hit(
            kind=_("Page"), label=str(entry.label), url=navigation.path_of(entry.url), icon="layers"
        )
        for entry in navigation.entries(OFFICE, actor)
        if entry.url and f" {search_key(str(entry.label))}".find(f" {asked}") >= 0
    ]
    return found[:4]


codes.register("pages", _pages, order=90)
