"""Who works for Atelier Nord, what they may do, and the keys of its storefronts.

Roles are those of the merchant's rule book: what a role may do, and up to which amount, stands in
the grant. Passwords and keys are published, so they are made in a demo only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.db import transaction

from inventory.channels.models import Channel
from inventory.locations import operations as locations
from inventory.locations.models import Location
from omni.access import operations as access
from omni.access import pins
from omni.access.actor import SYSTEM, Actor
from omni.access.models import ApiKey, ChannelKey, Role, ScopeKind, StaffPin, User, UserKind
from omni.access.operations import GrantTerms
from omni.access.permissions import Permission
from omni.access.sessions import actor_of_user
from omni.core.secrets import digest
from omni.demo.merchant import places

PASSWORD = "atelier-nord-demo"  # noqa: S105  published
PIN = "7391"  # of everybody who works in a store, published too
DOMAIN = "atelier-nord.example"

CLERK = {
    Permission.ORDERS_VIEW,
    Permission.FULFILMENT_VIEW,
    Permission.FULFILMENT_WORK,
    Permission.PICKUP_HAND_OVER,
    Permission.RETURNS_VIEW,
    Permission.RETURNS_CREATE,
    Permission.RETURNS_INSPECT,
    Permission.PAYMENTS_VIEW,
    Permission.PAYMENTS_REFUND,
    Permission.POS_SELL,
    Permission.POS_SHIFT,
    Permission.STOCK_VIEW,
    Permission.CATALOG_VIEW,
    Permission.CUSTOMERS_VIEW,
    Permission.CUSTOMERS_HISTORY,
    Permission.JOURNEYS_CAPTURE,
    Permission.WORK_VIEW,
}
KEY_HOLDER = CLERK | {
    Permission.PICKUP_HAND_OVER_BY_ID,
    Permission.PICKUP_REINSTATE,
    Permission.POS_VOID,
    Permission.ORDERS_CANCEL_PICKED,
}
MANAGER = KEY_HOLDER | {
    Permission.ORDERS_CANCEL,
    Permission.PICKUP_UNDO_HAND_OVER,
    Permission.RETURNS_NO_RECEIPT,
    Permission.POS_FORCE_CLOSE,
    Permission.POS_CLOSE_DAY,
    Permission.ACCESS_RESET_PIN,
    Permission.STOCK_RECEIVE,
    Permission.STOCK_CORRECT,
    Permission.CUSTOMERS_EDIT,
    Permission.WORK_DECIDE,
}
CUSTOMER_SERVICE = {
    Permission.ORDERS_VIEW,
    Permission.ORDERS_PLACE,
    Permission.ORDERS_CANCEL,
    Permission.ORDERS_CANCEL_PICKED,
    Permission.FULFILMENT_VIEW,
    Permission.PICKUP_REINSTATE,
    Permission.RETURNS_VIEW,
    Permission.RETURNS_CREATE,
    Permission.PAYMENTS_VIEW,
    Permission.PAYMENTS_REFUND,
    Permission.STOCK_VIEW,
    Permission.CATALOG_VIEW,
    Permission.CUSTOMERS_VIEW,
    Permission.CUSTOMERS_EDIT,
    Permission.CUSTOMERS_HISTORY,
    Permission.CUSTOMERS_HISTORY_ALL,
    Permission.JOURNEYS_CAPTURE,
    Permission.WORK_VIEW,
}
FINANCE = {
    Permission.ORDERS_VIEW,
    Permission.PAYMENTS_VIEW,
    Permission.PAYMENTS_REFUND,
    Permission.RETURNS_VIEW,
    Permission.AUDIT_VIEW,
}

HEAD_OFFICE = set(Permission) - {Permission.ACCESS_MANAGE}

ROLES: dict[str, tuple[str, set[Permission]]] = {
    "clerk": ("Clerk", CLERK),
    "key-holder": ("Key holder", KEY_HOLDER),
    "store-manager": ("Store manager", MANAGER),
    "customer-service": ("Customer service", CUSTOMER_SERVICE),
    "finance": ("Finance", FINANCE),
    "administrator": ("Administrator", set(Permission)),
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """A login to be made. Limits: refund in minor units, discount in basis points."""

    name: str
    role: str
    store: str = ""
    refund_limit: int | None = None
    discount_limit: int | None = None

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@{DOMAIN}"


STAFF = (
    Colleague("Admin", "administrator"),
    Colleague("Ada", "store-manager", "lyon", 50_000, 3_000),
    Colleague("Ben", "clerk", "lyon", 10_000, 500),
    Colleague("Cleo", "clerk", "nice", 10_000, 500),
    Colleague("Noor", "key-holder", "nice", 20_000, 1_000),
    Colleague("Max", "store-manager", "london", 50_000, 3_000),
    Colleague("Dora", "customer-service", "", 30_000, 1_500),
    Colleague("Finn", "finance"),
)
CHANNEL_KEYS = {
    places.WEB: "ck_demo_web",
    places.APP: "ck_demo_app",
    places.TRADE: "ck_demo_trade",
}
# What a till or a warehouse system of the Lyon store would carry.
API_KEY = "ak_demo_lyon"
# What a system of head office would carry: everywhere, but it makes no logins.
OFFICE_KEY = "ak_demo_office"


def ensure_staff() -> None:
    """Roles, logins with their grants and home stores, and the published keys."""
    for colleague in STAFF:
        ensure_colleague(colleague)
    for code, secret in CHANNEL_KEYS.items():
        ensure_channel_key(places.channel(code), secret)
    _ensure_api_keys()


def ensure_head_office() -> None:
    """Only those who belong to no store: what a merchant with other places needs."""
    for colleague in STAFF:
        if not colleague.store:
            ensure_colleague(colleague)


@transaction.atomic
def ensure_channel_key(channel: Channel, secret: str) -> None:
    """The published key of a storefront, made once."""
    if not ChannelKey.objects.filter(digest=digest(secret)).exists():
        access.create_channel_key(
            channel_id=channel.pk, name=f"{channel.name} (demo)", published=secret, actor=SYSTEM
        )


def signing_in(kind: str, emails: Collection[str]) -> set[str]:
    """Whose logins the published password still opens. Side by side: each trial takes its time."""
    users = [User.objects.with_email(kind, email).first() for email in emails]
    with ThreadPoolExecutor(2) as trials:
        opens = trials.map(_opens, users)
        return {email for email, is_open in zip(emails, opens, strict=True) if is_open}


def _opens(user: User | None) -> bool:
    return user is not None and user.is_active and check_password(PASSWORD, user.password)


def is_valid(model: type[ApiKey | ChannelKey], secret: str) -> bool:
    """Whether a published key is still taken."""
    return model._base_manager.filter(digest=digest(secret), revoked_at__isnull=True).exists()  # noqa: SLF001


def colleague_actor(name: str) -> Actor:
    """Somebody of the staff, as they act now."""
    return actor_of_user(_login(name.lower()))


def ensure_colleague(colleague: Colleague) -> None:
    """The login with its grant and home store, if it is missing."""
    if not User.objects.with_email(UserKind.STAFF, colleague.email).exists():
        _make_colleague(colleague)


@transaction.atomic
def _make_colleague(colleague: Colleague) -> None:
    user = access.create_staff_login(
        email=colleague.email, display_name=colleague.name, password=PASSWORD, actor=SYSTEM
    )
    location = places.store(colleague.store) if colleague.store else None
    terms = GrantTerms(
        scope_kind=ScopeKind.LOCATION if location else ScopeKind.ALL,
        scope_id=location.pk if location else None,
        refund_limit_minor=colleague.refund_limit,
        discount_limit_bps=colleague.discount_limit,
    )
    role_id = _role(colleague.role)
    access.grant_role(user_id=user.pk, role_id=role_id, terms=terms, actor=SYSTEM)
    if location:
        locations.assign_staff(location=location, user_id=user.pk, is_home=True, actor=SYSTEM)


def _role(code: str) -> UUID:
    known = Role.objects.filter(code=code).first()
    if known is not None:
        return known.pk
    name, permissions = ROLES[code]
    return access.save_role(code=code, name=name, permissions=permissions, actor=SYSTEM).pk


def ensure_pin(colleague: Colleague) -> None:
    """The published PIN for a store's device, unless they have one of their own."""
    user = _login(colleague.name)
    if not StaffPin.objects.filter(user=user).exists():
        pins.set_own_pin(pin=PIN, password=PASSWORD, actor=actor_of_user(user))


def _ensure_api_keys() -> None:
    lyon: Location = places.store("lyon")
    _ensure_api_key(API_KEY, "Lyon store system (demo)", MANAGER, at=[lyon.pk])
    _ensure_api_key(OFFICE_KEY, "Head office system (demo)", HEAD_OFFICE)


@transaction.atomic
def _ensure_api_key(
    secret: str, name: str, permissions: set[Permission], at: Sequence[UUID] = ()
) -> None:
    if not ApiKey.objects.filter(digest=digest(secret)).exists():
        access.create_api_key(
            name=name,
            permissions=permissions,
            scope_kind=ScopeKind.LOCATION if at else ScopeKind.ALL,
            scope_ids=at,
            published=secret,
            actor=SYSTEM,
        )


def _login(name: str) -> User:
    found: User = User.objects.with_email(UserKind.STAFF, f"{name}@{DOMAIN}").get()
    return found
