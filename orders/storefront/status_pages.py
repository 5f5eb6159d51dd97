"""The page of an order for its customer, opened by the link in the mails, without signing in.

Each action has a small page of its own, so that the page of the order can renew itself without
taking away what somebody types. All of them act as a guest who holds the token of the order: what
that may do is decided by the operations. Wrong links are counted against whoever tries them.

The referrer stays within the site (``same-origin``, as everywhere): with none at all browsers would
send forms from no origin, and the guard against forged forms would refuse them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from omni.access.actor import Actor
from omni.core.errors import NotFound
from omni.rest import limits
from omni.rest.throttles import client_address
from omni.screens.views import OPEN, Done, Screen
from orders.aftersales import operations as aftersales
from orders.aftersales.operations import ReturnUnits
from orders.fulfilment import operations as fulfilment
from orders.fulfilment.after import carry_out_after_commit
from orders.sales.models import Order
from orders.sales.queries import find_by_link
from orders.storefront.order_choices import Choices, choices_of
from orders.storefront.order_language import locale_of
from orders.storefront.order_status import OrderStanding, Part, read_standing
from orders.storefront.status_forms import CancelForm, DelegateForm, HereForm, ReturnForm

WRONG_LINKS = 30
ACTIONS = 30
AN_HOUR = timedelta(hours=1)


class _OfOrder(Screen):
    """A page below ``/o/<token>``."""

    permission = OPEN
    needs_place = False

    order: Order | None
    token: str

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.token = str(kwargs["token"])
        try:
            self.order = find_by_link(self.token)
        except NotFound:
            self.order = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        response.headers["Cache-Control"] = "no-store"
        return response

    def language(self) -> str:
        """Their own, in which the mails are; the browser's where nobody knows it."""
        return locale_of(self.order) if self.order else super().language()

    @property
    def claimed_by(self) -> str:
        return f"order:{self.order.pk}" if self.order else "order"

    def opened(self) -> Order:
        """The order; a wrong link is counted. Raises: NotFound, TooManyAttempts."""
        if self.order is None:
            limits.spend("order_link", client_address(self.request), WRONG_LINKS, AN_HOUR)
            raise NotFound
        return self.order

    def guest(self) -> Actor:
        """Whoever holds the link."""
        return Actor(kind="anonymous", channel_id=self.opened().channel_id)

    def acting(self) -> dict[str, Any]:
        """What the operations ask of a guest. Raises: TooManyAttempts."""
        limits.spend("order_page", str(self.opened().pk), ACTIONS, AN_HOUR)
        return {"actor": self.guest(), "order_token": self.token}

    @property
    def home(self) -> str:
        return reverse("public:order", args=[self.token])

    def standing(self) -> OrderStanding:
        return read_standing(self.opened())

    def choices(self, standing: OrderStanding) -> Choices:
        return choices_of(standing, self.guest().principal)

    def told(self, template: str, **context: Any) -> HttpResponse:
        order = self.opened()
        known = {"order": order, "brand": order.channel.brand_name, "home": self.home}
        return self.show(f"public/order/{template}.html", known | context)


class OrderPage(_OfOrder):
    """How the order stands, and what may be done with it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        standing = self.standing()
        return self.told("order", standing=standing, choices=self.choices(standing))


class _OfPickup(_OfOrder):
    """An action on one pickup of the order."""

    def part(self, work_id: UUID) -> Part:
        """Raises: NotFound."""
        parts = [each for each in self.standing().parts if each.row.pk == work_id]
        if not parts or not parts[0].is_pickup:
            raise NotFound
        return parts[0]


class SayHere(_OfPickup):
    """I am here."""

    def get(self, request: HttpRequest, token: str, work_id: UUID) -> HttpResponse:
        return self.told("here", part=self.part(work_id), form=self.fresh(HereForm))

    def post(self, request: HttpRequest, token: str, work_id: UUID) -> HttpResponse:
        acting, given = self.acting(), self.form(HereForm).cleaned_data
        return self.once(lambda: self._say(work_id, given["note"], acting))

    def _say(self, work_id: UUID, note: str, acting: dict[str, Any]) -> Done:
        fulfilment.report_arrival(fulfilment_order_id=work_id, note=note, **acting)
        return Done(self.home, _("The store knows that you are there."))


class Extend(_OfPickup):
    """More time, once."""

    def get(self, request: HttpRequest, token: str, work_id: UUID) -> HttpResponse:
        return self.told("extend", part=self.part(work_id))

    def post(self, request: HttpRequest, token: str, work_id: UUID) -> HttpResponse:
        acting = self.acting()
        return self.once(lambda: self._extend(work_id, acting))

    def _extend(self, work_id: UUID, acting: dict[str, Any]) -> Done:
        fulfilment.extend(fulfilment_order_id=work_id, **acting)
        return Done(self.home, _("You have more time now."))


class NameDelegate(_OfPickup):
    """Somebody else comes."""

    def get(self, request: HttpRequest, token: str, work_id: UUID) -> HttpResponse:
        part = self.part(work_id)
        known = part.pickup.delegate_name if part.pickup else ""
        form = self.fresh(DelegateForm, initial={"name": known})
        return self.told("delegate", part=part, form=form)

    def post(self, request: HttpRequest, token: str, work_id: UUID) -> HttpResponse:
        acting, given = self.acting(), self.form(DelegateForm).cleaned_data
        return self.once(lambda: self._name(work_id, given["name"], acting))

    def _name(self, work_id: UUID, name: str, acting: dict[str, Any]) -> Done:
        fulfilment.name_delegate(fulfilment_order_id=work_id, name=name, **acting)
        if not name:
            return Done(self.home, _("You collect it yourself."))
        return Done(self.home, _("%(name)s may collect it. Give them the code.") % {"name": name})


class Cancel(_OfOrder):
    """Cancel what is open, while nobody works on it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        standing = self.standing()
        choices = self.choices(standing)
        return self.told("cancel", standing=standing, choices=choices, form=self.fresh(CancelForm))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        acting, given = self.acting(), self.form(CancelForm).cleaned_data
        return self.once(lambda: self._cancel(given["reason"], acting))

    def _cancel(self, reason: str, acting: dict[str, Any]) -> Done:
        order_id = self.opened().pk
        aftersales.cancel_order(order_id=order_id, reason=reason, **acting)
        carry_out_after_commit(order_id)
        return Done(self.home, _("What was open is cancelled."))


class AskToCancel(Cancel):
    """The question whether it may be cancelled although it is late."""

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        acting, given = self.acting(), self.form(CancelForm).cleaned_data
        return self.once(lambda: self._ask(given["reason"], acting))

    def _ask(self, reason: str, acting: dict[str, Any]) -> Done:
        aftersales.ask_to_cancel(order_id=self.opened().pk, reason=reason, **acting)
        return Done(self.home, _("We asked the store. Look here again in a while."))


class AskReturn(_OfOrder):
    """Announce that goods come back."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        choices = self.choices(self.standing())
        form = self.fresh(ReturnForm, lines=choices.returnable)
        return self.told("return", choices=choices, form=form)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        acting = self.acting()
        form = self.form(ReturnForm, lines=self.choices(self.standing()).returnable)
        return self.once(lambda: self._ask(form, acting))

    def _ask(self, form: ReturnForm, acting: dict[str, Any]) -> Done:
        case = aftersales.request_return(
            order_id=self.opened().pk,
            units=[ReturnUnits(line_id, count) for line_id, count in form.units()],
            reason=form.cleaned_data["reason"],
            **acting,
        )
        return Done(self.home, _("We have your request %(number)s.") % {"number": case.number})


class KeepGoods(_OfOrder):
    """Call a return off before anything arrived."""

    def get(self, request: HttpRequest, token: str, return_id: UUID) -> HttpResponse:
        cases = [each for each in self.choices(self.standing()).cases if each.pk == return_id]
        if not cases:
            raise NotFound
        return self.told("keep", case=cases[0])

    def post(self, request: HttpRequest, token: str, return_id: UUID) -> HttpResponse:
        acting = self.acting()
        return self.once(lambda: self._keep(return_id, acting))

    def _keep(self, return_id: UUID, acting: dict[str, Any]) -> Done:
        aftersales.cancel_return(case_id=return_id, **acting)
        return Done(self.home, _("You keep the goods."))
