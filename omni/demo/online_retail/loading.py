"""Loading files of the ledger, day by day: what is loaded stays, what is missing is loaded next.

Each document is a row with the hash of its lines, written in the transaction of its day, so that
files may overlap, a load that was killed goes on where it stood, and a second load changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from inventory.stock import operations as stock
from inventory.stock.lines import Entry
from inventory.stock.models import MovementKind, StockLevel
from omni.access.actor import Actor
from omni.demo.models import SourceDocument
from omni.demo.online_retail.days import Ledger, load_day
from omni.demo.online_retail.documents import Document, documents
from omni.demo.online_retail.opening import opening_units
from omni.demo.online_retail.shop import (
    SOURCE,
    Goods,
    Shop,
    ensure_customers,
    ensure_goods,
    ensure_shop,
)
from omni.demo.online_retail.source import BadRow, file_digest, read

Tell = Callable[[str], None]
OPENING_CHUNK = 1000


class LoadUnderWay(Exception):
    """Another process loads the ledger into this database right now."""


@dataclass(slots=True)
class Loaded:
    """What one file brought: documents that were new, known, and rows that could not be used."""

    file: str
    rows: int = 0
    new: int = 0
    known: int = 0
    bad: list[BadRow] = field(default_factory=list)


def load_file(*, path: Path, actor: Actor, tell: Tell) -> Loaded:
    """Load what the database does not have yet of one file. Raises: LedgerFileError, LoadUnderWay.

    The whole file is read and understood before the first row is written.
    """
    tell(_("Reading %(file)s") % {"file": path.name})
    found, bad = documents(read(path))
    loaded = Loaded(path.name, bad=bad)
    loaded.rows = sum(len(document.lines) for document in found) + len(bad)
    with _alone():
        fresh = _fresh(found, loaded)
        if fresh:
            _load(fresh, path, actor, tell)
    return loaded


def _load(fresh: Sequence[Document], path: Path, actor: Actor, tell: Tell) -> None:
    shop = ensure_shop()
    tell(_("Making products and customers"))
    goods = ensure_goods(fresh, actor=actor)
    customers = ensure_customers(fresh, shop=shop, actor=actor)
    _open(fresh, goods, shop, reference=f"{SOURCE}:{file_digest(path)}", actor=actor)
    ledger = Ledger(shop, goods, customers, path.name, actor)
    days = [list(group) for _day, group in groupby(fresh, key=lambda document: document.at.date())]
    done = 0
    for number, day in enumerate(days, start=1):
        load_day(documents=day, ledger=ledger)
        done += len(day)
        if number % 10 == 0 or number == len(days):
            tell(
                _("%(day)s: %(done)d of %(all)d documents")
                % {"day": day[0].at.date(), "done": done, "all": len(fresh)}
            )


def _fresh(found: Sequence[Document], loaded: Loaded) -> list[Document]:
    """Documents to load. One that is loaded with other lines is reported, never overwritten."""
    known = dict(SourceDocument.objects.filter(source=SOURCE).values_list("number", "digest"))
    fresh = []
    for document in found:
        digest = known.get(document.number)
        if digest is None:
            fresh.append(document)
        elif digest == document.digest:
            loaded.known += 1
        else:
            reason = _("this document was loaded before with other lines")
            loaded.bad += [BadRow(each.row, each.invoice, reason) for each in document.lines]
    loaded.new = len(fresh)
    return fresh


def _open(
    fresh: Sequence[Document],
    goods: dict[str, Goods],
    shop: Shop,
    *,
    reference: str,
    actor: Actor,
) -> None:
    """Bring in what no balance may lack. A repeat finds the levels filled and brings nothing."""
    levels = StockLevel.objects.filter(location=shop.warehouse)
    on_hand = dict(levels.values_list("variant__sku", "on_hand"))
    needed = sorted(opening_units(fresh, on_hand).items())
    first = min(document.at for document in fresh)
    for start in range(0, len(needed), OPENING_CHUNK):
        stock.post(
            entries=[
                Entry(
                    variant_id=goods[code].id,
                    location_id=shop.warehouse.pk,
                    quantity=units,
                    kind=MovementKind.OPENING,
                    # The units are part of the name: a load that goes on after a kill between two
                    # chunks brings only what is still missing.
                    reference=f"{reference}:{units}",
                    occurred_at=first,
                )
                for code, units in needed[start : start + OPENING_CHUNK]
            ],
            actor=actor,
        )


@contextmanager
def _alone() -> Iterator[None]:
    """One loader at a time, told by a lock that a kill releases."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"load {SOURCE}"])
        if not cursor.fetchone()[0]:
            raise LoadUnderWay
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"load {SOURCE}"])
