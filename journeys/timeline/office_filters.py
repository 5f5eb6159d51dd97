"""Filters of the merchant's list of customers, as a sentence: who, allowing what, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.consent.models import Consent, Purpose
from customers.profiles.models import Customer, CustomerKind, CustomerStatus
from omni.core import clock
from omni.screens import sentences
from omni.screens.sentences import Part, typed

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
class Filters(sentences.Filters):
    """What was asked, checked."""

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        """Unknown values are left out."""
        found = {name: typed(given, name) for name in NAMES}
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

    def parts(self) -> list[Part]:
        """The sentence: Show all customers, persons and companies, …"""
        return [
            self.part("status", _("Show"), _("all customers"), CustomerStatus.choices),
            self.part("kind", _("of kind"), _("person or company"), CustomerKind.choices),
            self.part("allows", _("who allow"), _("anything or nothing"), Purpose.choices),
            self.part("since", _("known since"), _("any time"), SINCE),
        ]
