"""Figures over time: names of days, weeks and months, the period before beside them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from omni.console import periods
from omni.console.charted import Cell
from omni.console.questions import Question

COLUMNS = 7  # that many groups stand beside each other; the smaller ones are put together


def grain_word(grain: str) -> str:
    """What heads the column of days, weeks or months."""
    return {"day": _("Day"), "week": _("Week"), "month": _("Month")}[grain]


def bucket_cell(day: date, grain: str) -> Cell:
    """The name of a bucket; for files 2026-11-23, 2026-W48, 2026-11."""
    name, year = periods.bucket_name(day, grain), day.isocalendar()
    raw = {"day": day.isoformat(), "week": f"{year.year}-W{year.week:02}", "month": f"{day:%Y-%m}"}
    return Cell(name, raw[grain], short=periods.short_name(day, grain))


def folded(totals: Counter[str]) -> tuple[list[str], str]:
    """The groups that stand for themselves, and the name of the rest ("" if there is none)."""
    ranked = [name for name, _sum in sorted(totals.items(), key=lambda each: (-each[1], each[0]))]
    if len(ranked) <= COLUMNS:
        return ranked, ""
    return ranked[: COLUMNS - 1], _("Other")


def before_buckets(
    question: Question, grain: str, rows: Iterable[tuple[int, date, int]]
) -> list[int]:
    """Sums of the period before, in the buckets that they are held against."""
    days, was = question.period.days, question.period.before_days
    place = {day: days[min(index, len(days) - 1)] for index, day in enumerate(was)}
    held: Counter[date] = Counter()
    for span, day, value in rows:
        if span == 1 and day in place:
            held[periods.bucket(place[day], grain)] += value
    return [held[day] for day in periods.buckets(days, grain)]
