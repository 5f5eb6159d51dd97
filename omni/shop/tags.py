"""The template tags of the shop: ``{% load shop %}``. They read what the API answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from omni.screens import tags as screens
from omni.screens import words

register = template.Library()
# The methods by which goods come to an address.
SENT = frozenset({"ship", "local_delivery"})
# Paint for the colours that merchants name; a colour without paint is told by its picture.
PAINTS = frozenset(
    {
        "black", "white", "grey", "navy", "blue", "sky", "indigo", "teal", "mint", "moss", "green",
        "honey", "camel", "cognac", "sand", "oat", "ecru", "natural", "rust", "wine", "red",
        "espresso",
    }
)  # fmt: skip


@register.filter
def price(amount: Mapping[str, Any] | None) -> str:
    """Money of the API as people write it."""
    return screens.money(amount["amount"], amount["currency"]) if amount else ""


@register.filter
def is_sent(cart: Mapping[str, Any]) -> bool:
    """Whether anything in a cart goes to an address."""
    return any(line["method"] in SENT for line in cart["lines"])


@register.filter
def moment(told: str | None) -> str:
    """14:30 today, else with its day, in the zone of the page."""
    at = _read(told)
    return words.when(at, timezone.get_current_timezone(), datetime.now(UTC)) if at else ""


@register.filter
def hour_at(told: str | None, zone: str) -> str:
    """14:30 by the wall of a place, with its day if that is not today."""
    at = _read(told)
    return words.when(at, ZoneInfo(zone), datetime.now(UTC)) if at else ""


@register.filter
def clock_at(told: str, zone: str) -> str:
    """14:30 by the wall of a place."""
    return words.hour(datetime.fromisoformat(told), ZoneInfo(zone))


@register.filter
def day_of(told: str | None) -> str:
    """Wed 26 Nov."""
    at = _read(told)
    return words.day(at, timezone.get_current_timezone(), datetime.now(UTC)) if at else ""


@register.filter
def weekday_of(told: str) -> str:
    """Monday 23 November."""
    return words.weekday(datetime.fromisoformat(told).date())


@register.filter
def country(code: str) -> str:
    """France, for FR."""
    return str(Locale.parse(words.locale()).territories.get(code, code))


@register.filter
def kilometres(distance: float | None) -> str:
    """850 m, 3.2 km, 412 km."""
    if distance is None:
        return ""
    if distance < 1:
        return f"{round(distance * 20) * 50} m"
    return f"{distance:.1f} km" if distance < 10 else f"{distance:.0f} km"


@register.filter
def paint(value: str) -> str:
    """The class of a colour, or nothing."""
    return f"paint-{value.lower()}" if value.lower() in PAINTS else ""


@register.simple_tag
def photo(picture: Mapping[str, str] | None, eager: bool = False) -> SafeString:
    """A product's picture in its frame, or a quiet placeholder."""
    if not picture:
        return format_html('<span class="photo">{}</span>', screens.icon("image"))
    return format_html(
        '<span class="photo"><img src="{}" alt="{}" width="640" height="640" loading="{}"'
        ' decoding="async"></span>',
        screens.shown_at(picture["url"]), picture["alt"], "eager" if eager else "lazy",
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """The address of this page with other filters; an empty value takes one out."""
    query = context["request"].GET.copy()
    query.pop("cursor", None)
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else context["request"].path


def _read(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
