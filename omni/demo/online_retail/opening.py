"""Opening stock: the ledger holds none, so it is what keeps every balance at or above zero.

Pure. Days are loaded in order, and within a day what leaves goes before what comes back; the
opening units of a code are what its lowest balance lacks, given what lies there already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from omni.demo.online_retail.documents import Document, Kind, is_stocked, sku


def opening_units(documents: Iterable[Document], on_hand: Mapping[str, int]) -> dict[str, int]:
    """Units to be there before the first document, by SKU; codes that need none are left out."""
    leaving: dict[str, dict[date, int]] = {}
    coming: dict[str, dict[date, int]] = {}
    for document in documents:
        if document.kind is Kind.ADJUSTMENT:
            continue
        into = coming if document.kind is Kind.CREDIT else leaving
        for line in document.lines:
            if is_stocked(line.code):
                days = into.setdefault(sku(line.code), {})
                day = document.at.date()
                days[day] = days.get(day, 0) + abs(line.quantity)
    needed = {}
    for code, days in leaving.items():
        lowest = _lowest_balance(days, coming.get(code, {}), on_hand.get(code, 0))
        if lowest < 0:
            needed[code] = -lowest
    return needed


def _lowest_balance(leaving: Mapping[date, int], coming: Mapping[date, int], balance: int) -> int:
    lowest = 0
    for day in sorted(leaving.keys() | coming.keys()):
        balance -= leaving.get(day, 0)
        lowest = min(lowest, balance)
        balance += coming.get(day, 0)
    return lowest
