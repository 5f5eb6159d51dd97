"""In which language the customer of an order reads: mails and page alike."""

from __future__ import annotations

from babel import Locale, UnknownLocaleError

from orders.sales.models import Order


def language_of(order: Order) -> str:
    """The customer's language, else that of the channel; English where nobody knows either."""
    known = order.customer.language if order.customer else ""
    return next((each for each in (known, order.channel.language) if _is_language(each)), "en")


def locale_of(order: Order) -> str:
    """The language as it is written in the channel's country: ``en`` in GB is ``en-gb``.

    Where nobody writes it so, the language alone.
    """
    language = language_of(order)
    local = f"{language}-{order.channel.country.lower()}"
    return local if "-" not in language and _is_language(local) else language


def _is_language(code: str) -> bool:
    try:
        Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return bool(code)
