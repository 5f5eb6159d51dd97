"""What the shop says: problems by their code, and how orders stand. The API tells codes and states.

A storefront speaks to shoppers in its own words; what is not listed is said in the API's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from omni.shop.client import ShopProblem

Text = str | Promise

PROBLEMS: Mapping[str, Text] = {
    "out_of_stock": _("Somebody was faster: not everything is there any more."),
    "cart_changed": _("Your cart changed meanwhile. Look at it again."),
    "price_changed": _("A price changed meanwhile. Look at the new total before you order."),
    "hold_expired": _("The time for which we kept your goods is over. We keep them once more now."),
    "cart_empty": _("There is nothing in your cart yet."),
    "cart_expired": _("Your cart lay idle too long. Here is a fresh one."),
    "cart_at_till": _("Your cart is being rung up at a till. Ask there, or wait a moment."),
    "cart_full": _("Your cart is full. Order these first."),
    "cart_ordered": _("This was ordered already."),
    "variant_not_offered": _("Something in your cart is no longer sold here. Take it out."),
    "method_not_offered": _("This cannot be had in this way at this place. Choose another one."),
    "not_shipped_there": _("We do not send there. Collect it, or name another address."),
    "address_missing": _("Tell us where to send it."),
    "contact_missing": _("Tell us how to reach you."),
    "payment_not_offered": _("This way of paying is not offered for this order. Choose another."),
    "quantity_out_of_range": _("Choose a quantity from 1 to 9,999."),
    "handoff_code_not_valid": _("This code is unknown, used or too old. Make a new one."),
    "wrong_credentials": _("E-mail address and password do not belong together."),
    "wrong_code": _("The code is wrong, used up or too old. Ask for a new one."),
    "weak_password": _("Choose a longer or less common password."),
    "invalid_identifier": _("Look at the e-mail address and the phone number again."),
    "too_many_attempts": _("Too many tries. Wait a quarter of an hour."),
    "throttled": _("That was a lot at once. Wait a minute."),
    "customer_blocked": _("We cannot take this order here. Please speak to us."),
    "mail_unavailable": _("We cannot send a mail just now. Try again in a minute."),
    "payment_in_progress": _("A payment is under way already. Wait a moment."),
    "payment_declined": _("The payment was declined. Nothing was charged; try another card."),
    "payment_unclear": _("The payment provider did not answer. Look here again in a minute."),
    "order_not_payable": _("There is nothing to pay any more."),
    "nothing_to_pay": _("There is nothing to pay any more."),
    "already_extended": _("You had more time once already."),
    "window_over": _("The time to collect it is over. Ask the store."),
    "cancel_too_late": _("Somebody prepares your goods already. Ask the store instead."),
    "nothing_to_cancel": _("Nothing is open that could be cancelled."),
    "return_window_over": _("The time to give it back is over."),
    "return_beyond_bought": _("You cannot give back more than you have."),
    "final_sale": _("This was sold for good and cannot come back."),
    "invalid_transition": _("This is no longer possible: it went on meanwhile."),
    "no_such_order": _("No order has this number and this e-mail address."),
    "not_found": _("We do not find this."),
    "invalid": _("Something is missing or does not fit. Look at it again."),
    "busy": _("A lot is going on. Try again in a moment."),
    "unreachable": _("The shop cannot be reached just now. Try again in a moment."),
    "channel_closed": _("This shop is closed at the moment."),
}


def said(problem: ShopProblem) -> str:
    """A problem in the shop's words."""
    own = PROBLEMS.get(problem.code)
    return str(own) if own else problem.title or _now("Something went wrong. Try again.")


LINE_PROBLEMS: Mapping[str, Text] = {
    "out_of_stock": _("Sold out here"),
    "variant_not_offered": _("No longer sold here"),
    "method_not_offered": _("Cannot be had in this way here"),
    "not_shipped_there": _("Not sent to your address"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """``headline`` and what follows; ``tone`` good, wait, bad or info; ``step`` of four."""

    headline: Text
    advice: Text = ""
    tone: str = "info"
    step: int | None = None


_PREPARING = _("We write to you as soon as it is ready.")
_BACK = _("What you paid for it goes back.")

_WORK: Mapping[str, Standing] = {
    "scheduled": Standing(_("Planned"), step=0),
    "on_hold": Standing(_("Waiting"), _("We are looking into it."), "wait", 0),
    "new": Standing(_("We have your order"), _PREPARING, step=0),
    "accepted": Standing(_("We have your order"), _PREPARING, step=1),
    "picking": Standing(_("Being prepared"), _PREPARING, step=1),
    "waiting_transfer": Standing(
        _("Being prepared"), _("A part comes from another store."), step=1
    ),
    "packed": Standing(_("Packed"), _("It leaves with the next carrier."), step=1),
    "ready": Standing(_("Ready to collect"), _("Show the code at the counter."), "good", 2),
    "partly_handed_over": Standing(_("Partly collected"), _("The rest waits for you."), "good", 2),
    "handed_over": Standing(_("Collected"), _("Thank you. Enjoy it."), "good", 4),
    "no_show": Standing(_("Not collected in time"), _("Ask the store for it."), "bad"),
    "refused_at_counter": Standing(_("Not taken"), _BACK),
    "dispatched": Standing(_("On its way"), step=2),
    "attempted": Standing(_("Nobody was met"), _("The carrier tries again."), "wait", 2),
    "delivered": Standing(_("Delivered"), _("Thank you. Enjoy it."), "good", 4),
    "returning": Standing(_("On its way back to us"), tone="wait"),
    "returned_to_origin": Standing(_("Back with us"), _BACK),
    "lost": Standing(_("Lost on its way"), _("We are looking into it."), "bad"),
    "refused_at_door": Standing(_("Refused at the door"), _BACK),
    "cancelled": Standing(_("Cancelled")),
    "put_back": Standing(_("Closed")),
    "closed": Standing(_("Closed")),
}
_ORDER: Mapping[str, Standing] = {
    "placed": Standing(_("Waiting for your payment"), _("We keep the goods for you."), "wait"),
    "in_review": Standing(_("Being checked"), _("We come back to you shortly."), "wait"),
    "confirmed": Standing(_("We have your order"), tone="good"),
    "completed": Standing(_("Complete"), tone="good"),
    "cancelled": Standing(_("Cancelled")),
    "failed": Standing(_("Not paid in time"), _("Nothing was sold and nothing is charged."), "bad"),
}
STEPS: Mapping[str, tuple[Text, ...]] = {
    "pickup": (_("Ordered"), _("Being prepared"), _("Ready"), _("Collected")),
    "ship": (_("Ordered"), _("Being prepared"), _("On its way"), _("Delivered")),
}
RETURN_STATES: Mapping[str, Text] = {
    "requested": _("Asked for"),
    "authorised": _("Bring or send it"),
    "declined": _("Declined"),
    "expired": _("Expired"),
    "in_transit": _("On its way to us"),
    "partly_received": _("Partly here"),
    "received": _("Here"),
    "inspected": _("Looked at"),
    "refused": _("Refused"),
    "sent_back": _("On its way to you"),
    "closed": _("Done"),
    "cancelled": _("Called off"),
    "lost": _("Lost"),
}
PURPOSES: Mapping[str, tuple[Text, Text]] = {
    "email_marketing": (_("Mails"), _("You may write to me by e-mail about offers and news.")),
    "sms_marketing": (_("Text messages"), _("You may write to me by SMS about offers and news.")),
    "push_marketing": (_("The app"), _("You may notify me in the app about offers and news.")),
    "personalisation": (_("For me"), _("You may choose offers for me by what I bought.")),
    "analytics": (_("Statistics"), _("You may count my visits for statistics.")),
}


def standing_of_work(status: str) -> Standing:
    """How a part of an order stands."""
    return _WORK.get(status, Standing(_("Closed")))


def standing_of_order(status: str) -> Standing:
    """How an order stands as a whole."""
    return _ORDER.get(status, Standing(status))


def steps_of(method: str, standing: Standing) -> list[tuple[Text, str]]:
    """The bar: each step with done, now or todo; none for what left the usual way."""
    if standing.step is None:
        return []
    labels = STEPS["pickup" if method == "pickup" else "ship"]
    reached = standing.step
    return [
        (label, "done" if at < reached else "now" if at == reached else "todo")
        for at, label in enumerate(labels)
    ]
