"""From an order and a purpose to a message: the words of the template in the layout of the brand.

A template in ``templates/email/orders`` has the blocks ``subject`` and ``body``; the layout (text,
HTML or text message) shows the parts that the purpose names. A language may have a template of its
own in a folder of its name; otherwise the words are those of the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import select_template
from django.utils import translation
from django.utils.translation import gettext as _

from journeys.messaging.purposes import CODE, GOODS, PARCEL, PURPOSES, STORE, SUMS
from journeys.messaging.recipients import Recipient, recipient_of
from omni.messages.models import Basis, Medium
from omni.messages.operations import Draft, one_line, sender_of
from orders.sales.links import give_out_link
from orders.sales.models import Order
from orders.storefront.order_places import Day, Store
from orders.storefront.order_status import OrderStanding, Part, read_standing, units_of

PAGE = "/o/{token}"
ALL_DAY = timedelta(hours=23)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why somebody is written to now. ``reference`` is the idempotency: one message per occasion.

    ``work_id`` is the part of the order that it is about, ``quantities`` the units (by order line)
    where it is about some of them; ``facts`` are what the words need. ``email`` goes before what is
    known of the customer.
    """

    reference: str
    purpose: str
    order: Order
    work_id: UUID | None = None
    quantities: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    email: str = ""
    basis: str = Basis.ORDER


def compose(occasion: Occasion) -> Draft | None:
    """The message of an occasion in its reader's language; None where nobody can be told."""
    purpose = PURPOSES[occasion.purpose]
    to = recipient_of(occasion.order, purpose, email=occasion.email)
    if to is None:
        return None
    token = give_out_link(order_id=occasion.order.pk)
    with translation.override(to.locale):
        standing = read_standing(occasion.order, with_pictures=False)
        context = _context(occasion, standing, to, token)
        subject, text = _rendered(occasion.purpose, to, context)
        html = ""
        if to.medium == Medium.EMAIL:
            html = _render(
                occasion.purpose, to, context | {"subject": subject}, "email/layout.html"
            )
    order = occasion.order
    code = str(context.get("code", ""))
    return Draft(
        reference=occasion.reference,
        purpose=occasion.purpose,
        medium=to.medium,
        basis=occasion.basis,
        recipient=to.address,
        sender=sender_of(order.channel.brand_name, order.channel.sender_email)
        if to.medium == Medium.EMAIL
        else one_line(order.channel.brand_name),
        language=to.language,
        subject=subject,
        text=text,
        html=html,
        subject_kind="order",
        subject_id=str(order.pk),
        customer_id=order.customer_id,
        channel_id=order.channel_id,
        secrets=tuple(filter(None, (token, code))),
    )


_TEXT = {Medium.EMAIL: "email/layout.txt", Medium.SMS: "sms/layout.txt"}


def _context(
    occasion: Occasion, standing: OrderStanding, to: Recipient, token: str
) -> dict[str, Any]:
    order, shows = occasion.order, PURPOSES[occasion.purpose].shows
    part = next((each for each in standing.parts if each.row.pk == occasion.work_id), None)
    context: dict[str, Any] = {
        "brand": one_line(order.channel.brand_name),
        "storefront": order.channel.storefront_url,
        "number": order.number,
        "name": to.name,
        "status_url": settings.PUBLIC_URL.rstrip("/") + PAGE.format(token=token),
        "language": to.language,
        "css": _stylesheet(),
        **occasion.facts,
    }
    if GOODS in shows:
        goods = part.goods if part else standing.goods
        if occasion.quantities:
            goods = units_of(standing, occasion.quantities)
        context["goods"] = [one for one in goods if one.count]
        # Where only some units are told of, their price is not the matter.
        context["has_prices"] = SUMS in shows
    if SUMS in shows:
        context["sums"] = standing.sums
    stores = [part] if part else [each for each in standing.parts if each.is_pickup]
    if STORE in shows:
        context["stores"] = [_store(each, with_hours=part is not None) for each in stores]
    if CODE in shows and part:
        context["code"] = part.code
    if part and part.pickup and part.pickup.window_ends_at:
        context["collect_by"] = _moment(part.pickup.window_ends_at, part.store)
    if PARCEL in shows and part:
        context["parcels"] = part.parcels
    if occasion.purpose == "receipt":
        zone = ZoneInfo(order.location.time_zone if order.location else settings.TIME_ZONE)
        day = order.placed_at.astimezone(zone).date()
        context["bought_on"] = format_date(day, "long", locale=_locale())
    return context


def _store(part: Part, *, with_hours: bool) -> dict[str, Any]:
    """The hours where somebody is to come, the promise where it is not ready yet."""
    store = part.store
    due = part.row.due_at
    return {
        "name": store.name,
        "address": store.address,
        "phone": store.phone,
        "hours": [_day(day, store) for day in store.days] if with_hours else [],
        "due": _moment(due, store) if due and not part.waits else "",
    }


def _day(day: Day, store: Store) -> tuple[str, str]:
    """Mon 23 Nov, 09:00–19:00; no hours where it is closed."""
    hours = [
        _("open all day")
        if closes - opens >= ALL_DAY
        else f"{_hour(opens, store)}–{_hour(closes, store)}"
        for opens, closes in day.spans
    ]
    return format_skeleton("MMMEd", day.on, locale=_locale()), ", ".join(hours)


def _hour(moment: datetime, store: Store) -> str:
    return str(format_time(moment.astimezone(store.zone), "HH:mm", locale=_locale()))


def _moment(moment: datetime, store: Store) -> str:
    """Monday 23 November 19:00, by the clock of the store."""
    local = moment.astimezone(store.zone)
    day = format_skeleton("MMMMEEEEd", local.date(), locale=_locale())
    return f"{day} {_hour(moment, store)}"


def _locale() -> str:
    return (translation.get_language() or "en").replace("-", "_")


def _rendered(purpose: str, to: Recipient, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and text: the first line of what the layout gives is the subject."""
    whole = _render(purpose, to, context, _TEXT[Medium(to.medium)]).strip()
    subject, _blank, text = whole.partition("\n")
    return subject.strip(), _tidy(text) + "\n"


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, no blanks at the ends of lines."""
    kept: list[str] = []
    for line in text.strip().splitlines():
        bare = line.rstrip()
        if bare or (kept and kept[-1]):
            kept.append(bare)
    return "\n".join(kept)


def _render(purpose: str, to: Recipient, context: dict[str, Any], layout: str) -> str:
    own = f"email/orders/{to.language}/{purpose}.txt"
    template = select_template([own, f"email/orders/{purpose}.txt"])
    return str(template.render(context | {"layout": layout}))


@cache
def _stylesheet() -> str:
    """The one sheet of all mails. In the mail itself, because none of them may fetch anything."""
    path = finders.find("omni/mail.css")
    return Path(path).read_text(encoding="utf-8") if path else ""
