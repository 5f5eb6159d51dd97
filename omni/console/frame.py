"""What belongs to every page of the console: where one works, who one is, what a code means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import RedirectView

from inventory.locations import queries as locations
from inventory.locations.models import Location, LocationKind
from omni.access.permissions import Permission
from omni.access.sessions import staff_actor
from omni.core.errors import NotFound
from omni.screens import codes
from omni.screens.place import Place, forget_place, keep_place, place_of
from omni.screens.views import OPEN, STAFF, Screen
from orders.pos.models import Register

THEME_COOKIE = "omni_theme"
THEMES = ("auto", "light", "dark")
A_YEAR = 365 * 86_400


class Home(RedirectView):
    """The start: the store's day for who works in a store, the overview for head office."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        actor = staff_actor(self.request)
        if actor is None:
            return reverse("account_login")
        if place_of(self.request) is not None or not actor.may_everywhere(Permission.ORDERS_VIEW):
            return reverse("console:today")
        return reverse("office:overview")


class Start(Screen):
    """The console begins with the day."""

    permission = STAFF

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("console:today"))


class ChooseStore(Screen):
    """Which store, and which register: asked once a session, and whenever one walks over."""

    permission = STAFF
    needs_place = False

    def get(self, request: HttpRequest) -> HttpResponse:
        stores = list(self._stores())
        if len(stores) == 1 and self.chosen is None and self.problem is None:
            keep_place(request, _place_at(stores[0]))
            return HttpResponseRedirect(self._next())
        registers = Register.objects.filter(location__in=stores, is_active=True).order_by("code")
        by_store: dict[UUID, list[Register]] = {}
        for register in registers:
            by_store.setdefault(register.location_id, []).append(register)
        context = {
            "stores": [(store, by_store.get(store.pk, [])) for store in stores],
            "next": self._next(),
        }
        return self.show("console/choose.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        store = self._stores().filter(pk=_given(request, "store")).first()
        if store is None:
            raise NotFound
        register = None
        if request.POST.get("register"):
            register = Register.objects.filter(
                location=store, pk=_given(request, "register"), is_active=True
            ).first()
            if register is None:
                raise NotFound
        keep_place(request, _place_at(store, register))
        return self.go(self._next())

    def _stores(self) -> Any:
        """Stores where the person may do what a store's staff do."""
        visible = locations.locations_visible_to(self.actor, Permission.FULFILMENT_VIEW)
        return visible.filter(kind=LocationKind.STORE, status__in=locations.TRADING).order_by(
            "name", "pk"
        )

    def _next(self) -> str:
        asked = self.request.POST.get("next") or self.request.GET.get("next", "")
        own = url_has_allowed_host_and_scheme(asked, allowed_hosts={self.request.get_host()})
        return asked if own and asked.startswith("/") else reverse("console:today")


def _place_at(store: Location, register: Register | None = None) -> Place:
    """The place as the session keeps it. Money is counted in the currency of its tills."""
    till = register or (
        Register.objects.filter(location=store, is_active=True)
        .select_related("channel")
        .order_by("code")
        .first()
    )
    channel = till.channel if till else None
    place = Place(
        location_id=store.pk,
        location_name=store.name,
        location_code=store.code,
        country=store.country,
        currency=channel.currency if channel else "EUR",
        time_zone=store.time_zone,
        channel_id=channel.pk if channel else None,
    )
    if register is None:
        return place
    return replace(place, register_id=register.pk, register_name=register.name)


def _given(request: HttpRequest, field: str) -> UUID:
    """The id in a field. Raises: NotFound."""
    try:
        return UUID(request.POST.get(field, ""))
    except ValueError:
        raise NotFound from None


class LeaveStore(Screen):
    """Work nowhere in particular, to choose another store."""

    permission = STAFF
    needs_place = False

    def post(self, request: HttpRequest) -> HttpResponse:
        forget_place(request)
        return self.go(reverse("console:choose"))


class Find(Screen):
    """What a scanned or typed text may mean. One whole code opens at once."""

    permission = STAFF
    needs_place = False
    page = "console/find.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = codes.cleaned(request.GET.get("q", ""))
        found = codes.hits(text, self.actor, self.asked_at())
        exact = codes.only_exact(found)
        if exact is not None and "peek" not in request.GET:
            return self.go(exact.url)
        template = "console/find_peek.html" if "peek" in request.GET else self.page
        return self.show(template, {"text": text, "hits": found[:20], "exact": exact})

    def asked_at(self) -> Place | None:
        """The store whose pages the hits lead to; None leads to those of the back office."""
        return self.chosen


class OfficeFind(Find):
    """The same, asked from the back office: over all stores, and pages by their names."""

    page = "office/find.html"

    def asked_at(self) -> Place | None:
        return None


class Live(Screen):
    """The moving parts of the frame: counts in the rail, people who are here, what is new."""

    permission = STAFF

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show("console/frame/live.html")


class ChooseTheme(Screen):
    """Light, dark, or as the device has it."""

    permission = OPEN
    needs_place = False

    def post(self, request: HttpRequest) -> HttpResponse:
        theme = request.POST.get("theme", "")
        response = self.go(self.came_from())
        if theme in THEMES:
            response.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, samesite="Lax")
        return response
