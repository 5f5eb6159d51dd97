"""What head office sees of one customer beside the facts: orders, messages, notes, who changed and
who looked. Each is one query, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.profiles.models import Customer, Note
from omni.access.actor import Actor
from omni.access.models import AccessLog
from omni.access.names import names_of
from omni.messages.models import Message
from orders.sales.models import Order
from orders.sales.queries import orders_visible_to

MOST = 12
LOOKS = 60
TOGETHER = timedelta(hours=1)
_FIELDS = {
    "name": gettext_lazy("name"),
    "given_name": gettext_lazy("given name"),
    "family_name": gettext_lazy("family name"),
    "language": gettext_lazy("language"),
    "country": gettext_lazy("country"),
    "status": gettext_lazy("status"),
    "kind": gettext_lazy("kind"),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of what was done with a record: changed, written down, or looked at."""

    at: datetime
    text: str
    who: str
    icon: str
    detail: str = ""


def orders_of(actor: Actor, customer_id: UUID) -> list[Order]:
    """The newest orders that the actor may see."""
    rows = orders_visible_to(actor).filter(customer_id=customer_id)
    return list(rows.select_related("channel", "location").order_by("-placed_at", "-id")[:MOST])


def messages_to(customer_id: UUID) -> list[Message]:
    """The newest messages that were sent to them."""
    return list(Message.objects.filter(customer_id=customer_id).order_by("-id")[:MOST])


def activity_of(customer: Customer) -> list[Happened]:
    """Notes, changes of the profile and looks at it, together in the order of time."""
    notes = list(Note.objects.filter(customer_id=customer.id).order_by("-id")[:MOST])
    looks = list(
        AccessLog.objects.filter(
            kind__in=["customer", "customer.timeline", "customer.contact"],
            subject_id=str(customer.id),
        ).order_by("-id")[:LOOKS]
    )
    history = apps.get_model("customers", "CustomerHistory")
    rows = history.objects.filter(pgh_obj_id=customer.id).select_related("pgh_context")
    olds = list(rows.order_by("-pgh_created_at", "-pgh_id")[:MOST])
    changes = _changes(customer, olds)
    names = names_of([note.principal for note in notes] + [who for _at, _text, who in changes])
    found = [
        Happened(
            note.written_at, _("Note"), names.get(note.principal, ""), "notebook-pen", note.text
        )
        for note in notes
    ]
    found += [Happened(at, text, names.get(who, ""), "pencil") for at, text, who in changes]
    found += [Happened(look.at, _look(look.kind), look.name, "eye", look.reason) for look in looks]
    return sorted(found, key=lambda each: each.at, reverse=True)


def _folded(looks: Sequence[AccessLog]) -> list[Happened]:
    """Looks of one person in one hour as one line."""
    found: list[Happened] = []
    times = 1
    for look in sorted(looks, key=lambda each: each.kind):  # stays the newest first
        text = _look(look.kind)
        last = found[-1] if found else None
        is_same = last is not None and (last.detail, last.who) == (text, look.name)
        if last is not None and is_same and last.at - look.at < TOGETHER:
            times += 1
            many = _("%(what)s, %(n)d times") % {"what": text, "n": times}
            found[-1] = replace(last, text=many)
        else:
            times = 1
            found.append(Happened(look.at, text, look.name, "eye", text))
    return found


def _look(kind: str) -> str:
    if kind == "customer.contact":
        return _("Contact details shown")
    return _("History opened") if kind == "customer.timeline" else _("Record opened")


def _changes(customer: Customer, olds: Sequence[Any]) -> list[tuple[datetime, str, str]]:
    """What each change made of the record: a row holds how it was before."""
    found = []
    after: Any = customer
    for old in olds:
        changed = [
            _("%(field)s: %(old)s → %(new)s")
            % {
                "field": _FIELDS[name],
                "old": getattr(old, name) or "–",
                "new": getattr(after, name) or "–",
            }
            for name in _FIELDS
            if getattr(old, name) != getattr(after, name)
        ]
        context = old.pgh_context.metadata if old.pgh_context else {}
        if changed:
            who = str(context.get("principal") or context.get("user") or "")
            found.append((old.pgh_created_at, ", ".join(changed), who))
        after = old
    return found
