"""A page of a timeline among millions of interactions, in SQL: the product's statement and the raw
one, for a customer with very many touchpoints and for one with a hundred.

Measured are the statements that the product sends for a page, all of them, with the cursor that it
gave out itself, walked page by page to page 1,000. What counts is planning and execution together,
for the product has each page planned.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from bench.plans import Cost, Statement, costs, print_plan
from bench.report import Result
from bench.statements import statements
from customers.profiles.models import Customer
from journeys.timeline.models import VisitorLink
from journeys.timeline.queries import TimelineFilter, timeline_page
from omni.core import clock
from omni.core.partitions import ensure_month, month_after
from omni.rest.pagination import decode

FILL = Path(__file__).parent / "timeline.sql"
ROWS = 5_000_000
MONTHS = 36
RARE, FREQUENT = "call.noted", "page.viewed"
# In all; two in a hundred of them are of the customer with many.
RARE_ROWS = 1000
DEEP = 1000
LIMIT = 50
MOST_MS, MOST_BUFFERS, MOST_APART = 5.0, 400, 1.2
REPEATS = 25
SHOWN = ("id", "kind", "occurred_at", "customer_id", "channel_id", "data")
END_OF_TIME = {"last_at": datetime(9999, 1, 1, tzinfo=UTC), "last_id": 2**62}


def fill(rows: int) -> None:
    """The interactions, month by month, through the partitions and indexes of the product."""
    started = time.perf_counter()
    months = _months()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        many, few, channel = (_uuid(cursor, name) for name in ("many", "few", "web"))
        for name, key in (("Many", many), ("Few", few)):
            Customer.objects.create(id=key, name=name, created_at=clock.now())
        for device, owner in [*((f"many-device{n}", many) for n in range(5)), ("few-device", few)]:
            VisitorLink.objects.create(
                visitor_id=_uuid(cursor, device), customer_id=owner, linked_at=clock.now()
            )
        for number, start in enumerate(months):
            values: dict[str, Any] = {
                "first": rows * number // len(months),
                "last": rows * (number + 1) // len(months),
                "few_every": rows // 100,
                "start": start,
                "span": month_after(start) - start,
                "many": many,
                "few": few,
                "channel": channel,
                "rare": RARE,
                "rare_share": RARE_ROWS / rows,
            }
            with transaction.atomic():
                ensure_month("journeys_interaction", start)
                cursor.execute(FILL.read_text(), values)
        cursor.execute(_NOTE_MONTHS)
        for table in ("interaction", "visitorlink", "timelinemonth"):
            cursor.execute(f"VACUUM ANALYZE journeys_{table}")
    print(f"{rows:,} interactions made in {time.perf_counter() - started:.0f} s", flush=True)


_NOTE_MONTHS = """
INSERT INTO journeys_timelinemonth (subject_id, kind, month)
SELECT DISTINCT coalesce(i.customer_id, i.visitor_id), k.kind,
       date_trunc('month', i.occurred_at AT TIME ZONE 'UTC')::date
FROM journeys_interaction i CROSS JOIN LATERAL (VALUES (i.kind), ('')) AS k(kind)
ON CONFLICT DO NOTHING
"""


def measure(*, rows: int = ROWS, explain: bool = False) -> list[Result]:
    """Fill, measure every page, print them, and say how the worst stand to the goals."""
    fill(rows)
    print(
        f"{'':42}{'raw ms':>8}{'ours ms':>9}{'planned':>9}{'statements':>11}"
        f"{'buffers':>9}{'raw':>6}"
    )
    lists = [_measured(pages, explain=explain) for pages in _lists(rows)]
    measured = [page for pages in lists for page in pages]
    far = [(pages[0].ours, pages[-1].ours) for pages in lists if len(pages) > 1]
    return [
        _worst("slowest page", "ms", MOST_MS, [(each.raw.ms, each.ours.ms) for each in measured]),
        _worst(
            "most pages touched",
            "buffers",
            MOST_BUFFERS,
            [(each.raw.buffers, each.ours.buffers) for each in measured],
        ),
        _apart("ms", [(first.ms, last.ms) for first, last in far]),
        _apart("buffers", [(first.buffers, last.buffers) for first, last in far]),
    ]


@dataclass(frozen=True, slots=True)
class Case:
    """A page to measure: whose, filtered how, and the cursor that leads to it."""

    who: str
    customer_id: UUID
    filtered: str
    wanted: TimelineFilter
    number: int
    cursor: str | None

    @property
    def name(self) -> str:
        return f"{self.who}, {self.filtered}, page {self.number:,}"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a page costs in the raw statement and in the product's."""

    case: Case
    raw: Cost
    ours: Cost


def _lists(rows: int) -> Iterator[list[Case]]:
    """For each customer and filter the first page, and page 1,000 or else the last."""
    with connection.cursor() as cursor:
        many, few, channel = (_uuid(cursor, name) for name in ("many", "few", "web"))
    months = _months()
    filters = {
        "all": TimelineFilter(),
        "rare kind": TimelineFilter(kinds=[RARE]),
        "frequent kind": TimelineFilter(kinds=[FREQUENT]),
        "channel": TimelineFilter(channel_ids=[channel]),
        "period": TimelineFilter(from_at=months[4], until_at=months[-4]),
    }
    for who, customer in ((f"one with {rows // 50:,}", many), ("one with 100", few)):
        for filtered, wanted in filters.items():
            pages = [Case(who, customer, filtered, wanted, 1, None)]
            number, cursor_there = _walk(customer, wanted)
            if cursor_there:
                pages.append(Case(who, customer, filtered, wanted, number, cursor_there))
            yield pages


def _walk(customer_id: UUID, wanted: TimelineFilter) -> tuple[int, str | None]:
    """The number of page 1,000 (or the last) and its cursor, turning every page before it."""
    number, cursor = 1, None
    while number < DEEP:
        page = timeline_page(customer_id=customer_id, wanted=wanted, cursor=cursor, limit=LIMIT)
        if page.next is None:
            break
        number, cursor = number + 1, page.next
    return number, cursor


def _measured(pages: list[Case], *, explain: bool) -> list[Measured]:
    """The pages of one list, raw and ours, taking turns."""
    bundles = [bundle for case in pages for bundle in ([_raw(case)], _ours(case))]
    with connection.cursor() as cursor:
        found = costs(cursor, bundles, repeats=REPEATS)
        if explain:
            for statement, values in chain.from_iterable(bundles):
                print_plan(cursor, statement, values)
    measured = []
    for number, case in enumerate(pages):
        raw, ours = found[2 * number : 2 * number + 2]
        measured.append(Measured(case, raw, ours))
        print(
            f"{case.name:42}{raw.ms:8.2f}{ours.ms:9.2f}{ours.planning_ms:9.2f}"
            f"{len(bundles[2 * number + 1]):11}{ours.buffers:9}{raw.buffers:6}",
            flush=True,
        )
    return measured


def _ours(case: Case) -> list[Statement]:
    """The statements that the product sends for the page, as it sends them.

    What it shows must be the very rows of the raw statement, in the same order.
    """
    sent: list[Statement] = []

    def listen(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:
        sent.append((sql, values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(listen):
        page = timeline_page(
            customer_id=case.customer_id, wanted=case.wanted, cursor=case.cursor, limit=LIMIT
        )
    with connection.cursor() as cursor:
        cursor.execute(*_raw(case))
        rows = [(*row[:-1], json.loads(row[-1])) for row in cursor.fetchall()]
    if not rows or rows != [tuple(row[name] for name in SHOWN) for row in page.rows]:
        raise RuntimeError(f"{case.name}: the raw statement and the product show different rows")
    return sent


def _raw(case: Case) -> Statement:
    names = {"rare kind": "kind", "frequent kind": "kind"}
    wanted, values = case.wanted, {"customer": case.customer_id} | END_OF_TIME
    if case.cursor:
        values |= dict(zip(("last_at", "last_id"), decode(case.cursor, length=2), strict=True))
    if wanted.kinds:
        values["kind"] = wanted.kinds[0]
    if wanted.channel_ids:
        values["channel"] = wanted.channel_ids[0]
    if wanted.from_at:
        values |= {"from_at": wanted.from_at, "until_at": wanted.until_at}
    return statements("timeline")[names.get(case.filtered, case.filtered)], values


def _worst(what: str, unit: str, most: float, pairs: list[tuple[float, float]]) -> Result:
    """The page that costs the product most, beside the raw statement of the same page."""
    raw, ours = max(pairs, key=lambda pair: pair[1])
    return Result(
        job=f"timeline: {what}",
        unit=unit,
        raw=raw,
        ours=ours,
        ratio=ours / raw,
        goal=f"at most {most:g} {unit}",
        reached=ours <= most,
    )


def _apart(unit: str, pairs: list[tuple[float, float]]) -> Result:
    """How much a page far behind costs more than the first one of the same list, at worst."""
    first, far = max(pairs, key=lambda pair: pair[1] / pair[0])
    return Result(
        job="timeline: far page by the first",
        unit=unit,
        raw=first,
        ours=far,
        ratio=far / first,
        goal=f"ratio at most {MOST_APART}",
        reached=far / first <= MOST_APART,
    )


def _months() -> list[datetime]:
    months = [clock.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)]
    while len(months) < MONTHS:
        day = months[-1] - timedelta(days=1)
        months.append(day.replace(day=1))
    return months[::-1]


def _uuid(cursor: Any, name: str) -> UUID:
    cursor.execute("SELECT md5(%s)::uuid", [name])
    key: UUID = cursor.fetchone()[0]
    return key
