"""The rest of the house, for the full demo: three more stores, a warehouse, everybody who works.

With them Atelier Nord has six stores in three countries. Made once, found again by code or e-mail.
"""

from __future__ import annotations

from datetime import date, time, timedelta

from django.db.models import Q

from inventory.channels.models import ChannelKind, TaxDisplay
from inventory.locations import operations as locations
from inventory.locations.models import HoursException, Location, LocationKind, Method, Service
from omni.access.actor import SYSTEM
from omni.core import clock
from omni.demo.merchant import people, places
from omni.demo.merchant.people import Colleague
from omni.demo.merchant.places import APP, COUNTER, STORES, STORES_DE, WEB, Store

GERMAN_STORES: dict[str, object] = {
    "name": "Stores Germany",
    "kind": ChannelKind.STORE,
    "currency": "EUR",
    "language": "de",
    "country": "DE",
    "tax_display": TaxDisplay.GROSS,
}
_AT_TILL = (Method.CARRY_OUT, Method.PICKUP, Method.SHIP)
_SHIPPED = (Method.SHIP,)

SITES = (
    Store(
        code="paris",
        address={
            "name": "Paris Marais",
            "street": "31 rue des Francs-Bourgeois",
            "postal_code": "75004",
            "city": "Paris",
            "country": "FR",
            "time_zone": "Europe/Paris",
            "latitude": 48.8572,
            "longitude": 2.3609,
            "phone": "+33142000004",
            "email": "marais@atelier-nord.example",
        },
        hours=((range(6), "10:00", "20:00"), (range(6, 7), "11:00", "19:00")),
        serves=((WEB, 30, 2, (Method.PICKUP,)), (APP, 30, 2, (Method.PICKUP,)),
                (STORES, 30, 0, _AT_TILL)),
        services=COUNTER | {Service.PICKUP: {"lead_minutes": 120, "window_days": 7}},
    ),
    Store(
        code="hamburg",
        address={
            "name": "Hamburg Eppendorf",
            "street": "Eppendorfer Baum 19",
            "postal_code": "20249",
            "city": "Hamburg",
            "country": "DE",
            "time_zone": "Europe/Berlin",
            "latitude": 53.5866,
            "longitude": 9.9866,
            "phone": "+494042000005",
            "email": "eppendorf@atelier-nord.example",
        },
        hours=((range(5), "10:00", "19:00"), (range(5, 6), "10:00", "18:00")),
        serves=((WEB, 40, 1, (Method.PICKUP,)), (APP, 40, 1, (Method.PICKUP,)),
                (STORES_DE, 10, 0, _AT_TILL)),
        services=COUNTER,
    ),
    Store(
        code="berlin",
        address={
            "name": "Berlin Mitte",
            "street": "Alte Schönhauser Straße 26",
            "postal_code": "10119",
            "city": "Berlin",
            "country": "DE",
            "time_zone": "Europe/Berlin",
            "latitude": 52.5277,
            "longitude": 13.4070,
            "phone": "+493028000006",
            "email": "mitte@atelier-nord.example",
        },
        hours=((range(5), "11:00", "20:00"), (range(5, 6), "10:00", "20:00")),
        serves=((WEB, 50, 1, (Method.PICKUP,)), (APP, 50, 1, (Method.PICKUP,)),
                (STORES_DE, 20, 0, _AT_TILL)),
        services=COUNTER | {Service.PICKUP: {"lead_minutes": 180, "window_days": 5}},
    ),
    Store(
        code="warehouse",
        address={
            "name": "Warehouse Saint-Priest",
            "street": "12 rue de l'Aviation",
            "postal_code": "69800",
            "city": "Saint-Priest",
            "country": "FR",
            "time_zone": "Europe/Paris",
            "latitude": 45.7110,
            "longitude": 4.9720,
            "phone": "+33478000007",
        },
        hours=((range(5), "07:00", "19:00"), (range(5, 6), "07:00", "13:00")),
        serves=((WEB, 5, 0, _SHIPPED), (APP, 5, 0, _SHIPPED), (STORES, 5, 0, _SHIPPED),
                (STORES_DE, 5, 0, _SHIPPED)),
        services={Service.SHIP: {"lead_minutes": 480}, Service.RETURNS: {}},
        kind=LocationKind.WAREHOUSE,
    ),
)  # fmt: skip
STORE_CODES = ("lyon", "nice", "paris", "hamburg", "berlin", "london")
# Of each store: its second till, on which the full demo sells.
SECOND_TILL = 2

HEAD_OF_RETAIL = people.MANAGER | people.CUSTOMER_SERVICE | people.FINANCE
people.ROLES["head-of-retail"] = ("Head of retail", HEAD_OF_RETAIL)

MORE_STAFF = (
    Colleague("Hugo", "key-holder", "lyon", 20_000, 1_000),
    Colleague("Ines", "store-manager", "nice", 50_000, 3_000),
    Colleague("Poppy", "clerk", "london", 10_000, 500),
    Colleague("Idris", "key-holder", "london", 20_000, 1_000),
    Colleague("Manon", "clerk", "paris", 10_000, 500),
    Colleague("Karim", "key-holder", "paris", 20_000, 1_000),
    Colleague("Colette", "store-manager", "paris", 50_000, 3_000),
    Colleague("Lena", "clerk", "hamburg", 10_000, 500),
    Colleague("Jonas", "key-holder", "hamburg", 20_000, 1_000),
    Colleague("Greta", "store-manager", "hamburg", 50_000, 3_000),
    Colleague("Mila", "clerk", "berlin", 10_000, 500),
    Colleague("Yusuf", "key-holder", "berlin", 20_000, 1_000),
    Colleague("Anton", "store-manager", "berlin", 50_000, 3_000),
    Colleague("Pascal", "key-holder", "warehouse", 0, 0),
    Colleague("Kofi", "customer-service", "", 30_000, 1_500),
    Colleague("Vera", "head-of-retail", "", 200_000, 5_000),
)
# Who does what in a store: clerk, key holder, manager.
CREWS = {
    "lyon": ("Ben", "Hugo", "Ada"),
    "nice": ("Cleo", "Noor", "Ines"),
    "paris": ("Manon", "Karim", "Colette"),
    "hamburg": ("Lena", "Jonas", "Greta"),
    "berlin": ("Mila", "Yusuf", "Anton"),
    "london": ("Poppy", "Idris", "Max"),
    "warehouse": ("Pascal", "Pascal", "Pascal"),
}


def ensure_sites() -> None:
    """The German tills' channel, the other stores, the warehouse, a second till everywhere."""
    places.ensure_channel(STORES_DE, GERMAN_STORES)
    for site in SITES:
        places.ensure_store(site)
    for code in STORE_CODES:
        places.ensure_register(places.store(code), SECOND_TILL)
    _ensure_shipping()
    _ensure_exceptions()


def crew() -> list[Colleague]:
    """Everybody but the small house's head office."""
    return [*(each for each in people.STAFF if each.store), *MORE_STAFF]


def ensure_member(colleague: Colleague) -> None:
    """Their login with its grant; in a store also the PIN for its device."""
    people.ensure_colleague(colleague)
    if colleague.store:
        people.ensure_pin(colleague)


def _ensure_shipping() -> None:
    places.ensure_shipping_rate(STORES_DE, "DE", 590, None)
    places.ensure_shipping_rate(STORES, "DE", 990, None)


def _ensure_exceptions() -> None:
    """A Sunday in Advent that is open, an inventory that begins late: one of each a store."""
    today = clock.now().date()
    for number, code in enumerate(STORE_CODES):
        store = places.store(code)
        own = HoursException.objects.filter(~Q(note__in=["New Year", "Christmas"]), location=store)
        if not own.exists():
            sunday = _sunday_after(date(today.year, 12, 1))
            locations.set_hours_exception(
                location=store, on_date=sunday, opens_at=time(12), closes_at=time(18),
                note="Advent Sunday", actor=SYSTEM,
            )  # fmt: skip
            locations.set_hours_exception(
                location=store, on_date=today + timedelta(days=9 + number), opens_at=time(14),
                closes_at=time(19), note="Stock count in the morning", actor=SYSTEM,
            )  # fmt: skip


def _sunday_after(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def all_locations() -> list[Location]:
    """Every place where goods lie."""
    return list(Location.objects.filter(code__in=[*STORE_CODES, "warehouse"]).order_by("code"))
