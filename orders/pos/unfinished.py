"""Money that was taken for a sale which nobody finished: the sale waits, and people are told."""

from __future__ import annotations

from django.db.models import CharField, Exists, OuterRef
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from omni.access.actor import Actor
from omni.core.money import Money
from omni.work import operations as work
from omni.work.models import Incident
from orders.checkout import unfinished
from orders.checkout.models import Cart
from orders.pos.models import Register, TakenTender
from orders.pos.taking import taken_for

KIND, SUBJECT = "sale_not_finished", "cart"


def _held() -> Exists:
    return Exists(TakenTender.objects.filter(cart=OuterRef("pk"), returned_at=None))


def _told() -> Exists:
    about = Cast(OuterRef("pk"), CharField())
    return Exists(Incident.objects.filter(kind=KIND, subject_kind=SUBJECT, subject_id=about))


def _tell(cart: Cart, actor: Actor) -> None:
    """At the store of the register where the sale was open."""
    rows = taken_for(cart.pk)
    taken = sum(each.amount_minor for each in rows)
    register = Register.objects.filter(pk=cart.register_id).first() if cart.register_id else None
    said = _("Money taken, sale not finished: %(sum)s at %(register)s.") % {
        "sum": Money(taken, cart.currency),
        "register": register.name if register else _("a register that is not known"),
    }
    work.open_incident(
        kind=KIND,
        subject_kind=SUBJECT,
        subject_id=cart.pk,
        summary=said,
        details={
            "taken_minor": taken,
            "currency": cart.currency,
            "register": register.name if register else "",
            "taken_at": rows[0].taken_at.isoformat(),
        },
        location_id=register.location_id if register else None,
        actor=actor,
    )


unfinished.register(unfinished.MoneyIn(_held, _told, _tell))
