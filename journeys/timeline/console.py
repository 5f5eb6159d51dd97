"""The customer's page of the store console: who they are, what is open, what happened; and what
staff note there."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from customers.profiles import operations as profiles
from customers.profiles.models import Customer
from journeys.timeline import access, showing
from journeys.timeline import operations as timeline
from journeys.timeline.acting import Acting, page
from journeys.timeline.console_forms import (
    CALL,
    NO_SALE,
    NOTE,
    SAYINGS,
    TASK,
    VISIT,
    SayForm,
    VisitForm,
)
from journeys.timeline.dossier import dossier_of
from journeys.timeline.entries import last_touches
from journeys.timeline.kinds import NO_SALE_REASONS
from journeys.timeline.open_rows import Moment, closed_told, problem_told, rows_told
from journeys.timeline.open_things import CLOSED, open_things
from journeys.timeline.operations import Capture
from journeys.timeline.reading import Read, Wanted, by_day, read, wanted_by
from journeys.timeline.showing import customer_url
from omni.access import pins
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.screens import moment
from omni.screens.views import KEY_FIELD, Done, Screen
from omni.work import operations as work

REVEALED = "revealed"  # in the session; not kept when another person takes over the device
REVEALED_FOR = timedelta(minutes=5)
CLOSING = time(18, 0)


class CustomerPage(Screen):
    """Everything of one customer. Opened for an open reason only, and each look is logged."""

    permission = Permission.CUSTOMERS_HISTORY

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        opened = access.open_customer(actor=self.actor, customer_id=customer_id)
        if opened is None:
            may_note = self._may(Permission.JOURNEYS_CAPTURE)
            context = {"customer_id": customer_id, "form": VisitForm(), "may_note": may_note}
            return self.show("console/customers/no_reason.html", context, status=403)
        at = Moment(moment.now(), self.place.zone)
        acting = Acting(self.actor, self.place, customer_id)
        things = open_things(actor=self.actor, customer_id=customer_id, now=at.now)
        wanted = wanted_by(request.GET)
        found = read(customer_id, wanted, at.zone)
        dossier = dossier_of(customer_id, at.now)
        context = {
            "customer": opened.customer,
            "at": at,
            "head": showing.head(opened.customer, dossier, found, at),
            "touches": [showing.touch(each, at) for each in last_touches(found.latest)],
            "trouble": problem_told(things, acting, at),
            "open": rows_told(things, acting, at),
            "closed": closed_told(things, at.zone, CLOSED),
            "facts": showing.facts(dossier, at, is_revealed=self._is_revealed(customer_id, at.now)),
            **self._timeline(customer_id, wanted, found, at),
            **self._composer(),
            "actions": self._actions(opened.customer),
            "edits": self._may(Permission.CUSTOMERS_EDIT),
        }
        return self.show("console/customers/customer.html", context)

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        access.require_reason(actor=self.actor, customer_id=customer_id)
        return self.once(lambda: self._say(customer_id))

    # --- what is shown ------------------------------------------------------------------------

    def _may(self, permission: Permission) -> bool:
        return self.actor.may(permission, location_id=self.place.location_id)

    def _is_revealed(self, customer_id: UUID, now: datetime) -> bool:
        until = self.request.session.get(REVEALED, {}).get(str(customer_id))
        return bool(until) and datetime.fromisoformat(until) > now

    def _timeline(
        self, customer_id: UUID, wanted: Wanted, found: Read, at: Moment
    ) -> dict[str, Any]:
        """The middle column: its filters, days, the opened entry and the way on."""
        asked = self.request.GET
        opened = asked.get("open", "")
        entry = next((each for each in found.entries if str(each.id) == opened), None)
        keep = showing.kept(wanted)
        days = by_day(found.entries, at.zone)
        on = {"cursor": wanted.cursor} if wanted.cursor else {}
        return {
            "days": [showing.day(each, at, after=asked.get("after", "")) for each in days],
            "wanted": wanted,
            "filters": showing.filters(customer_id, wanted),
            "opened_id": entry.id if entry else None,
            "detail": showing.detail(entry, customer_id, at) if entry else None,
            "stay": customer_url(customer_id, **keep, **on) + ("&" if keep or on else "?"),
            "earlier": customer_url(
                customer_id, **keep, cursor=found.next, after=days[-1].on.isoformat()
            )
            if found.next and days
            else customer_url(customer_id, **keep, cursor=found.next)
            if found.next
            else "",
            "is_later_page": bool(wanted.cursor),
        }

    def _composer(self) -> dict[str, Any]:
        kinds = [kind for kind in SAYINGS if self._may_say(kind)]
        colleagues = pins.people_at(self.place.location_id) if TASK in kinds else []
        chosen = self.request.POST.get("kind") or (kinds[0] if kinds else "")
        return {
            "sayings": [(kind, *SAYINGS[kind], kind == chosen) for kind in kinds],
            "say_form": self.fresh(SayForm),
            "reasons": NO_SALE_REASONS,
            "colleagues": [each for each in colleagues if each.user_id != self.actor.user_id],
        }

    def _may_say(self, kind: str) -> bool:
        if kind == NOTE:
            return self._may(Permission.CUSTOMERS_EDIT)
        if kind == VISIT:  # the note of those who may not write one
            return self._may(Permission.JOURNEYS_CAPTURE) and not self._may_say(NOTE)
        if kind == TASK:
            return self._may(Permission.WORK_VIEW)
        return self._may(Permission.JOURNEYS_CAPTURE)

    def _actions(self, customer: Customer) -> dict[str, str]:
        may = self._may
        return {
            "sale": page("till", customer=customer.id) if may(Permission.POS_SELL) else "",
            "return": page("returns", q=customer.name) if may(Permission.RETURNS_CREATE) else "",
            "hold": page("hold", customer.id) if may(Permission.POS_SELL) else "",
        }

    # --- what is done -------------------------------------------------------------------------

    def _say(self, customer_id: UUID) -> Done:
        """One thing that was noted, by the operation of its kind."""
        given = self.form(SayForm).cleaned_data
        here = self.place.location_id
        if given["kind"] == NOTE:
            self.actor.require(Permission.CUSTOMERS_EDIT, location_id=here)
            profiles.write_note(
                customer_id=customer_id, text=given["text"], location_id=here, actor=self.actor
            )
            said = _("Noted")
        elif given["kind"] == TASK:
            self.actor.require(Permission.WORK_VIEW, location_id=here)
            work.create_task(
                matter=work.Matter("customer", "customer", customer_id, here),
                title=given["text"],
                due_at=self._due(given["due_date"]),
                assignee_id=self._colleague(given["assignee"]),
                actor=self.actor,
            )
            said = _("Given to do")
        else:
            self._capture(customer_id, *_captured(given))
            said = _("Noted")
        return Done(customer_url(customer_id), said)

    def _capture(self, customer_id: UUID, kind: str, facts: dict[str, Any]) -> None:
        capture = Capture(
            kind=kind,
            key=self.request.POST.get(KEY_FIELD, ""),
            facts=facts,
            customer_id=customer_id,
            location_id=self.place.location_id,
        )
        timeline.capture_interactions(captures=[capture], actor=self.actor)

    def _due(self, on: Any) -> datetime | None:
        return datetime.combine(on, CLOSING, tzinfo=self.place.zone) if on else None

    def _colleague(self, user_id: UUID | None) -> UUID | None:
        """Only who works at this store is given something to do."""
        if user_id is None:
            return None
        found = pins.people_at(self.place.location_id, user_id=user_id)
        return found[0].user_id if found else None


class NoteVisit(CustomerPage):
    """The customer stands here: that is noted, and a reason to look at their history."""

    permission = Permission.CUSTOMERS_HISTORY

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        return self.go(customer_url(customer_id))

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        return self.once(lambda: self._note(customer_id))

    def _note(self, customer_id: UUID) -> Done:
        note = self.form(VisitForm).cleaned_data["note"]
        self._capture(customer_id, "store.visited", {"note": note} if note else {})
        return Done(customer_url(customer_id), _("The visit is noted"))


class Reveal(Screen):
    """Show contact details in full for a few minutes. That somebody did is logged."""

    permission = Permission.CUSTOMERS_HISTORY

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        access.require_reason(actor=self.actor, customer_id=customer_id)
        log_view(actor=self.actor, kind="customer.contact", subject_id=customer_id, reason="shown")
        until = moment.now() + REVEALED_FOR
        request.session[REVEALED] = {str(customer_id): until.isoformat()}
        return self.go(self.came_from())


def _captured(given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The kind of touchpoint that a saying is, and its facts."""
    text = {"text": given["text"]} if given["text"] else {}
    if given["kind"] == CALL:
        return "call.noted", {**text, "direction": given["direction"] or "in"}
    if given["kind"] == NO_SALE:
        return "no_sale.noted", {**text, "reason": given["reason"]}
    return "store.visited", {"note": given["text"]} if given["text"] else {}
