"""A smallest row of any table, with rows of its own for all that it refers to.

Lists are opened with many of them: what a row looks up for itself then shows in the queries.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import models

from inventory.catalog.models import Assortment
from inventory.channels.models import Channel
from inventory.locations.models import CapacitySlot, Location
from inventory.stock.models import Reservation
from journeys.timeline.models import Interaction
from omni.access.models import Grant, User
from omni.core import clock
from omni.core.ids import uuid7
from omni.events.models import StoredEvent, SubscriptionPosition
from omni.work.models import Approval
from orders.aftersales.models import ReturnCase
from orders.pos.models import Shift, TerminalBatch
from tests.factories.inventory import make_channel, make_location
from tests.factories.omni import make_user

_numbers = count(1)
# Tables that only the database fills, and cut into months.
NOT_MADE = (Interaction, StoredEvent, SubscriptionPosition)
_CODES = {"country": "FR", "currency": "EUR", "language": "en", "time_zone": "Europe/Paris"}
_MADE: dict[type[models.Model], Callable[[], Any]] = {
    Channel: make_channel,
    Location: make_location,
    User: make_user,
}
# What the rules of a table ask for.
_ASKED: dict[type[models.Model], dict[str, Any]] = {
    Approval: {"status": "asked"},
    Assortment: {"category": None},
    Grant: {"scope_kind": "location", "refund_limit_minor": None, "valid_until": None},
    Reservation: {"status": "released"},
    ReturnCase: {"customer_id": None},
    Shift: {"status": "closed"},
    TerminalBatch: {"total_minor": 5, "expected_minor": 5},
}


def make_row(model: type[models.Model]) -> Any:
    """One row, whose rows around it are its own too."""
    if model in _MADE:
        return _MADE[model]()
    asked = _ASKED.get(model, {})
    values = {
        field.name: asked[field.name] if field.name in asked else _value(model, field)
        for field in model._meta.concrete_fields
        if field.name in asked or _is_asked(model, field)
    }
    return model._base_manager.create(**values)


def _is_asked(model: type[models.Model], field: Any) -> bool:
    if field.primary_key:
        return _is(field, models.UUIDField) and not field.has_default()
    if field.name == "region":
        return True  # tells tax rates of a country apart
    if field.is_relation:
        return field.related_model is not model and (not field.null or model in _ASKED)
    named = field.name in ("scope_id", "location_id", "channel_id", "assignee_id", "parked_by")
    if named:
        return True
    has_own = field.has_default() or field.db_default is not models.NOT_PROVIDED
    return not (field.null or field.blank or has_own)


def _value(model: type[models.Model], field: Any) -> Any:
    number = next(_numbers)
    if field.is_relation:
        return make_row(field.related_model)
    if field.name == "ends_at" and model is CapacitySlot:
        return clock.now() + timedelta(hours=1)
    if field.name in ("location_id", "scope_id"):
        return make_location().pk
    if field.name == "channel_id":
        return make_channel().pk
    if field.name in ("assignee_id", "parked_by", "opened_by") and _is(field, models.UUIDField):
        return make_user().pk
    if field.name in _CODES:
        return _CODES[field.name]
    if field.name in ("principal", "opened_by", "asked_by", "created_by"):
        return f"staff:{make_user().pk}"
    if field.choices:
        return field.choices[0][0]
    return _plain(field, number)


def _plain(field: Any, number: int) -> Any:
    if _is(field, models.DateTimeField):
        return clock.now()
    if _is(field, models.DateField):
        return clock.now().date()
    if _is(field, models.UUIDField):
        return uuid7()
    if _is(field, models.DecimalField):
        return "0.1"
    if _is(field, models.BooleanField):
        return True
    if _is(field, models.IntegerField):
        return number
    if _is(field, models.JSONField):
        return {"a": 1}
    if hasattr(field, "base_field"):
        return []
    return f"x-{number}"[: field.max_length]


def _is(field: Any, kind: Any) -> bool:
    return isinstance(field, kind)
