"""What each kind of event is in plain words. Each app registers the phrases of its own events.

A phrase is a text with named places, filled from the facts of the event, or a function of the facts
where words depend on them. Money and names are put into words here, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from omni.core.money import Money

Facts = Mapping[str, Any]
Phrase = str | Promise | Callable[[Facts], str]

_registry: dict[str, Phrase] = {}


def register(kinds: Mapping[str, Phrase]) -> None:
    """Register the phrases of an app, by event type or kind of direct capture."""
    twice = sorted(kinds.keys() & _registry.keys())
    if twice:
        raise ValueError(f"there are phrases already for {', '.join(twice)}")
    _registry.update(kinds)


def has_phrase(kind: str) -> bool:
    """Whether an app has words for this kind: a test walks all that concern a customer."""
    return kind in _registry


def say(kind: str, facts: Facts) -> str:
    """The event in one line. An event of a time when it had fewer facts is told with fewer."""
    phrase = _registry.get(kind)
    if phrase is None:
        return kind
    complete = _Facts(facts)
    if callable(phrase) and not isinstance(phrase, Promise):
        return phrase(complete)
    return str(phrase) % complete


def amount(facts: Facts, name: str = "amount_minor") -> str:
    """An amount of the event with its currency, in the reader's locale."""
    minor, currency = facts.get(name), facts.get("currency")
    if minor is None or currency is None:
        return _("an unknown amount")
    return str(Money(int(minor), str(currency)))


class _Facts(dict[str, Any]):
    """Facts for a text with places: money by its own words, a missing fact by a dash."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)

    def __missing__(self, name: str) -> str:
        if name.endswith("_money"):
            return amount(self, f"{name.removesuffix('_money')}_minor")
        return "–"
