"""Kinds of incidents, tasks and approvals, what they are about and what was decided, in words.

A kind is a code of the app that writes it; whoever asks for a task by the API names one of their
own, which is told without its underscores.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from omni.core.codes import word_of

KINDS: Mapping[str, Promise] = {
    # what went wrong
    "customer_unreached": _("A customer was not reached"),
    "events_parked": _("Events wait for a repair"),
    "identifier_conflict": _("One contact of two customers"),
    "messages_given_up": _("Messages were given up"),
    "money_without_order": _("Money without an order"),
    "order_overpaid": _("An order was paid too much"),
    "parcel_lost": _("A parcel was lost"),
    "pickup_code_locked": _("A pickup code is locked"),
    "provider_contradicts": _("The payment provider contradicts"),
    "refund_failed": _("A refund failed"),
    "return_below_worth": _("A return is worth less than was paid out"),
    "sale_not_finished": _("A sale was not finished"),
    "stock_shortfall": _("Stock is lacking"),
    "units_not_found": _("Units were not found"),
    "unknown_provider_payment": _("A payment that nobody knows"),
    "webhook_disabled": _("A webhook was disabled"),
    "webhook_given_up": _("A message to a webhook was given up"),
    # what is to be done
    "count": _("Count"),
    "customer": _("For a customer"),
    "note": _("Note"),
    "unknown_barcode": _("Unknown barcode"),
    # what is to be allowed
    "cancel_late": _("Cancel after picking"),
    "no_receipt_return": _("Return without a receipt"),
    "refund": _("Refund"),
}
_SUBJECTS: Mapping[str, Promise] = {
    "barcode": _("Barcode"),
    "cart": _("Cart"),
    "customer": _("Customer"),
    "fulfilment_line": _("Line of work"),
    "fulfilment_order": _("Work of a store"),
    "location": _("Place"),
    "message_provider": _("Provider of messages"),
    "order": _("Order"),
    "parked_aggregate": _("Parked events"),
    "payment": _("Payment"),
    "provider_payment": _("Payment at the provider"),
    "refund": _("Refund"),
    "return": _("Return"),
    "variant": _("Variant"),
    "webhook_endpoint": _("Webhook"),
}
_DECISIONS: Mapping[str, Promise] = {
    "acknowledged": _("Nothing more to do"),
    "by_words": _("In words"),
    "rebuilt": _("Rebuilt"),
    "retried": _("Tried again"),
}


def kind_name(code: str) -> str:
    """A parcel was lost; Gift wrap, of a kind that only its writer knows."""
    return word_of(code, KINDS)


def subject_name(code: str) -> str:
    """Order; Work of a store."""
    return word_of(code, _SUBJECTS)


def decision_name(code: str) -> str:
    """Nothing more to do; Refunded by hand, of a code that only its writer knows."""
    return word_of(code, _DECISIONS)
