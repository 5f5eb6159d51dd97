"""In which language the customer of an order reads: mails and page alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from django.conf import settings

from orders.sales.models import Order


def language_of(order: Order) -> str:
    """The customer's language, else that of the channel, if there are words in it; else English."""
    known = order.customer.language if order.customer else ""
    wished = (known, order.channel.language)
    return next((each for each in wished if each.partition("-")[0] in written()), "en")


@cache
def written() -> frozenset[str]:
    """The languages that have a catalog: dates in one language and words in another help nobody."""
    found = {path.parents[1].name for root in settings.LOCALE_PATHS
             for path in Path(root).glob("*/LC_MESSAGES/django.mo")}  # fmt: skip
    return frozenset({"en", *found})


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
