"""Today: what a store's people do now, across all kinds of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.catalog.pictures import Picture, pictures_of
from inventory.locations.opening import openings
from omni.access.names import names_of
from omni.access.permissions import Permission
from omni.console import jobs
from omni.console.jobs import Job
from omni.core.errors import NotFound
from omni.screens import moment, subjects, words
from omni.screens.place import Place
from omni.screens.views import Done, Screen
from omni.work import operations as work_operations
from orders.fulfilment.models import FulfilmentOrder
from orders.sales.store_hours import StoreSales, store_sales

SHOWN = 40
PICTURES = 3
SALES_KEPT = 30  # seconds


class Today(Screen):
    """The store's day."""

    permission = Permission.FULFILMENT_VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        now = moment.now()
        live = jobs.live_work(self.actor, self.place)
        made = (jobs.fulfilment_job(row) for row in live)
        todo = [job for job in made if job is not None]
        papers = jobs.papers(self.actor, self.place, now) if self._sees_work() else jobs.Papers()
        todo += papers.jobs
        whose = request.GET.get("whose", "")
        shown = [job for job in jobs.sorted_jobs(todo) if self._is_in(job, whose)]
        context = {
            "jobs": with_pictures(shown[:SHOWN]),
            "total": len(todo),
            "mine": sum(self._is_in(job, "mine") for job in todo),
            "whose": whose,
            "left_out": max(0, len(shown) - SHOWN),
            "day": words.long_day(now.astimezone(self.place.zone).date()),
            "open_until": open_until(self.place, now),
            **promises(live, now, self.place),
            "sales": self._sales(now),
            **self._aside(papers),
        }
        return self.show("console/today/today.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.once(self._write_note)

    def _write_note(self) -> Done:
        work_operations.write_team_note(
            location_id=self.place.location_id,
            text=self.request.POST.get("text", ""),
            actor=self.actor,
        )
        return Done(reverse("console:today"), _("Told to the team"))

    def _sales(self, now: datetime) -> StoreSales | None:
        """What the store sold today, for who sells there; kept for half a minute."""
        here = self.place.location_id
        if not self.actor.may(Permission.ORDERS_VIEW, location_id=here):
            return None
        key = f"sales-today:{here}:{self.place.currency}"
        kept: StoreSales | None = cache.get(key)
        if kept is None:
            kept = store_sales(
                self.actor, here, currency=self.place.currency, zone=self.place.time_zone, now=now
            )
            cache.set(key, kept, SALES_KEPT)
        return kept

    def _sees_work(self) -> bool:
        return self.actor.may(Permission.WORK_VIEW, location_id=self.place.location_id)

    def _is_in(self, job: Job, whose: str) -> bool:
        return whose != "mine" or job.assignee_id == self.actor.user_id

    def _aside(self, papers: jobs.Papers) -> dict[str, Any]:
        """Team notes and what went wrong."""
        if not self._sees_work():
            return {}
        here = self.place.location_id
        names = names_of(note.principal for note in papers.notes)
        decides = self.actor.may(Permission.WORK_DECIDE, location_id=here)
        return {
            "notes": [
                {
                    "row": note,
                    "by": names.get(note.principal, ""),
                    "is_mine": decides or note.principal == self.actor.principal,
                }
                for note in papers.notes
            ],
            "incidents": [{"row": row, "page": subjects.page_of(row)} for row in papers.incidents],
            "sees_work": True,
        }


class TakeDownNote(Screen):
    """A team note has been heard."""

    permission = Permission.WORK_VIEW

    def post(self, request: HttpRequest, note_id: UUID) -> HttpResponse:
        return self.once(lambda: self._take_down(note_id))

    def _take_down(self, note_id: UUID) -> Done:
        note = work_operations.take_down_team_note(note_id=note_id, actor=self.actor)
        if note.location_id != self.place.location_id:
            raise NotFound
        return Done(reverse("console:today"), _("Taken down"))


def promises(live: Sequence[FulfilmentOrder], now: datetime, place: Place) -> dict[str, Any]:
    """What is due within the hour, what is late, what lies ready, and the busiest hour to come."""
    asked = [row for row in live if row.due_at and row.status not in jobs.AT_COUNTER]
    asked = [row for row in asked if row.status not in jobs.TO_PUT_BACK]
    late = [row.due_at for row in asked if row.due_at and row.due_at < now]
    soon = [
        row.due_at for row in asked if row.due_at and now <= row.due_at < now + timedelta(hours=1)
    ]
    ready = [row for row in live if row.status in jobs.AT_COUNTER]
    by_hour = Counter(
        row.due_at.astimezone(place.zone).hour
        for row in asked
        if row.due_at and row.due_at >= now and _is_today(row.due_at, now, place)
    )
    first = now.astimezone(place.zone).hour
    busiest = max(by_hour, key=lambda hour: (by_hour[hour], -hour)) if by_hour else None
    return {
        "soon": len(soon),
        "late": len(late),
        "latest": words.span(int((now - min(late)).total_seconds())) if late else "",
        "ready": len(ready),
        "here": sum(bool(row.pickup.arrived_at) for row in ready if hasattr(row, "pickup")),
        "hours": [by_hour.get(hour, 0) for hour in range(first, 24)] if by_hour else [],
        "busiest": busiest,
        "busiest_until": None if busiest is None else busiest + 1,
        "busiest_count": by_hour[busiest] if busiest is not None else 0,
    }


def _is_today(at: datetime, now: datetime, place: Place) -> bool:
    return at.astimezone(place.zone).date() == now.astimezone(place.zone).date()


def with_pictures(shown: Sequence[Job]) -> list[Job]:
    """The same rows with the first pictures of what they are about, in one statement."""
    pictures = pictures_of([each for job in shown for each in job.variant_ids[:PICTURES]])
    return [
        replace(
            job,
            pictures=[pictures.get(each, Picture("", "")) for each in job.variant_ids[:PICTURES]],
            more=max(0, len(job.variant_ids) - PICTURES),
        )
        for job in shown
    ]


def open_until(place: Place, now: datetime) -> str:
    """Until when the store is open, or when it opens."""
    opening = openings([place.location_id], now).get(place.location_id)
    if opening is None or opening.changes_at is None:
        return _("Open") if opening and opening.is_open else _("Closed")
    at = words.within(words.when(opening.changes_at, place.zone, now))
    return (_("Open until %(at)s") if opening.is_open else _("Closed, opens %(at)s")) % {"at": at}
