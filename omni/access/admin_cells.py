"""How a value of a row reads in the lists and forms of the back office.

Amounts with their currency, states as a word in its tone, yes and no in words, people and places
by their names. What an id means is registered by the app that has the table. The names of a whole
page are fetched together: a query for each kind of thing, however many rows there are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Model
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from omni.access import places
from omni.access.models import ScopeKind, User
from omni.access.names import names_of
from omni.core.money import Money

Names = Mapping[str, str]

NOTHING = "\u2013"
_PRINCIPAL = re.compile(r"(staff|key|channel|customer|visitor):[0-9a-f-]{36}|system")
_STATE = re.compile(r"(^|_)(status|state|logistics|money)$")
_TONES = {
    **dict.fromkeys(
        ("active", "live", "open", "paid", "captured", "succeeded", "sent", "confirmed", "settled",
         "completed", "fulfilled", "handed_over", "delivered", "granted", "ready", "done"), "good"),
    **dict.fromkeys(
        ("pending", "requested", "asked", "due", "new", "placed", "in_review", "requires_action",
         "late", "failing", "waiting", "held", "draft", "reconciling", "recount", "closing",
         "unknown", "partly_paid", "partly_settled", "on_hold", "parked"), "wait"),
    **dict.fromkeys(
        ("failed", "declined", "refused", "lost", "dead", "disabled", "disputed", "given_up",
         "exhausted"), "bad"),
    **dict.fromkeys(
        ("authorised", "accepted", "picking", "packed", "dispatched", "in_transit", "committed",
         "received", "inspected", "decided", "doing", "partly_fulfilled"), "info"),
}  # fmt: skip
_ICONS = {"good": "circle-check", "wait": "clock", "bad": "triangle-alert", "info": "info"}
# Where the currency of an amount stands, if not in its own row.
_VIA = ("shift", "store_day", "order", "payment", "channel", "safe", "register", "return_case")
_PEOPLE = frozenset({"staff_id", "assignee_id", "parked_by", "opened_by", "closed_by", "user_id"})
_PLACES = {
    "location_id": ScopeKind.LOCATION,
    "channel_id": ScopeKind.CHANNEL,
    "created_in": ScopeKind.CHANNEL,
}
# What the column is called where the amount is told with its currency.
_LABELS = {"price_minor": gettext_lazy("price")}
_MODELS: dict[str, type[Model]] = {}
_CODES: dict[tuple[str, str], Callable[[Any], str]] = {}


def name_ids(models_by_field: Mapping[str, type[Model]]) -> None:
    """Register whose ids a field holds where no ForeignKey says so."""
    _MODELS.update(models_by_field)


def name_codes(words_by_field: Mapping[tuple[str, str], Callable[[Any], str]]) -> None:
    """Register how codes read that are no choices of their field: by table and field."""
    _CODES.update(words_by_field)


# --- names ----------------------------------------------------------------------------------------


def prepare(rows: Iterable[Model], only: Iterable[Any] | None = None) -> None:
    """Fetch what people, places and things in these rows are called, all together."""
    rows = [row for row in rows if row.pk is not None]
    wanted = None if only is None else set(only)
    principals: set[str] = set()
    ids: dict[type[Model], set[UUID]] = defaultdict(set)
    for row in rows:
        for field in row._meta.fields:  # noqa: SLF001
            if wanted is not None and field.name not in wanted:
                continue
            value = row.__dict__.get(field.attname)
            if isinstance(value, str) and _PRINCIPAL.fullmatch(value):
                principals.add(value)
            elif isinstance(value, UUID) and (model := _model_of(row, field)):
                ids[model].add(value)
            elif field.name == "scope_ids" and value and (model := _scope_model(row)):
                ids[model].update(value)
    names: dict[str, str] = names_of(principals) if principals else {}
    for model, keys in ids.items():
        found = model._base_manager.in_bulk(keys)  # noqa: SLF001
        names.update((str(pk), str(each)) for pk, each in found.items())
    for row in rows:
        row._names = names  # type: ignore[attr-defined]  # noqa: SLF001


def _model_of(row: Model, field: Any) -> type[Model] | None:
    if field.is_relation or not isinstance(field, models.UUIDField):
        return None
    if field.name == "scope_id":
        return _scope_model(row)
    if field.name in _PEOPLE:
        return User
    if field.name in _PLACES:
        return places.model_of(_PLACES[field.name])
    return _MODELS.get(field.name)


def _scope_model(row: Model) -> type[Model] | None:
    kind = getattr(row, "scope_kind", "")
    return places.model_of(kind) if kind in (ScopeKind.LOCATION, ScopeKind.CHANNEL) else None


def _names(row: Model) -> Names:
    if not hasattr(row, "_names"):
        prepare([row])
    return getattr(row, "_names", {})


# --- values ---------------------------------------------------------------------------------------


def cell(row: Model, name: str) -> SafeString | str | None:
    """The value as people read it; None where Django's own way is right."""
    try:
        field: Any = row._meta.get_field(name)  # noqa: SLF001
    except FieldDoesNotExist:
        return None
    told = _teller(field)
    if told is None:
        return None
    value = field.value_from_object(row)
    if value is None or value == "" or value == [] or value == {}:
        return format_html('<span class="faint">{}</span>', NOTHING)
    return told(row, field, value)


def column(model: type[Model], name: Any) -> Any:
    """A column of a list: the name itself, or what tells its values in its place."""
    return _column(model, name) if isinstance(name, str) else name


@lru_cache(maxsize=1024)
def _column(model: type[Model], name: str) -> Any:
    try:
        field: Any = model._meta.get_field(name)  # noqa: SLF001
    except FieldDoesNotExist:
        return name
    if _teller(field) is None:
        return name

    def told(row: Model) -> Any:
        return cell(row, name)

    # Django makes the class of the cell of this name.
    told.__name__ = f"{name} r" if isinstance(field, models.IntegerField) else name
    told.short_description = label_of(field)  # type: ignore[attr-defined]
    told.admin_order_field = name  # type: ignore[attr-defined]
    return told


Teller = Callable[[Model, Any, Any], "SafeString | str | None"]


def _teller(field: Any) -> Teller | None:
    if field.is_relation:
        return None
    if (field.model._meta.label_lower, field.name) in _CODES:  # noqa: SLF001
        return _coded
    if isinstance(field, models.BooleanField):
        return _yes_or_no
    if isinstance(field, models.JSONField):
        return _facts
    if field.choices:
        return _state if _STATE.search(field.name) else _choice
    if isinstance(field, models.IntegerField) and not field.primary_key:
        return _amount if field.name.endswith("_minor") else _number
    if isinstance(field, models.UUIDField) and not field.primary_key:
        return _thing
    if isinstance(field, models.CharField) and not field.primary_key:
        return _text
    base = getattr(field, "base_field", None)
    return _things if isinstance(base, models.UUIDField) else None


def _coded(row: Model, field: Any, value: Any) -> str:
    return _CODES[field.model._meta.label_lower, field.name](value)  # noqa: SLF001


def _yes_or_no(row: Model, field: Any, value: Any) -> SafeString:
    if value:
        return format_html('<span class="yes">{}{}</span>', _icon("check"), _("Yes"))
    return format_html('<span class="faint">{}</span>', _("No"))


def _choice(row: Model, field: Any, value: Any) -> str:
    return str(capfirst(str(dict(field.flatchoices).get(value, value))))


def _state(row: Model, field: Any, value: Any) -> SafeString:
    tone = _TONES.get(str(value), "")
    if row._meta.label_lower in ("omni.incident", "omni.task") and value == "open":  # noqa: SLF001
        tone = "wait"
    shown = _icon(_ICONS.get(tone, "circle"))
    return format_html('<span class="chip {}">{}{}</span>', tone, shown, _choice(row, field, value))


def _number(row: Model, field: Any, value: Any) -> str:
    return str(value)


def _amount(row: Model, field: Any, value: Any) -> str:
    currency = currency_of(row)
    return str(Money(value, currency)) if currency else str(value)


def currency_of(row: Any) -> str:
    """The currency of a row's amounts: its own, or that of what it belongs to."""
    own = getattr(row, "currency", "")
    if own:
        return str(own)
    for name in _VIA:
        if getattr(row, f"{name}_id", None) is not None:
            found = currency_of(getattr(row, name))
            if found:
                return found
    return ""


def label_of(field: Any) -> Any:
    """What a field is called where its amount is written with its currency."""
    return _LABELS.get(field.name, field.verbose_name)


def has_currency(model: type[Model]) -> bool:
    """Whether the amounts of a table are of a currency that is known."""
    names = {field.name for field in model._meta.fields}  # noqa: SLF001
    return "currency" in names or not names.isdisjoint(_VIA)


def _text(row: Model, field: Any, value: Any) -> str | None:
    if _PRINCIPAL.fullmatch(value):
        return _names(row).get(value, value)
    return str(value)


def _thing(row: Model, field: Any, value: Any) -> SafeString | str:
    known = _names(row).get(str(value))
    if known:
        return known
    return format_html('<span class="id" title="{}">…{}</span>', value, str(value)[-8:])


def _things(row: Model, field: Any, value: Any) -> str:
    names = _names(row)
    return ", ".join(names.get(str(each), str(each)) for each in value)


def _facts(row: Model, field: Any, value: Any) -> SafeString | str:
    """What is kept as names and values, as such."""
    if not isinstance(value, dict):
        return str(value)
    return format_html(
        '<dl class="kv facts">{}</dl>',
        format_html_join("", "<dt>{}</dt><dd>{}</dd>", ((k, _plain(v)) for k, v in value.items())),
    )


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return NOTHING if value in (None, "") else str(value)


def _icon(name: str) -> SafeString:
    href = f"{static('omni/icons.svg')}#i-{name}"
    return format_html('<svg class="i" aria-hidden="true"><use href="{}"/></svg>', href)
