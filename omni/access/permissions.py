"""The only list of permission codes, and the class that asks for them at every endpoint.

An endpoint declares one of these codes, or PUBLIC (nobody signs in), STOREFRONT (a channel key) or
ACCOUNT (a channel key and a customer's session). What is not declared is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, cast

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from omni.access.actor import Actor
from omni.core.errors import NotAllowed
from omni.rest.declarations import ACCOUNT, PUBLIC, STOREFRONT

# Which header is missing, by what the endpoint asks for.
CHANNEL_KEY_NEEDED = _("Send the storefront's key in the header X-Channel-Key: ck_….")
SESSION_NEEDED = _(
    "Sign in, and send the customer's session in the header Authorization: Bearer st_…,"
    " beside the storefront's key in X-Channel-Key: ck_…."
)
API_KEY_NEEDED = _(
    "Send a program's key in the header Authorization: Bearer ak_…, or sign in as staff."
)

__all__ = ["ACCOUNT", "PUBLIC", "STOREFRONT", "HasPermission", "Permission", "label_of"]


class Permission(StrEnum):
    """What a role may hold: area.verb."""

    ORDERS_VIEW = "orders.view"
    ORDERS_PLACE = "orders.place"
    ORDERS_CANCEL = "orders.cancel"
    ORDERS_CANCEL_PICKED = "orders.cancel_picked"
    FULFILMENT_VIEW = "fulfilment.view"
    FULFILMENT_WORK = "fulfilment.work"
    PICKUP_HAND_OVER = "pickup.hand_over"
    PICKUP_HAND_OVER_BY_ID = "pickup.hand_over_by_id"
    PICKUP_REINSTATE = "pickup.reinstate"
    PICKUP_UNDO_HAND_OVER = "pickup.undo_hand_over"
    RETURNS_VIEW = "returns.view"
    RETURNS_CREATE = "returns.create"
    RETURNS_INSPECT = "returns.inspect"
    RETURNS_NO_RECEIPT = "returns.no_receipt"
    PAYMENTS_VIEW = "payments.view"
    PAYMENTS_REFUND = "payments.refund"
    POS_SELL = "pos.sell"
    POS_SHIFT = "pos.shift"
    POS_VOID = "pos.void"
    POS_FORCE_CLOSE = "pos.force_close"
    POS_CLOSE_DAY = "pos.close_day"
    STOCK_VIEW = "stock.view"
    STOCK_RECEIVE = "stock.receive"
    STOCK_CORRECT = "stock.correct"
    CATALOG_VIEW = "catalog.view"
    CATALOG_EDIT = "catalog.edit"
    CHANNELS_EDIT = "channels.edit"
    LOCATIONS_EDIT = "locations.edit"
    PRICES_EDIT = "prices.edit"
    CUSTOMERS_VIEW = "customers.view"
    CUSTOMERS_EDIT = "customers.edit"
    CUSTOMERS_HISTORY = "customers.history"
    CUSTOMERS_HISTORY_ALL = "customers.history_all"
    JOURNEYS_CAPTURE = "journeys.capture"
    ACCESS_MANAGE = "access.manage"
    ACCESS_RESET_PIN = "access.reset_pin"
    WEBHOOKS_MANAGE = "webhooks.manage"
    AUDIT_VIEW = "audit.view"
    WORK_VIEW = "work.view"
    WORK_DECIDE = "work.decide"

    @property
    def label(self) -> str:
        """What it allows, in words: Take returns."""
        return str(_LABELS[self])


_LABELS: Mapping[Permission, Promise] = {
    Permission.ORDERS_VIEW: _("See orders"),
    Permission.ORDERS_PLACE: _("Place orders for customers"),
    Permission.ORDERS_CANCEL: _("Cancel orders"),
    Permission.ORDERS_CANCEL_PICKED: _("Cancel orders that are already picked"),
    Permission.FULFILMENT_VIEW: _("See what is to be picked and sent"),
    Permission.FULFILMENT_WORK: _("Accept, pick, pack and send"),
    Permission.PICKUP_HAND_OVER: _("Hand over pickups"),
    Permission.PICKUP_HAND_OVER_BY_ID: _(
        "Hand over pickups without the code, by an identity paper"
    ),
    Permission.PICKUP_REINSTATE: _("Keep a pickup longer after its time is over"),
    Permission.PICKUP_UNDO_HAND_OVER: _("Take a hand-over back"),
    Permission.RETURNS_VIEW: _("See returns"),
    Permission.RETURNS_CREATE: _("Take returns"),
    Permission.RETURNS_INSPECT: _("Judge what came back"),
    Permission.RETURNS_NO_RECEIPT: _("Take returns without a receipt"),
    Permission.PAYMENTS_VIEW: _("See payments"),
    Permission.PAYMENTS_REFUND: _("Give money back, up to the limit"),
    Permission.POS_SELL: _("Sell at the till"),
    Permission.POS_SHIFT: _("Open and close shifts of the till"),
    Permission.POS_VOID: _("Undo a sale of the till"),
    Permission.POS_FORCE_CLOSE: _("Close the shift of a colleague"),
    Permission.POS_CLOSE_DAY: _("Close the day of the store"),
    Permission.STOCK_VIEW: _("See stock"),
    Permission.STOCK_RECEIVE: _("Receive goods"),
    Permission.STOCK_CORRECT: _("Count and correct stock"),
    Permission.CATALOG_VIEW: _("See the catalog"),
    Permission.CATALOG_EDIT: _("Edit the catalog"),
    Permission.CHANNELS_EDIT: _("Edit channels"),
    Permission.LOCATIONS_EDIT: _("Edit stores and warehouses"),
    Permission.PRICES_EDIT: _("Edit prices and promotions"),
    Permission.CUSTOMERS_VIEW: _("See customers"),
    Permission.CUSTOMERS_EDIT: _("Edit customers"),
    Permission.CUSTOMERS_HISTORY: _("See the history of customers, for a reason"),
    Permission.CUSTOMERS_HISTORY_ALL: _("See the history of every customer"),
    Permission.JOURNEYS_CAPTURE: _("Note visits, calls and chats"),
    Permission.ACCESS_MANAGE: _("Manage logins, roles and keys"),
    Permission.ACCESS_RESET_PIN: _("Take a forgotten PIN away"),
    Permission.WEBHOOKS_MANAGE: _("Manage webhooks"),
    Permission.AUDIT_VIEW: _("See the logs"),
    Permission.WORK_VIEW: _("See tasks, incidents and approvals"),
    Permission.WORK_DECIDE: _("Decide incidents and approvals"),
}


_CODES = frozenset(map(str, Permission))


def label_of(code: str) -> str:
    """What a code allows, in words; the code itself where no permission has it any more."""
    return Permission(code).label if code in _CODES else code


class HasPermission(BasePermission):
    """Lets a request through if its actor has what the endpoint declares. Deny by default."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or raises: NotAuthenticated (401), NotAllowed (403)."""
        actor = cast(Actor, request.auth)
        declared = view.declared_permission(request.method)
        if declared == PUBLIC:
            return True
        if declared == STOREFRONT:
            return _storefront(actor)
        if declared == ACCOUNT:
            return _account(actor)
        if declared is None:
            raise NotAllowed
        if actor.kind == "anonymous":
            raise NotAuthenticated(API_KEY_NEEDED)
        actor.require(declared)
        return True


def _storefront(actor: Actor, needed: Promise = CHANNEL_KEY_NEEDED) -> bool:
    if actor.channel_id is not None:
        return True
    if actor.kind == "anonymous":
        raise NotAuthenticated(str(needed))
    raise NotAllowed


def _account(actor: Actor) -> bool:
    if _storefront(actor, SESSION_NEEDED) and actor.kind == "customer":
        return True
    raise NotAuthenticated(SESSION_NEEDED)
