"""To whom an order's messages go, by which way, in which language.

E-mail where one is known: the order's, else what a signed-in customer proved to be theirs. A text
message only where there is none, and only for what somebody waits for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from customers.identity.queries import reach_of
from journeys.messaging.purposes import Purpose
from omni.messages.models import Medium
from omni.messages.operations import one_line
from omni.messages.providers import can_send
from orders.sales.models import Order, PaymentPolicy
from orders.storefront.order_language import language_of, locale_of

LONGEST_NAME = 60
# A name that is an address somewhere would make us carry somebody else's advertisement.
_LIKE_A_LINK = re.compile(r"://|www\.|\w\.\w{2,}/|@|<|>")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes and how its reader is addressed; ``name`` may be empty.

    ``locale`` is the language as it is written in the channel's country: dates, amounts.
    """

    medium: str
    address: str
    language: str
    locale: str
    name: str


def recipient_of(order: Order, purpose: Purpose, *, email: str = "") -> Recipient | None:
    """Who is told, or nobody: no address is known, or nobody carries it. ``email`` overrides."""
    email, phone = (email, "") if email else _addresses(order)
    language, locale = language_of(order), locale_of(order)
    name = greeting(order.contact_name)
    if email:
        return Recipient(Medium.EMAIL, email, language, locale, name)
    if phone and purpose.by_sms and can_send(Medium.SMS):
        return Recipient(Medium.SMS, phone, language, locale, name)
    return None


def greeting(name: str) -> str:
    """The name as it may stand in a message; empty where it is none."""
    plain = one_line(name)
    return "" if len(plain) > LONGEST_NAME or _LIKE_A_LINK.search(plain) else plain


def _addresses(order: Order) -> tuple[str, str]:
    if order.email or order.phone or order.customer_id is None:
        return order.email, order.phone
    if order.payment_policy == PaymentPolicy.AT_TILL:
        return "", ""  # who stands at the till says whether they want mail
    reach = reach_of(order.customer_id)
    return (reach.email, reach.phone) if reach else ("", "")
