"""The counter: who takes what on which proof, in one press; and what to do if it was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from omni.access.permissions import Permission
from omni.core.errors import Invalid, NotFound
from omni.core.secrets import digest
from omni.screens import moment
from omni.screens.views import KEY_FIELD, Done, Screen
from orders.fulfilment import boards
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.after import carry_out_after_commit
from orders.fulfilment.beside import hand_overs_of
from orders.fulfilment.boards import Card
from orders.fulfilment.console_forms import HandOverForm, ReasonForm
from orders.fulfilment.console_panel import paid_words, steps_of
from orders.fulfilment.console_steps import Step
from orders.fulfilment.models import FulfilmentOrder, FulfilmentState
from orders.fulfilment.money import to_be_taken
from orders.fulfilment.proof import HANDABLE, MAX_ATTEMPTS, IdKind
from orders.fulfilment.proven import code_proven_by


class ProofMissing(Invalid):
    code = "proof_missing"
    message = gettext_lazy(
        "There is no proof yet. Scan or type the code that the customer shows, or check an ID."
    )


class CodeNoteOver(Invalid):
    code = "code_note_over"
    message = gettext_lazy("The scan is too long ago, or the code was renewed. Scan it again.")


class HandOver(Screen):
    """Goods change hands: the name, the goods, the proof, one button."""

    permissions = {"GET": Permission.FULFILMENT_VIEW, "POST": Permission.PICKUP_HAND_OVER}

    def get(self, request: HttpRequest, work_id: UUID) -> HttpResponse:
        card = boards.card_of(self.actor, work_id, self.place.location_id)
        if card is None or card.pickup is None:
            raise NotFound
        note = request.POST.get("proven") or request.GET.get("proven", "")
        is_proven = bool(code_proven_by(note, card.pickup, self.actor)) if note else False
        is_here = card.work.status in HANDABLE
        context = {
            "card": card,
            "form": self.fresh(HandOverForm),
            "proven": note if is_proven else "",
            "to_take": _to_take(card) if is_here else 0,
            "paid": paid_words(card.work.order),
            "is_handable": is_here,
            "is_given": card.work.status == FulfilmentState.HANDED_OVER,
            "given": [] if card.pickup.handed_over_at is None else hand_overs_of(card.work),
            "can": dict.fromkeys(self._steps(card), True),
            "may_hand_over": self._may(Permission.PICKUP_HAND_OVER),
            "may_check_id": self._may(Permission.PICKUP_HAND_OVER_BY_ID),
            "id_kinds": IdKind.choices,
            "tries_left": MAX_ATTEMPTS - card.pickup.code_attempts,
        }
        return self.show("console/pickups/hand_over.html", context)

    def post(self, request: HttpRequest, work_id: UUID) -> HttpResponse:
        return self.once(lambda: self._hand_over(work_id), process=True)

    def _hand_over(self, work_id: UUID) -> Done:
        card = boards.card_of(self.actor, work_id, self.place.location_id)
        if card is None or card.pickup is None:
            raise NotFound
        given = self.form(HandOverForm).cleaned_data
        key = self.request.POST.get(KEY_FIELD, "")
        fulfilment.hand_over(
            fulfilment_order_id=work_id,
            code=self._code(card, given),
            id_kind=given["id_kind"],
            is_delegate=given["is_delegate"],
            quantities=self._quantities(card),
            cancel_rest=given["cancel_rest"],
            request_key=digest(f"{self.actor.principal}:{key}"),
            actor=self.actor,
        )
        carry_out_after_commit(card.work.order_id)
        undo = ""
        if self._may(Permission.PICKUP_UNDO_HAND_OVER):
            undo = reverse("console:undo-hand-over", args=[work_id])
        who = card.pickup.delegate_name if given["is_delegate"] else card.work.order.contact_name
        said = _("Handed over to %(name)s") % {"name": who} if who else _("Handed over")
        return Done(reverse("console:hand-over", args=[work_id]), said, undo=undo)

    def _code(self, card: Card, given: Mapping[str, Any]) -> str:
        """The code that was typed, else the one that was scanned before the page opened."""
        if given["code"] or given["id_kind"]:
            return str(given["code"])
        if not given["proven"]:
            raise ProofMissing
        assert card.pickup is not None  # noqa: S101  judged by the caller
        code = code_proven_by(given["proven"], card.pickup, self.actor)
        if not code:
            raise CodeNoteOver
        return code

    def _quantities(self, card: Card) -> dict[int, int] | None:
        """Units by line where fewer than all are taken; what is no number counts as none."""
        posted = self.request.POST
        asked = {line.row.pk: posted[line.field] for line in card.lines if line.field in posted}
        units = {key: int(text) if _is_count(text) else 0 for key, text in asked.items()}
        everything = all(units.get(line.row.pk, line.waits) == line.waits for line in card.lines)
        return None if everything else units

    def _steps(self, card: Card) -> tuple[str, ...]:
        return steps_of(card, self.actor, self.place.location_id, now=moment.now())

    def _may(self, permission: str) -> bool:
        return self.actor.may(permission, location_id=self.place.location_id)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8


def _to_take(card: Card) -> int:
    """What the till must take first, for all that waits."""
    units = {line.row.order_line_id: line.waits for line in card.lines}
    return to_be_taken(card.work.order, units)


class AtCounter(Step):
    """A step whose page is that of the hand-over."""

    takes = ReasonForm

    def get(self, request: HttpRequest, work_id: UUID) -> HttpResponse:
        if not self.problem:
            return self.go(reverse("console:hand-over", args=[work_id]))
        page = HandOver()
        page.setup(request, work_id=work_id)
        page.actor, page.chosen = self.actor, self.chosen
        page.problem, page.refused_form = self.problem, None
        return page.get(request, work_id)

    def leads_to(self, row: FulfilmentOrder) -> str:
        return reverse("console:hand-over", args=[row.pk])


class RefuseAtCounter(AtCounter):
    """The customer looked at the goods and does not want them."""

    permissions = {"GET": Permission.FULFILMENT_VIEW, "POST": Permission.PICKUP_HAND_OVER}
    said = gettext_lazy("Refused. What was paid goes back; put the goods back in their place.")

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        fulfilment.refuse_at_counter(
            fulfilment_order_id=work_id, reason=given["reason"], actor=self.actor
        )


class UndoHandOver(AtCounter):
    """It was the wrong bag."""

    permissions = {"GET": Permission.FULFILMENT_VIEW, "POST": Permission.PICKUP_UNDO_HAND_OVER}

    def carry_out(self, work_id: UUID, given: dict[str, Any]) -> None:
        fulfilment.undo_hand_over(
            fulfilment_order_id=work_id, reason=given["reason"], actor=self.actor
        )

    def words(self, row: FulfilmentOrder) -> str:
        count = sum(line.picked - line.handed_over for line in row.lines.all())
        return ngettext(
            "Undone: %(n)d item is on its shelf again",
            "Undone: %(n)d items are on their shelf again",
            count,
        ) % {"n": count}
