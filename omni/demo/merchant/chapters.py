"""How far the full demo is told: its chapters, and what to say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from omni.core import clock
from omni.demo.models import DemoChapter


@dataclass(frozen=True, slots=True)
class Progress:
    """``fraction`` of 1, and ``words`` for a person."""

    fraction: Decimal
    words: str


def progress() -> Progress | None:
    """How far the filling is; None when it is done, or was never begun. Two small queries."""
    sums = DemoChapter.objects.aggregate(planned=Sum("planned"), told=Sum("told"))
    at_work = DemoChapter.objects.filter(finished_at=None).order_by("pk").first()
    if at_work is None or not sums["planned"]:
        return None
    fraction = (Decimal(sums["told"]) / Decimal(sums["planned"])).quantize(Decimal("0.001"))
    words = _("The demo merchant is being filled: %(percent)s %%, now %(chapter)s.")
    return Progress(
        fraction, words % {"percent": int(fraction * 100), "chapter": _title(at_work.name)}
    )


def _title(name: str) -> str:
    kind, _sign, rest = name.partition(":")
    return {
        "staff": _("staff"),
        "people": _("customers"),
        "queue": _("today's pickups"),
        "tills": _("tills"),
        "day": rest,
        "now": _("this hour"),
    }.get(kind, name)


def began_at() -> datetime:
    """The moment from which the demo is planned: now, the first time it is asked for."""
    first = DemoChapter.objects.order_by("pk").first()
    return first.began_at if first else clock.now()


def is_told() -> bool:
    """Whether the demo was begun and nothing of it is left to tell."""
    chapters = DemoChapter.objects.all()
    return chapters.exists() and not chapters.filter(finished_at=None).exists()


def write_plan(planned: Sequence[tuple[str, int]], *, began: datetime) -> None:
    """The chapters in their order; of those that are known, what another version planned anew."""
    known = {each.name: each for each in DemoChapter.objects.all()}
    DemoChapter.objects.bulk_create(
        DemoChapter(name=name, planned=count, began_at=began)
        for name, count in planned
        if name not in known
    )
    for name, count in planned:
        chapter = known.get(name)
        if chapter and not chapter.finished_at and chapter.planned != count:
            chapter.planned = max(count, chapter.told)
            chapter.save(update_fields=["planned"])


def told_of(name: str) -> int:
    """How many steps of a chapter are done."""
    return DemoChapter.objects.values_list("told", flat=True).get(name=name)


def mark_told(name: str, count: int) -> None:
    """So many steps of it are done by now."""
    DemoChapter.objects.filter(name=name).update(told=count)


def mark_finished(name: str) -> None:
    """All of it is told."""
    DemoChapter.objects.filter(name=name, finished_at=None).update(finished_at=clock.now())
