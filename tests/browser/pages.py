"""Every page of the product that can be opened: its address, filled from rows, and who opens it.

The list is the URLconf's. A page whose address names something of which there is no row is told
as missing, so nothing is left out in silence; what is no page stands in ``NO_PAGES`` with why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.urls import reverse

from customers.profiles.models import Address, Customer
from inventory.catalog.models import Product, Variant
from inventory.catalog.unknown_codes import KIND as UNKNOWN
from inventory.channels.models import Channel
from inventory.locations.models import Location
from omni.access.admin_site import GuardedAdmin
from omni.access.models import User, UserKind
from omni.messages.models import Message
from omni.rest.checks import Route, routes
from omni.work.models import Incident, Task
from orders.aftersales.models import ReturnCase
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.pos.models import Deposit, Shift, StoreDay
from orders.sales.links import give_out_link
from orders.sales.models import Order, OrderStatus
from tests.api.test_screen_authorization import PARAMETER

MANAGER, OFFICE, CUSTOMER, GUEST, NOBODY = "manager", "office", "customer", "guest", "nobody"
STORE, SHOP = "Lyon", "web"
STORE_MANAGER, ADMINISTRATOR = "ada@atelier-nord.example", "admin@atelier-nord.example"
COLLEAGUE, SHOPPER = "ben@atelier-nord.example", "lucie@example.com"

NO_PAGES = {
    "/livez": "for probes",
    "/readyz": "for probes",
    "/metrics": "for probes",
    "/console/live": "a part of every console page",
    "/office/orders/export": "a file",
    "/office/customers/export": "a file",
    "/office/stock/export": "a file",
    "/staff/second-factor/recovery-codes/file": "a file",
    "/api/schema/": "a file",
    "/^api/": "for programs",
    "/admin/autocomplete/": "for the lists of choices",
    "/admin/jsi18n/": "words for script",
    "/admin/logout/": "takes POST alone",
}
# Whoever is not staff, and comes here.
OTHERS = {
    "/staff/sign-in": NOBODY,
    "/staff/sign-up": NOBODY,
    "/staff/password/reset": NOBODY,
    "/staff/second-factor/code": NOBODY,
    "/shop/<slug:channel>/account/sign-in": GUEST,
    "/shop/<slug:channel>/account/sign-up": GUEST,
    "/shop/<slug:channel>/account/code": GUEST,
    "/shop/<slug:channel>/account/forgotten": GUEST,
    "/shop/<slug:channel>/orders/find": GUEST,
}
AREAS = {
    "/console/": MANAGER,
    "/office/": OFFICE,
    "/admin/": OFFICE,
    "/staff/": MANAGER,
    "/shop/": CUSTOMER,
    "/": NOBODY,
}
# The same page asked for something: as people see it when they look for things.
ASKED = {
    "/console/choose": "change=1",
    "/console/find": "q=sweater",
    "/console/price-check": "q=sweater",
    "/console/customers": "q=lucie",
    "/console/stock": "q=coat",
    "/console/orders": "q=W1",
    "/console/returns": "q=1",
    "/office/find": "q=coat",
    "/office/orders": "q=W1",
    "/office/stock": "q=coat",
    "/office/customers": "q=lucie",
    "/mailbox/": "to=lucie",
    "/shop/<slug:channel>/products": "search=coat",
}


# There is nothing to remove or to read for somebody who signs in without a second factor.
SECURED = frozenset({"/staff/second-factor/app/remove", "/staff/second-factor/recovery-codes"})
# What an address must be asked for, and where that is found.
NEEDS = {"/console/till/collect": ("pickup", "work_id"), "/office/orders/cancel": ("order", "live")}


@dataclass(frozen=True, slots=True)
class Spot:
    """A page to look at: the route it belongs to, an address of it, who opens it.

    ``is_twin``: it answers by the page of another route, as the address of a form does that shows
    its page again when it was refused.
    """

    route: str
    path: str
    who: str
    is_twin: bool = False

    @property
    def is_of_library(self) -> bool:
        """Drawn by Django's admin, or by the viewer of the schema."""
        return self.path.startswith(("/admin/", "/api/docs/"))

    @property
    def model(self) -> str:
        """Of a page of the admin: whose rows it is about."""
        found = re.match(r"/admin/\w+/(\w+)/", self.path)
        return found.group(1) if found else ""


class Missing(Exception):
    """Pages of which no row gives an address."""


def spots(*, varied: bool = False, lenient: bool = False) -> list[Spot]:
    """Every page once; ``varied``: one for every state of the thing, and asked for something.

    Raises: Missing, unless ``lenient``.
    """
    rows, found, missing = Rows(), [], []
    for route, who, is_twin in opened():
        mine = [
            Spot(route.path, path, who, is_twin) for path in addresses(route, rows, varied=varied)
        ]
        if varied and ASKED.get(route.path):
            mine += [Spot(route.path, f"{each.path}?{ASKED[route.path]}", who) for each in mine[:1]]
        found += mine
        if not mine:
            missing.append(route.path)
    if missing and not lenient:
        raise Missing("\n".join(missing))
    return [*found, *_of_admin()]


def opened() -> Iterator[tuple[Route, str, bool]]:
    """Every route that a browser may GET, except those of the admin's models; and who does."""
    seen: set[Any] = set()
    for route in routes():
        if route.path in NO_PAGES or route.path.startswith(("/api/v1/", "/admin/")):
            continue
        shown = getattr(getattr(route.view, "view_class", None), "get", None)
        if hasattr(route.view, "view_class") and shown is None:
            continue
        who = OTHERS.get(route.path) or next(
            who for area, who in AREAS.items() if route.path.startswith(area)
        )
        takes = hasattr(getattr(route.view, "view_class", None), "post")
        key = (who, shown)
        yield route, who, ours(route) and takes and key in seen
        seen.add(key)


def ours(route: Route) -> bool:
    """Whether a view of the product answers, and not one of a library."""
    return not route.view.__module__.startswith(("django.", "allauth."))


def addresses(route: Route, rows: Rows, *, varied: bool) -> list[str]:
    """Addresses of this route: one, or one for each kind of row that it may name."""
    path = re.sub(r"\^|\$", "", route.path.replace(r"(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)", "1-no"))
    names = [name for _kind, name in PARAMETER.findall(path)]
    chosen = rows.of(path, names)
    made = [
        PARAMETER.sub(lambda match, row=row: str(row[match.group(2)]), path)  # type: ignore[misc]
        for row in chosen
    ]
    if path in NEEDS:
        name, kind = NEEDS[path]
        made = [f"{path}?{name}={key}" for key in FINDERS[kind](rows.store)]
    return list(dict.fromkeys(made))[: None if varied else 1]


class Rows:
    """What addresses name: rows of the merchant, at the store where the manager stands."""

    def __init__(self) -> None:
        self.store = Location.objects.filter(city=STORE).order_by("pk").first()
        self.channel = Channel.objects.filter(code=SHOP).first()

    def of(self, path: str, names: list[str]) -> list[Mapping[str, Any]]:
        """The rows for these names, each as what stands at its names."""
        if path.startswith("/o/"):
            return self._orders_by_link(names)
        base: dict[str, Any] = {}
        if "channel" in names:
            if self.channel is None:
                return []
            base["channel"] = self.channel.code
        kinds = [name for name in names if name not in base]
        if not kinds:
            return [base]
        if path.startswith("/shop/") and kinds[0] == "order":
            return self._of_shopper()
        if path.startswith("/console/till/sales/"):
            return [{"order_id": key} for key in _keys(Order.objects.filter(location=self.store))]
        if path.startswith("/console/codes/"):
            codes = Task.objects.filter(kind=UNKNOWN, location_id=self.store and self.store.pk)
            return [{"task_id": key} for key in _keys(codes)]
        finder = FINDERS.get(kinds[0], nothing)
        given = finder(self.store if path.startswith("/console/") else None)
        if len(kinds) > 1:
            return [base | dict(zip(kinds, parts, strict=True)) for parts in given]
        return [base | {kinds[0]: value} for value in given]

    def _orders_by_link(self, names: list[str]) -> list[Mapping[str, Any]]:
        """As mails link them; where more is named, it is a part of that order."""
        orders = Order.objects.filter(location=None, fulfilment_orders__isnull=False)
        if "work_id" in names:
            orders = orders.filter(fulfilment_orders__status=FulfilmentState.READY)
        if "return_id" in names:
            orders = orders.filter(return_cases__isnull=False)
        found: list[Mapping[str, Any]] = []
        for key in one_of_each(orders, *STANDING):
            part = FulfilmentOrder.objects.filter(order=key).order_by("-status").first()
            case = ReturnCase.objects.filter(order=key).first()
            token = give_out_link(order_id=key)
            found.append({"token": token, "work_id": _pk(part), "return_id": _pk(case)})
        return found

    def _of_shopper(self) -> list[Mapping[str, Any]]:
        user = User.objects.filter(kind=UserKind.CUSTOMER, email=SHOPPER).first()
        mine = Order.objects.filter(customer__account__user=user, channel=self.channel)
        keys = one_of_each(mine, *STANDING) if user else []
        return [{"order": key, "channel": SHOP} for key in keys]


def has_shopper() -> bool:
    """Whether the merchant has the customer who looks at what is hers."""
    return User.objects.filter(kind=UserKind.CUSTOMER, email=SHOPPER).exists()


def one_of_each(rows: QuerySet[Any], *fields: str) -> list[Any]:
    """The newest row of each kind, the newest of all first."""
    newest = rows.order_by(*fields, "-pk").distinct(*fields).values_list("pk", flat=True)
    return sorted(newest, reverse=True)


def _pk(row: Model | None) -> Any:
    return row.pk if row else None


def _keys(rows: QuerySet[Any], column: str = "pk") -> list[Any]:
    return list(rows.values_list(column, flat=True)[:1])


def _orders(store: Location | None) -> list[Any]:
    rows = Order.objects.all()
    return one_of_each(rows.filter(fulfilment_orders__location=store) if store else rows, *STANDING)


def _returns(store: Location | None) -> list[Any]:
    """Of the store; where it has none, those that anybody sees by their order."""
    here = ReturnCase.objects.filter(location=store) if store else ReturnCase.objects.all()
    rows = here if here.exists() else ReturnCase.objects.all()
    return one_of_each(rows, "status", "money_status")


def _customers(store: Location | None) -> list[Any]:
    """One who is known at the store; where all are seen, one with an account too."""
    near = Order.objects.filter(customer__isnull=False, **at("fulfilment_orders__location", store))
    found = _keys(near.order_by("-pk"), "customer")
    return (
        found if store else [*found, *_keys(Customer.objects.filter(account__user__email=SHOPPER))]
    )


def _messages(store: Location | None) -> list[Any]:
    """Of every purpose; at a store those about orders that it has to do with."""
    rows = Message.objects.exclude(html="")
    if store is not None:
        orders = Order.objects.filter(fulfilment_orders__location=store).order_by("-pk")[:2000]
        keys = map(str, orders.values_list("pk", flat=True))
        rows = rows.filter(subject_kind="order", subject_id__in=list(keys))
    return one_of_each(rows, "purpose")


def nothing(_store: Location | None) -> list[Any]:
    """No row has such a name: the page is told as missing."""
    return []


def _activity(_store: Location | None) -> list[tuple[str, Any]]:
    rows = (Product.objects.order_by("pk").first(), Order.objects.order_by("pk").first())
    return [(row._meta.label_lower, row.pk) for row in rows if row is not None]


def at(field: str, store: Any) -> dict[str, Any]:
    return {field: store} if store else {}


STANDING = ("status", "fulfilment_status", "return_status")
FINDERS: dict[str, Callable[[Location | None], Iterable[Any]]] = {
    "live": lambda _: _keys(Order.objects.filter(status=OrderStatus.CONFIRMED)),
    "order_id": _orders,
    "work_id": lambda store: one_of_each(
        FulfilmentOrder.objects.filter(pickup__isnull=False, **at("location", store)), "status"
    ),
    "return_id": _returns,
    "customer_id": _customers,
    "task_id": lambda store: one_of_each(
        Task.objects.filter(**at("location_id", store and store.pk)), "kind"
    ),
    "incident_id": lambda store: one_of_each(
        Incident.objects.filter(**at("location_id", store and store.pk)), "kind"
    ),
    "message_id": _messages,
    "shift_id": lambda store: one_of_each(
        Shift.objects.filter(**at("register__location", store)), "status"
    ),
    "day_id": lambda store: one_of_each(StoreDay.objects.filter(**at("location", store)), "status"),
    "deposit_id": lambda store: _keys(
        Deposit.objects.filter(**at("safe__location", store)).order_by("-pk")
    ),
    "variant_id": lambda _: _keys(Variant.objects.filter(levels__isnull=False).order_by("sku")),
    "person": lambda _: _keys(User.objects.filter(email=COLLEAGUE)),
    "number": lambda store: _keys(
        Order.objects.filter(**at("location", store)).order_by("-pk"), "number"
    ),
    "label": _activity,
    "slug": lambda _: _keys(
        Product.objects.filter(variants__listings__channel__code=SHOP).order_by("pk"), "slug"
    ),
    "store": lambda _: _keys(Location.objects.filter(city=STORE), "code"),
    "address": lambda _: _keys(Address.objects.filter(customer__account__user__email=SHOPPER)),
    "code": lambda _: ["not_found"],
}


# --- /admin/ --------------------------------------------------------------------------------------


def _of_admin() -> Iterator[Spot]:
    """The index, and of each model its list, its form to add and to change, history and delete."""
    yield Spot("/admin/", reverse("admin:index"), OFFICE)
    yield Spot("/admin/password_change/", "/admin/password_change/", OFFICE)
    labels = {model._meta.app_label for model in admin.site._registry}
    for label in sorted(labels):
        yield Spot("/admin/<app>/", f"/admin/{label}/", OFFICE)
    for model, page in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield Spot(f"{base}", base, OFFICE)
        if cast("GuardedAdmin", page).may_add:
            yield Spot(f"{base}add/", f"{base}add/", OFFICE)
        row = model._default_manager.order_by("-pk").first()
        if row is not None:
            parts = ["change", "history"]
            parts += ["delete"] if cast("GuardedAdmin", page).may_delete else []
            for part in parts:
                yield Spot(f"{base}<pk>/{part}/", f"{base}{row.pk}/{part}/", OFFICE)
