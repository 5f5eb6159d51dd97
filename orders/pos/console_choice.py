"""What is chosen on the return page, as its address and its form carry it. Shape only.

Everything unknown or out of range is left out: a page that somebody typed the address of shows what
makes sense of it, and the operation decides again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from orders.aftersales.models import Disposition, ReturnKind
from orders.aftersales.operations import ReturnUnits

MAX_TAKEN = 20
MAX_UNITS = 99

# Why goods come back: the code that is kept, the word, the picture.
REASONS = (
    ("too_small", _("Too small"), "minus"),
    ("too_large", _("Too large"), "plus"),
    ("not_as_pictured", _("Not as pictured"), "image"),
    ("changed_mind", _("Changed mind"), "heart"),
    ("faulty", _("Faulty"), "wrench"),
    ("wrong_item", _("Wrong item"), "repeat"),
    ("too_late", _("Came too late"), "clock-alert"),
)
# What becomes of them: the disposition, the word, what it means, the picture.
FATES = (
    (Disposition.SELLABLE, _("Like new"), _("Back on sale here at once"), "sparkles"),
    (Disposition.INSPECT, _("Unsure"), _("Kept aside until somebody looks"), "search"),
    (Disposition.DAMAGED, _("Damaged"), _("Not for sale any more"), "triangle-alert"),
    (Disposition.VENDOR, _("To the vendor"), _("Kept aside, goes back to the maker"), "truck"),
    (Disposition.KEEP, _("Customer keeps it"), _("Money back without the goods"), "hand-helping"),
)
_REASONS = frozenset(code for code, *_rest in REASONS)
_FATES = frozenset(code for code, *_rest in FATES)


@dataclass(slots=True)
class Chosen:
    """Units by order line with reason and fate; what is taken instead; how it is allowed."""

    units: dict[UUID, int] = field(default_factory=dict)
    reasons: dict[UUID, str] = field(default_factory=dict)
    fates: dict[UUID, str] = field(default_factory=dict)
    taken: dict[UUID, int] = field(default_factory=dict)
    is_claim: bool = False
    is_exception: bool = False
    is_exchange: bool = False
    approval_id: UUID | None = None
    is_touched: bool = False

    @property
    def kind(self) -> str:
        if self.is_exchange and self.taken:
            return str(ReturnKind.EXCHANGE)
        return str(ReturnKind.CLAIM if self.is_claim else ReturnKind.RETURN)

    @property
    def reason(self) -> str:
        return next(iter(self.reasons.values()), "")

    def pairs(self) -> list[tuple[str, str]]:
        """The choice as fields of a form or of an address."""
        found = [("shown", "1")]
        for line_id, quantity in self.units.items():
            found += [("line", str(line_id)), (f"q-{line_id}", str(quantity))]
            found += [(f"why-{line_id}", self.reasons.get(line_id, ""))] * (line_id in self.reasons)
            found += [(f"fate-{line_id}", self.fates.get(line_id, ""))] * (line_id in self.fates)
        for variant_id, count in self.taken.items():
            found += [("take", str(variant_id)), (f"n-{variant_id}", str(count))]
        rule = "claim" if self.is_claim else "exception" if self.is_exception else ""
        found += [("rule", rule)] * bool(rule)
        found += [("instead", "exchange")] * self.is_exchange
        found += [("approval", str(self.approval_id))] * bool(self.approval_id)
        return found

    def return_units(self) -> list[ReturnUnits]:
        """As the operations take them."""
        return [
            ReturnUnits(
                line_id,
                quantity,
                self.fates.get(line_id, Disposition.SELLABLE),
                self.reasons.get(line_id, ""),
            )
            for line_id, quantity in self.units.items()
        ]


def read(given: QueryDict, room: Mapping[UUID, int]) -> Chosen:
    """What is chosen, of lines with so many units that may come back."""
    chosen = Chosen(is_touched="shown" in given)
    ticked = set(given.getlist("line"))
    last = ""
    for line_id, most in room.items():
        if str(line_id) not in ticked or most < 1:
            continue
        quantity = number(given.get(f"q-{line_id}"), most)
        if not quantity:
            continue
        chosen.units[line_id] = quantity
        reason = given.get(f"why-{line_id}", last)
        if reason in _REASONS:
            chosen.reasons[line_id] = last = reason
        fate = given.get(f"fate-{line_id}", "")
        if fate in _FATES:
            chosen.fates[line_id] = fate
    chosen.is_claim = given.get("rule") == "claim"
    chosen.is_exception = given.get("rule") == "exception"
    chosen.is_exchange = given.get("instead") == "exchange"
    chosen.approval_id = uuid_of(given.get("approval"))
    chosen.taken = _taken(given)
    return chosen


def preselect(chosen: Chosen, room: Mapping[UUID, int]) -> None:
    """Where one unit alone can come back, it is that one."""
    if not chosen.is_touched and sum(room.values()) == 1:
        chosen.units = {line_id: 1 for line_id, most in room.items() if most}


def add_scanned(chosen: Chosen, line_ids: Sequence[UUID], room: Mapping[UUID, int]) -> bool:
    """One unit more of the first of these lines that has room."""
    for line_id in line_ids:
        if chosen.units.get(line_id, 0) < room.get(line_id, 0):
            chosen.units[line_id] = chosen.units.get(line_id, 0) + 1
            return True
    return False


def _taken(given: QueryDict) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for text in given.getlist("take")[:MAX_TAKEN]:
        variant_id = uuid_of(text)
        if variant_id is not None:
            found[variant_id] = number(given.get(f"n-{variant_id}", "1"), MAX_UNITS)
    added = uuid_of(given.get("add"))
    if added is not None and len(found) < MAX_TAKEN:
        found[added] = min(MAX_UNITS, found.get(added, 0) + 1)
    dropped = uuid_of(given.get("drop"))
    return {key: count for key, count in found.items() if count and key != dropped}


def number(text: Any, most: int) -> int:
    """A quantity within its bounds; 1 where nothing is said, 0 for what is no number."""
    if text in (None, ""):
        return min(1, most)
    digits = str(text).strip()
    if not (digits.isascii() and digits.isdigit()):
        return 0
    return min(int(digits[:6]), most)


def uuid_of(text: str | None) -> UUID | None:
    """The id in a field, if it is one."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
