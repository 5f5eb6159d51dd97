"""Entries of a timeline in words and pictures, for staff: what, how it looks, who and where.

Also what stands above the fold: the last touches, and when and where somebody was last seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journeys.timeline.folding import BROWSING, Fold, Row, fold
from journeys.timeline.kinds import NO_SALE_REASONS
from journeys.timeline.naming import Named, Names, order_of, product_slug
from omni.events.phrases import say

PICTURES = 4
TOUCHES = 3
_CHANNEL_ICONS = {
    "web": "globe", "app": "smartphone", "store": "store", "social": "share-2",
    "marketplace": "shopping-bag", "phone": "phone", "agent": "user-round",
}  # fmt: skip
# By the whole kind, else by its first word: icon and tone.
_LOOKS: dict[str, tuple[str, str]] = {
    "page": ("eye", ""),
    "search": ("search", ""),
    "ad": ("megaphone", ""),
    "store.visited": ("store", ""),
    "call": ("phone-incoming", ""),
    "call.out": ("phone-outgoing", ""),
    "chat": ("message-circle", ""),
    "message": ("mail", ""),
    "no_sale": ("notebook-pen", ""),
    "note": ("notebook-pen", ""),
    "cart": ("shopping-cart", ""),
    "order": ("receipt-text", "teal"),
    "order.failed": ("circle-alert", "wait"),
    "order.cancelled": ("circle-x", ""),
    "order.confirmed": ("circle-check", ""),
    "order.completed": ("circle-check", ""),
    "sale": ("receipt-text", "teal"),
    "payment": ("credit-card", ""),
    "payment.failed": ("circle-alert", "wait"),
    "refund": ("hand-coins", ""),
    "refund.failed": ("circle-alert", "wait"),
    "pickup": ("package", ""),
    "pickup.ready": ("package-check", "teal"),
    "pickup.arrived": ("bell-ring", "wait"),
    "pickup.handed_over": ("hand-helping", "teal"),
    "pickup.not_collected": ("package-x", "wait"),
    "fulfilment": ("package", ""),
    "fulfilment.line_short": ("package-x", "wait"),
    "fulfilment.rejected": ("package-x", "wait"),
    "shipment": ("truck", ""),
    "shipment.dispatched": ("truck", "teal"),
    "shipment.delivered": ("package-check", "teal"),
    "shipment.lost": ("truck", "wait"),
    "return": ("undo-2", "teal"),
    "consent": ("shield-check", "good"),
    "customer.blocked": ("ban", "wait"),
    "customer": ("user-round", ""),
    "identifier": ("id-card", ""),
    "account": ("user-check", ""),
    "session": ("log-in", ""),
    "piece": ("bookmark", "teal"),
}
# What the customer did or said themselves: by these they are seen.
_BY_CUSTOMER = frozenset({
    "page.viewed", "search.made", "ad.clicked", "cart.line_added", "cart.opened", "session.started",
    "account.created", "store.visited", "call.noted", "chat.line", "sale.completed",
    "pickup.arrived", "pickup.handed_over", "order.placed", "return.requested", "return.received",
    "no_sale.noted",
})  # fmt: skip
# Nobody is touched by bookkeeping.
_NO_TOUCH = frozenset({
    "customer.created", "customer.changed", "identifier.added", "identifier.verified",
    "identifier.removed", "order.confirmed", "order.completed", "payment.voided", "session.ended",
})  # fmt: skip
_NUMBERED = ("order", "sale", "payment", "refund", "pickup", "shipment", "fulfilment")
_OPENS = ("order", "sale", "payment", "refund", "pickup", "shipment", "fulfilment", "return")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a page shows it. ``strong`` leads the line, ``quote`` are somebody's words."""

    id: int
    at: datetime
    kind: str
    strong: str
    text: str
    quote: str
    icon: str
    tone: str
    where: str
    staff: str
    pictures: Sequence[Named]
    rows: Sequence[Row]
    also: Sequence[dict[str, Any]]
    order_id: str
    return_id: str
    can_open: bool
    channel_icon: str
    channel: str

    @property
    def line(self) -> str:
        """The whole line as text."""
        return f"{self.strong}{self.text}" + (f" “{self.quote}”" if self.quote else "")


def told(rows: Sequence[Row], names: Names) -> list[Entry]:
    """The entries of rows, the newest first."""
    return [_entry(one, names) for one in fold(rows)]


def _entry(one: Fold, names: Names) -> Entry:
    row = one.lead
    strong, text, quote = _words(one, names)
    icon, tone = _look(row)
    channel = names.one("channel", row["channel_id"])
    place = names.one("location", row["location_id"])
    staff = names.one("staff", row["staff_id"])
    order = order_of(row)
    return Entry(
        id=row["id"],
        at=row["occurred_at"],
        kind=row["kind"],
        strong=strong,
        text=text,
        quote=quote,
        icon=icon,
        tone=tone,
        where=_where(row, place, channel),
        staff=staff.name if staff else "",
        pictures=_pictures(one, names),
        rows=one.rows,
        also=_also(one, names),
        order_id=order,
        return_id=str(row["data"].get("return_id") or ""),
        can_open=len(one.rows) > 1 or (bool(order) and row["kind"].startswith(_OPENS)),
        channel_icon=_channel_icon(row, channel),
        channel=_where(row, place, channel) or _("Automatic"),
    )


def _look(row: Row) -> tuple[str, str]:
    kind = row["kind"]
    if kind == "call.noted" and row["data"].get("direction") == "out":
        kind = "call.out"
    return _LOOKS.get(kind) or _LOOKS.get(kind.partition(".")[0]) or ("circle-dot", "")


def _channel_icon(row: Row, channel: Named | None) -> str:
    if row["kind"].startswith(("call.", "chat.", "note.", "no_sale.", "message.")):
        return _look(row)[0]
    if row["location_id"] and not row["kind"].startswith("cart."):
        return "store"
    return _CHANNEL_ICONS.get(channel.sort, "globe") if channel else _look(row)[0]


def _where(row: Row, place: Named | None, channel: Named | None) -> str:
    is_online = row["kind"].startswith(("cart.", "page.", "search.", "session."))
    named = channel or place if is_online else place or channel
    parts = [named.name] if named else []
    if row["device"] and len(row["device"]) < 30 and row["kind"].startswith(("page.", "session.")):
        parts.append(row["device"])
    return ", ".join(parts)


# --- words ----------------------------------------------------------------------------------------


def _words(one: Fold, names: Names) -> tuple[str, str, str]:
    """What leads, what follows, and what somebody said."""
    row, facts = one.lead, one.lead["data"]
    kind = row["kind"]
    if kind in BROWSING:
        return "", _viewed(one, names), ""
    if kind == "note.written":
        note = names.one("note", facts.get("note_id"))
        return _("Note"), ": " if note else "", note.name if note else ""
    if kind in ("call.noted", "chat.line"):
        return *_said(kind, facts), str(facts.get("text", ""))
    if kind == "store.visited":
        return _("Visited the store"), ": " if facts.get("note") else "", facts.get("note", "")
    if kind == "no_sale.noted":
        why = NO_SALE_REASONS.get(str(facts.get("reason")), "–")
        said = str(facts.get("text", ""))
        return _("No sale"), f", {why}" + (": " if said else ""), said
    if kind == "cart.line_added":
        goods = names.one("variant", facts.get("variant_id"))
        if goods:
            return _("Put into the cart"), f": {goods.name}", ""
    strong, text = _halves(_numbered(one, say(kind, facts), names))
    if kind.startswith(("return.", "sale.")):
        text += "".join(
            f" · {say(each['kind'], each['data'])}"
            for each in one.rest
            if each["kind"] in ("refund.succeeded", "payment.captured")
        )
    return (strong, text, "") if _look(row)[1] else ("", strong + text, "")


def _said(kind: str, facts: Any) -> tuple[str, str]:
    if kind == "call.noted":
        is_ours = facts.get("direction") == "out"
        return (_("We called") if is_ours else _("Called us")), ": "
    is_ours = facts.get("author") == "staff"
    return (_("We wrote") if is_ours else _("Wrote")), ": "


def _numbered(one: Fold, line: str, names: Names) -> str:
    """The line with the number of its order, where it does not say one."""
    number = names.one("number", order_of(one.lead))
    if number is None or number.name in line or not one.lead["kind"].startswith(_NUMBERED):
        return line
    return f"{line}, {number.name}"


def _halves(line: str) -> tuple[str, str]:
    """What stands out, and the rest: up to the first sign that parts a sentence."""
    cuts = [at for sign in (", ", ": ", " (", "; ") if (at := line.find(sign)) > 0]
    at = min(cuts, default=len(line))
    return line[:at], line[at:]


def _viewed(one: Fold, names: Names) -> str:
    goods = {each.name: each for row in one.rows if (each := _product(row, names))}
    if len(one.rows) == 1:
        return say(one.lead["kind"], one.lead["data"])
    if len(goods) < 2:
        return ngettext("Viewed %(n)d page", "Viewed %(n)d pages", len(one.rows)) % {
            "n": len(one.rows)
        }
    sorts = Counter(each.sort for each in goods.values() if each.sort)
    line = ngettext("Viewed %(n)d product", "Viewed %(n)d products", len(goods)) % {"n": len(goods)}
    most = sorts.most_common(1)
    if most and most[0][1] * 2 > len(goods):
        return _("%(viewed)s, mostly %(sort)s") % {"viewed": line, "sort": most[0][0]}
    return line


def _product(row: Row, names: Names) -> Named | None:
    facts = row["data"]
    return names.one("product", facts.get("product_id")) or names.one("slug", product_slug(facts))


def _pictures(one: Fold, names: Names) -> list[Named]:
    row = one.lead
    found: dict[str, Named] = {}
    if row["kind"] in BROWSING:
        for each in one.rows:
            if goods := _product(each, names):
                found.setdefault(goods.name, goods)
    elif goods := names.one("variant", row["data"].get("variant_id")):
        found[goods.name] = goods
    elif row["kind"] in ("order.placed", "sale.completed"):
        found = {each.name: each for each in names.all("order", order_of(row))}
    return [each for each in found.values() if each.picture][:PICTURES]


def _also(one: Fold, names: Names) -> list[dict[str, Any]]:
    """The other rows of an entry, each in a line; of a stroll all of them."""
    if one.lead["kind"] in BROWSING and one.rest:
        return [
            {
                "line": goods.name
                if (goods := _product(row, names))
                else say(row["kind"], row["data"]),
                "at": row["occurred_at"],
            }
            for row in one.rows
        ]
    return [{"line": say(row["kind"], row["data"]), "at": row["occurred_at"]} for row in one.rest]


# --- above the fold -------------------------------------------------------------------------------


def asked_by_customer(entry: Entry) -> bool:
    """Whether it is a question or a wish of the customer."""
    facts = entry.rows[0]["data"]
    if entry.kind == "call.noted":
        return bool(facts.get("direction") != "out")
    if entry.kind == "chat.line":
        return bool(facts.get("author") != "staff")
    return entry.kind in ("return.requested", "no_sale.noted")


def last_touches(entries: Sequence[Entry]) -> list[Entry]:
    """The last three touches; what the customer last asked is always one of them."""
    touches = [entry for entry in entries if entry.kind not in _NO_TOUCH]
    shown = touches[:TOUCHES]
    asked = next((entry for entry in touches if asked_by_customer(entry)), None)
    if asked is not None and asked not in shown:
        shown = [*shown[: TOUCHES - 1], asked]
    return shown


def last_seen(entries: Sequence[Entry]) -> Entry | None:
    """The newest entry of something that the customer did themselves."""
    return next((entry for entry in entries if entry.kind in _BY_CUSTOMER), None)
