"""What happened to carts, orders, pickups, payments and returns, in plain words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from omni.events.phrases import Facts, amount, register


def _count(facts: Facts) -> int:
    """Units an event is about; 1 where an old event does not tell."""
    quantities = facts.get("quantities") or {}
    return sum(int(quantity) for quantity in quantities.values()) or 1


def _line_added(facts: Facts) -> str:
    count = int(facts.get("quantity", 1))
    return ngettext("Put %(n)d item into the cart", "Put %(n)d items into the cart", count) % {
        "n": count
    }


def _placed(facts: Facts) -> str:
    count = sum(int(line.get("quantity", 1)) for line in facts.get("lines") or ())
    text = ngettext(
        "Ordered %(n)d item for %(total)s (%(number)s)",
        "Ordered %(n)d items for %(total)s (%(number)s)",
        count,
    )
    total = amount(facts, "total_minor")
    return text % {"n": count, "total": total, "number": facts.get("number", "–")}


def _cancelled(facts: Facts) -> str:
    if facts.get("is_whole"):
        return _("The order was cancelled")
    count = _count(facts)
    return ngettext(
        "%(n)d item of the order was cancelled", "%(n)d items of the order were cancelled", count
    ) % {"n": count}


def _accepted(facts: Facts) -> str:
    if facts.get("method") == "pickup":
        return _("The store accepted the pickup")
    return _("The order is being prepared")


def _short(facts: Facts) -> str:
    count = _count(facts)
    return ngettext("%(n)d item could not be found", "%(n)d items could not be found", count) % {
        "n": count
    }


def _handed_over(facts: Facts) -> str:
    count = _count(facts)
    if facts.get("is_partial"):
        text = ngettext("Collected %(n)d item of several", "Collected %(n)d items of more", count)
    else:
        text = ngettext("Collected %(n)d item", "Collected %(n)d items", count)
    return text % {"n": count}


def _dispatched(facts: Facts) -> str:
    if facts.get("tracking_number"):
        return _("Sent by %(carrier)s (%(tracking_number)s)") % facts
    return _("Sent by %(carrier)s") % {"carrier": facts.get("carrier", "–")}


def _paid(facts: Facts) -> str:
    return _("Paid %(amount)s (%(tender)s)") % {"amount": amount(facts), "tender": _tender(facts)}


def _authorised(facts: Facts) -> str:
    return _("Payment of %(amount)s authorised (%(tender)s)") % {
        "amount": amount(facts),
        "tender": _tender(facts),
    }


def _refunded(facts: Facts) -> str:
    return _("Got %(amount)s back (%(tender)s)") % {
        "amount": amount(facts),
        "tender": _tender(facts),
    }


def _tender(facts: Facts) -> str:
    tender = str(facts.get("tender", ""))
    return str(_TENDERS.get(tender, tender or "–"))


def _return(text: str, facts: Facts) -> str:
    return text % {
        "n": _count(facts),
        "number": facts.get("number", "–"),
        "amount": amount(facts, "refund_minor"),
    }


def _requested(facts: Facts) -> str:
    text = ngettext(
        "Asked to return %(n)d item (%(number)s)",
        "Asked to return %(n)d items (%(number)s)",
        _count(facts),
    )
    return _return(text, facts)


def _received(facts: Facts) -> str:
    text = ngettext(
        "Brought back %(n)d item (%(number)s)",
        "Brought back %(n)d items (%(number)s)",
        _count(facts),
    )
    return _return(text, facts)


def _exchanged(facts: Facts) -> str:
    difference = int(facts.get("difference_minor") or 0)
    if difference > 0:
        return _("Exchanged, paid %(amount)s on top") % {
            "amount": amount(facts, "difference_minor")
        }
    if difference < 0:
        back = amount({**facts, "difference_minor": -difference}, "difference_minor")
        return _("Exchanged, got %(amount)s back") % {"amount": back}
    return _("Exchanged at the same price")


def _sold(facts: Facts) -> str:
    return _("Bought at the till for %(amount)s") % {"amount": amount(facts, "total_minor")}


def _voided(facts: Facts) -> str:
    return _("The sale at the till of %(amount)s was voided") % {
        "amount": amount(facts, "total_minor")
    }


def _kept(facts: Facts) -> str:
    count = int(facts.get("quantity") or 1)
    text = ngettext("We keep %(n)d × %(name)s", "We keep %(n)d × %(name)s", count)
    return text % {"n": count, "name": facts.get("name") or "–"}


_TENDERS = {
    "cash": gettext_lazy("cash"),
    "card_terminal": gettext_lazy("card at the terminal"),
    "online": gettext_lazy("card online"),
    "on_account": gettext_lazy("on account"),
}

register(
    {
        "cart.claimed": gettext_lazy("Took the cart along after signing in"),
        "cart.expired": gettext_lazy("Left a cart behind"),
        "cart.held": gettext_lazy("Items were kept for the cart"),
        "cart.line_added": _line_added,
        "cart.opened": gettext_lazy("Opened the cart by its code elsewhere"),
        "order.placed": _placed,
        "order.confirmed": gettext_lazy("The order %(number)s was confirmed"),
        "order.completed": gettext_lazy("The order %(number)s is complete"),
        "order.failed": gettext_lazy("The order %(number)s was not paid in time"),
        "order.cancelled": _cancelled,
        "order.contact_corrected": gettext_lazy("The address for messages was corrected"),
        "fulfilment.accepted": _accepted,
        "fulfilment.cancelled": gettext_lazy("The work on the order was stopped"),
        "fulfilment.line_short": _short,
        "fulfilment.put_back": gettext_lazy("The items went back on sale"),
        "fulfilment.rejected": gettext_lazy("The store could not do it"),
        "fulfilment.rerouted": gettext_lazy("Another location took it over"),
        "pickup.ready": gettext_lazy("The pickup is ready"),
        "pickup.taken_back": gettext_lazy("The pickup had to be picked again"),
        "pickup.extended": gettext_lazy("Got more time to collect"),
        "pickup.delegated": gettext_lazy("Said who will collect"),
        "pickup.arrived": gettext_lazy("Said “I am here”"),
        "pickup.handed_over": _handed_over,
        "pickup.hand_over_undone": gettext_lazy("The hand-over was undone"),
        "pickup.refused": gettext_lazy("Did not want the items at the counter"),
        "pickup.not_collected": gettext_lazy("Did not collect in time"),
        "pickup.reinstated": gettext_lazy("The pickup waits again"),
        "pickup.code_locked": gettext_lazy("The pickup code was locked after wrong tries"),
        "pickup.code_renewed": gettext_lazy("The pickup got a new code"),
        "shipment.dispatched": _dispatched,
        "shipment.attempted": gettext_lazy("The carrier met nobody"),
        "shipment.delivered": gettext_lazy("Delivered"),
        "shipment.refused": gettext_lazy("Refused the parcel at the door"),
        "shipment.returning": gettext_lazy("The parcel is on its way back"),
        "shipment.returned": gettext_lazy("The parcel came back"),
        "shipment.lost": gettext_lazy("The parcel was lost"),
        "payment.authorised": _authorised,
        "payment.captured": _paid,
        "payment.failed": gettext_lazy("The payment failed"),
        "payment.voided": gettext_lazy("The payment was released"),
        "refund.succeeded": _refunded,
        "refund.failed": gettext_lazy("The refund failed"),
        "return.requested": _requested,
        "return.authorised": gettext_lazy("The return %(number)s was accepted"),
        "return.declined": gettext_lazy("The return %(number)s was declined"),
        "return.cancelled": gettext_lazy("The return %(number)s was called off"),
        "return.received": _received,
        "return.inspected": gettext_lazy("The returned items were inspected (%(number)s)"),
        "return.refunded": lambda facts: _return(
            _("%(amount)s of the return %(number)s is settled"), facts
        ),
        "return.exchanged": _exchanged,
        "piece.kept": _kept,
        "piece.released": gettext_lazy("Does not want what we kept"),
        "sale.completed": _sold,
        "sale.voided": _voided,
    }
)
