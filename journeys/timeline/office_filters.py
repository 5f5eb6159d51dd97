"""Filters of the merchant's list of customers, as a sentence: who, allowing what, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.consent.models import Consent, Purpose
from customers.profiles.models import Customer, CustomerKind, CustomerStatus
from omni.core import clock

SINCE = (
    ("7", gettext_lazy("the last 7 days")),
    ("30", gettext_lazy("the last 30 days")),
    ("90", gettext_lazy("the last 90 days")),
    ("365", gettext_lazy("the last year")),
)
NAMES = ("status", "kind", "allows", "since", "q")
_KNOWN: dict[str, frozenset[str]] = {
    "status": frozenset(CustomerStatus.values),
    "kind": frozenset(CustomerKind.values),
    "allows": frozenset(Purpose.values),
    "since": frozenset(days for days, _label in SINCE),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One word of the sentence that can be changed: what it says, and its choices as addresses."""

    name: str
    before: str
    said: str
    is_set: bool
    choices: Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked, checked; ``values`` hold only what is set."""

    values: dict[str, str]

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        """Unknown values are left out."""
        found = {name: " ".join(given.get(name, "").split())[:120] for name in NAMES}
        found["q"] = found["q"].replace("\x00", "")
        return cls({
            name: value
            for name, value in found.items()
            if value and (name not in _KNOWN or value in _KNOWN[name])
        })  # fmt: skip

    def apply(self, rows: QuerySet[Customer]) -> QuerySet[Customer]:
        """The customers that fit (the text is searched elsewhere)."""
        values = self.values
        for name in ("status", "kind"):
            if name in values:
                rows = rows.filter(**{name: values[name]})
        if "status" not in values:
            rows = rows.exclude(status=CustomerStatus.ERASED)
        if "since" in values:
            rows = rows.filter(created_at__gt=clock.now() - timedelta(days=int(values["since"])))
        if "allows" in values:
            decided = Consent.objects.filter(customer_id=OuterRef("pk"), purpose=values["allows"])
            later = Consent.objects.filter(
                customer_id=OuterRef("customer_id"),
                purpose=values["allows"],
                id__gt=OuterRef("id"),
            )
            rows = rows.filter(Exists(decided.filter(~Exists(later), is_granted=True)))
        return rows

    def query(self, **changes: str) -> str:
        """The filters as an address, with something changed; "" takes a filter off."""
        values = {**self.values, **changes}
        return urlencode({name: each for name, each in values.items() if each})

    def parts(self) -> list[Part]:
        """The sentence: Show all customers, persons and companies, …"""
        return [
            self._part("status", _("Show"), _("all customers"), CustomerStatus.choices),
            self._part("kind", _("of kind"), _("person or company"), CustomerKind.choices),
            self._part("allows", _("who allow"), _("anything or nothing"), Purpose.choices),
            self._part("since", _("known since"), _("any time"), SINCE),
        ]

    def _part(
        self, name: str, before: str, nothing: str, choices: Sequence[tuple[Any, Any]]
    ) -> Part:
        value = self.values.get(name, "")
        words = {str(code): str(label) for code, label in choices}
        listed = [{"label": nothing, "url": f"?{self.query(**{name: ''})}", "here": not value}]
        listed += [
            {"label": label, "url": f"?{self.query(**{name: code})}", "here": code == value}
            for code, label in words.items()
        ]
        return Part(name, before, words.get(value, nothing), bool(value), listed)
