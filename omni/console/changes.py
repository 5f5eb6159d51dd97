"""What was changed on a record of reference data, as the database's triggers kept it.

Some tables keep each row as it became (inventory), others as it was before (customers); either way
a change is told as the fields that differ, from what to what. Rows that belong to a record (the
services of a location, the prices of a variant) are told with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.apps import apps
from django.db.models import ForeignKey, Model
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from omni.screens import moment, words

MOST = 200
_SECRET = re.compile(r"password|digest|secret|token")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what it is called, what it was and became."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry: when, by whom ("" unknown), what ("insert", "update", "delete") of which row.

    ``number`` counts the entries of one table: what one transaction did happened at one moment.
    """

    at: datetime
    number: int
    principal: str
    what: str
    thing: str
    differences: Sequence[Difference]


def changes_of(model: type[Model], pk: Any) -> list[Change]:
    """Changes of a record and of what belongs to it, newest first."""
    found: list[Change] = []
    for events in _histories():
        tracked = events.pgh_tracked_model
        if tracked is model:
            found += _told(events, {"pgh_obj_id": pk}, "")
            continue
        for field in tracked._meta.fields:  # noqa: SLF001
            if isinstance(field, ForeignKey) and field.related_model is model:
                name = str(capfirst(tracked._meta.verbose_name))  # noqa: SLF001
                found += _told(events, {field.attname: pk}, name)
                break
    return sorted(found, key=lambda each: (each.at, each.number), reverse=True)[:MOST]


def keeps_changes(model: type[Model]) -> bool:
    """Whether changes of its rows are kept."""
    return any(events.pgh_tracked_model is model for events in _histories())


def _histories() -> list[Any]:
    return [model for model in apps.get_models() if hasattr(model, "pgh_tracked_model")]


def _told(events: Any, rows: dict[str, Any], thing: str) -> list[Change]:
    kept = list(
        events.objects.filter(**rows).select_related("pgh_context").order_by("-pgh_id")[: MOST + 1]
    )
    by_row: dict[Any, list[Any]] = defaultdict(list)
    for event in reversed(kept):
        by_row[event.pgh_obj_id].append(event)
    whole = len(kept) <= MOST
    keeps_new = any(isinstance(each, pghistory.InsertEvent) for each in events.pgh_trackers)
    pairs = [
        pair
        for pk, states in by_row.items()
        for pair in (
            _new_pairs(states, whole=whole) if keeps_new else _old_pairs(events, pk, states)
        )
    ]
    words = _Words(events, [row for _event, *both in pairs for row in both], without=set(rows))
    found = [
        Change(
            event.pgh_created_at,
            event.pgh_id,
            str((event.pgh_context.metadata if event.pgh_context else {}).get("principal", "")),
            _what(event),
            thing,
            words.differences(before, after),
        )
        for event, before, after in pairs
    ]
    return [each for each in found if each.differences or each.what != "update"]


def _what(event: Any) -> str:
    label = str(event.pgh_label)
    return next((name for name in ("insert", "delete") if name in label), "update")


def _new_pairs(states: Sequence[Any], *, whole: bool) -> list[tuple[Any, Any, Any]]:
    """Each entry holds the row as it became; what is deleted is told as it was last."""
    pairs = []
    before = None
    for place, state in enumerate(states):
        what = _what(state)
        if place == 0 and what != "insert" and not whole:
            before = state  # an older entry was not read
            continue
        pairs.append((state, before, None if what == "delete" else state))
        before = state
    return pairs


def _old_pairs(events: Any, pk: Any, states: Sequence[Any]) -> list[tuple[Any, Any, Any]]:
    """Each entry holds the row as it was; what it became is in the next, or in the row itself."""
    now = events.pgh_tracked_model.objects.filter(pk=pk).first()
    following = [*states[1:], now]
    return [
        (state, state, None if _what(state) == "delete" else after)
        for state, after in zip(states, following, strict=True)
    ]


class _Words:
    """The fields of rows of one kind as people read them; other records by their names."""

    def __init__(self, events: Any, rows: Sequence[Any], *, without: set[str]) -> None:
        kept = {each.attname for each in events._meta.fields}  # noqa: SLF001
        self.fields = [
            field
            for field in events.pgh_tracked_model._meta.fields  # noqa: SLF001
            if not field.primary_key
            and field.attname in kept - without
            and not _SECRET.search(field.attname)
        ]
        self.names: dict[tuple[Any, Any], str] = {}
        for field in self.fields:
            if isinstance(field, ForeignKey):
                ids = {getattr(row, field.attname) for row in rows if row is not None} - {None}
                known = field.related_model._default_manager.in_bulk(ids)  # noqa: SLF001
                self.names |= {(field, pk): str(row) for pk, row in known.items()}

    def differences(self, before: Any, after: Any) -> list[Difference]:
        """The fields that differ; of a row that was made, those that are set."""
        told = (
            Difference(
                str(capfirst(each.verbose_name)), self._of(before, each), self._of(after, each)
            )
            for each in self.fields
        )
        return [each for each in told if each.before != each.after]

    def _of(self, row: Any, field: Any) -> str:
        value = None if row is None else getattr(row, field.attname, None)
        if value in (None, "", [], {}):
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime):
            # To the second: what changed within one minute differs, too.
            zone = timezone.get_current_timezone()
            on = words.day(value, zone, moment.now())
            return f"{on} {value.astimezone(zone):%H:%M:%S}"
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, ForeignKey):
            return self.names.get((field, value), str(value))
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        if isinstance(value, dict):
            return ", ".join(f"{name}: {each}" for name, each in value.items())
        return str(value)
