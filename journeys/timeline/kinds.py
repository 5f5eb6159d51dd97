"""What may be captured directly, with the facts that each kind must and may carry.

Everything else on the timeline is projected from events. A kind says who may capture it: a
storefront for its own visitor, or staff for any customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_TEXT = 2000
MAX_NUMBER = 2**53
# Why somebody left the store without buying.
NO_SALE_REASONS: Mapping[str, str | Promise] = {
    "size": _("size not there"),
    "colour": _("colour not there"),
    "out_of_stock": _("not in stock"),
    "price": _("price"),
    "fit": _("fit or feel"),
    "thinking": _("thinks it over"),
    "looking": _("only looked"),
    "other": _("another reason"),
}
_WANTED = {
    str: _("Must be a string."),
    int: _("Must be an integer, without quotes."),
}


@dataclass(frozen=True, slots=True)
class CaptureKind:
    """A kind of direct capture. ``facts`` maps each known fact to its JSON type."""

    code: str
    label: str | Promise
    facts: Mapping[str, type]
    required: frozenset[str] = frozenset()
    by_storefront: bool = True
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def faults(self, facts: Mapping[str, Any]) -> list[dict[str, str]]:
        """What is wrong with these facts, as field errors; empty when nothing is."""
        errors = [_fault(name, "required", _("This fact is required."))
                  for name in sorted(self.required - facts.keys())]  # fmt: skip
        for name, value in facts.items():
            errors += self._faults_of(name, value)
        return errors

    def _faults_of(self, name: str, value: Any) -> list[dict[str, str]]:
        expected = self.facts.get(name)
        if expected is None:
            return [_fault(name, "unknown_field", _("This kind has no such fact."))]
        if type(value) is not expected:
            return [_fault(name, "wrong_type", _WANTED[expected])]
        if isinstance(value, str) and ("\x00" in value or len(value) > MAX_TEXT):
            return [_fault(name, "too_long", _("This text is too long or not readable."))]
        if isinstance(value, int) and abs(value) > MAX_NUMBER:
            return [_fault(name, "too_large", _("This number is too large."))]
        if name in self.choices and value not in self.choices[name]:
            return [_fault(name, "invalid_choice", _one_of(self.choices[name]))]
        return []


def _one_of(choices: Iterable[str]) -> str:
    return str(_("Must be one of: %s.")) % ", ".join(sorted(choices))


def _fault(name: str, code: str, message: Any) -> dict[str, str]:
    return {"field": f"facts.{name}", "code": code, "message": str(message)}


_ALL = (
    CaptureKind(
        "page.viewed",
        _("Page viewed"),
        {"path": str, "title": str, "product_id": str, "referrer": str},
        frozenset({"path"}),
    ),
    CaptureKind(
        "search.made",
        _("Search"),
        {"query": str, "results": int},
        frozenset({"query"}),
    ),
    CaptureKind(
        "ad.clicked",
        _("Ad clicked"),
        {"campaign": str, "source": str, "medium": str, "content": str, "term": str},
        frozenset({"source"}),
    ),
    CaptureKind(
        "store.visited",
        _("Store visit"),
        {"note": str, "purpose": str},
        by_storefront=False,
    ),
    CaptureKind(
        "call.noted",
        _("Phone call"),
        {"text": str, "direction": str, "seconds": int},
        frozenset({"text"}),
        by_storefront=False,
        choices={"direction": frozenset({"in", "out"})},
    ),
    CaptureKind(
        "no_sale.noted",
        _("No sale"),
        {"reason": str, "text": str},
        frozenset({"reason"}),
        by_storefront=False,
        choices={"reason": frozenset(NO_SALE_REASONS)},
    ),
    CaptureKind(
        "chat.line",
        _("Chat"),
        {"text": str, "author": str},
        frozenset({"text"}),
        choices={"author": frozenset({"customer", "staff"})},
    ),
)

CAPTURE_KINDS: Mapping[str, CaptureKind] = {kind.code: kind for kind in _ALL}
