"""A customer's page in words: head, facts, days, filters and an opened entry, as values that the
template only places."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.consent.models import Purpose
from customers.identity.queries import mask
from customers.profiles.models import Customer
from journeys.timeline.acting import page
from journeys.timeline.detail import Detail, order_detail, return_detail
from journeys.timeline.dossier import Dossier
from journeys.timeline.entries import Entry, last_seen
from journeys.timeline.open_rows import Moment
from journeys.timeline.reading import SHOWN, Day, Read, Wanted
from journeys.timeline.stages import Stage, stage_of
from omni.screens import words

_CONSENTS = {
    Purpose.EMAIL_MARKETING.value: gettext_lazy("E-mail"),
    Purpose.SMS_MARKETING.value: gettext_lazy("SMS"),
    Purpose.PUSH_MARKETING.value: gettext_lazy("App"),
}
_IDENTIFIER_ICONS = {
    "email": "mail", "phone": "phone", "loyalty_card": "credit-card", "device": "smartphone",
    "external": "link",
}  # fmt: skip


def customer_url(customer_id: UUID, **query: Any) -> str:
    """The address of a customer's page."""
    return page("customer", customer_id, **query)


def head(customer: Customer, dossier: Dossier, found: Read, at: Moment) -> dict[str, Any]:
    bought = dossier.purchases
    stage = stage_of(orders=bought.orders, last_at=bought.last_at, now=at.now)
    seen = last_seen(found.latest)
    return {
        "since": words.month(customer.created_at, at.zone),
        "language": words.language_name(customer.language) if customer.language else "",
        "bought": bought,
        "stage": stage.label,
        "stages": [each == stage for each in Stage],
        "consents": [
            {"label": _CONSENTS[each["purpose"]], "is_granted": each["is_granted"]}
            for each in dossier.consents
            if each["purpose"] in _CONSENTS
        ],
        "seen": {"icon": seen.channel_icon, "where": seen.where, "ago": at.ago(seen.at)}
        if seen
        else None,
    }


def touch(entry: Entry, at: Moment) -> dict[str, Any]:
    return {"entry": entry, "ago": at.ago(entry.at)}


def facts(dossier: Dossier, at: Moment, *, is_revealed: bool) -> dict[str, Any]:
    """The right column. Contact details are masked until they are needed."""
    return {
        "is_revealed": is_revealed,
        "identifiers": [
            {
                "id": row["id"],
                "icon": _IDENTIFIER_ICONS.get(row["kind"], "id-card"),
                "value": row["value"] if is_revealed else mask(row["kind"], row["value"]),
                "namespace": row["namespace"],
                "is_verified": row["is_verified"],
                "since": words.month(row["created_at"], at.zone),
            }
            for row in dossier.identifiers
            if row["kind"] != "device"
        ],
        "addresses": [
            {
                "street": row["street"] if is_revealed else _masked_street(row["street"]),
                "town": " ".join(filter(None, [row["postal_code"], row["city"]])),
                "label": row["label"],
                "is_default": row["is_default"],
            }
            for row in dossier.addresses
        ],
        "consents": [
            {
                "purpose": row["purpose"],
                "label": Purpose(row["purpose"]).label,
                "is_granted": row["is_granted"],
                "on": words.plain_day(row["occurred_at"].astimezone(at.zone)),
            }
            for row in dossier.consents
        ],
        "visitors": [
            {
                "on": words.plain_day(row["linked_at"].astimezone(at.zone), with_year=True),
                "until": row["until_at"] and words.plain_day(row["until_at"].astimezone(at.zone)),
            }
            for row in dossier.visitors
        ],
    }


def _masked_street(street: str) -> str:
    """The street without what tells the house: digits become dots."""
    return "".join("•" if sign.isdigit() else sign for sign in street)


def day(one: Day, at: Moment, *, after: str) -> dict[str, Any]:
    """One day with its entries; its name is not told again behind the page that began it."""
    on = one.on
    here = at.now.astimezone(at.zone).date()
    near = {0: _("Today"), 1: _("Yesterday")}.get((here - on).days, "")
    return {
        "near": near,
        "on": words.weekday(on) if on.year == here.year else words.plain_day(on, with_year=True),
        "is_continued": on.isoformat() == after,
        "entries": [{"entry": each, "hour": words.hour(each.at, at.zone)} for each in one.entries],
    }


def kept(wanted: Wanted) -> dict[str, str]:
    """What the address keeps when one goes on."""
    until = wanted.until.isoformat() if wanted.until else ""
    given = {"show": wanted.show, "q": wanted.search, "until": until}
    return {name: value for name, value in given.items() if value}


def filters(customer_id: UUID, wanted: Wanted) -> list[dict[str, Any]]:
    keep = {name: value for name, value in kept(wanted).items() if name != "show"}
    every = {"label": _("All"), "url": customer_url(customer_id, **keep), "here": not wanted.show}
    return [
        every,
        *(
            {
                "label": label,
                "url": customer_url(customer_id, **keep, show=name),
                "here": wanted.show == name,
            }
            for name, (label, _kinds) in SHOWN.items()
        ),
    ]


def detail(entry: Entry, customer_id: UUID, at: Moment) -> dict[str, Any]:
    """What an opened entry shows: goods and sums where it is about money, and its other rows."""
    found: Detail | None = None
    if entry.return_id:
        found = return_detail(return_id=UUID(entry.return_id), customer_id=customer_id)
    if found is None and entry.order_id:
        found = order_detail(order_id=UUID(entry.order_id), customer_id=customer_id)
    return {
        "money": found,
        "also": [
            {"line": each["line"], "hour": words.hour(each["at"], at.zone)} for each in entry.also
        ],
        "order_url": page("order", entry.order_id) if entry.order_id else "",
    }
