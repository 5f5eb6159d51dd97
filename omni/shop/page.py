"""The base of every page of the shop: which channel, who comes, and what the API refused.

A page is a plain Django view: GET shows it whole, POST makes one call and leads on. What the API
refuses comes as ``ShopProblem`` to ``refused``, which tells it on the same page; a session that
ended leads to the sign-in and back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views import View

from omni.shop import touches, visitor, words
from omni.shop.client import Api, Caller, ShopProblem

# What hardly changes is asked for once in this time.
KEPT_SECONDS = 60
KEY_FIELD = "idempotency_key"

AnyForm = TypeVar("AnyForm", bound=forms.Form)


class ShopPage(View):
    """One address of the shop."""

    http_method_names = ["get", "post", "head"]
    needs_account: ClassVar[bool] = False

    api: Api
    code: str
    visitor: visitor.Visitor
    problem: ShopProblem | None = None
    refused_form: forms.Form | None = None

    # --- the way through --------------------------------------------------------------------------

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.code = kwargs.pop("channel")
        self.kwargs = kwargs
        if self.code not in settings.SHOP_CHANNELS:
            raise Http404
        self.visitor = visitor.read(request, self.code)
        self.api = Api(
            key=settings.SHOP_CHANNELS[self.code],
            caller=Caller.of(request),
            session=self.visitor.session,
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        before = repr(self.visitor)
        try:
            response = self._answer(request)
        except ShopProblem as problem:
            response = self.refused(problem)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if repr(self.visitor) != before:
            visitor.keep(response, self.code, self.visitor)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        if self.needs_account and not self.visitor.is_signed_in:
            return self.to_sign_in()
        return super().dispatch(request, **self.kwargs)

    def refused(self, problem: ShopProblem) -> HttpResponseBase:
        """Told on the page where it happened, or on the next one where there is none."""
        if problem.status == 401 and self.visitor.is_signed_in:
            return self._session_ended()
        show: Callable[..., HttpResponseBase] | None = getattr(self, "get", None)
        if self.request.method == "POST" and show and problem.status != 404:
            self.problem = problem
            try:
                response = show(self.request, **self.kwargs)
            except ShopProblem as another:
                return self._broken(another)
            if response.status_code == 200:
                # 401 would say that a session ended; here a password was wrong.
                response.status_code = 403 if problem.status == 401 else problem.status
            return response
        if self.request.method == "POST" and problem.status < 500:
            return self.lead(self.back(), words.said(problem), tone="bad")
        return self._broken(problem)

    def _session_ended(self) -> HttpResponseBase:
        self.visitor.sign_out()
        self.api.session = ""
        if self.request.method != "POST" and not self.needs_account:
            return HttpResponseRedirect(self.request.get_full_path())
        return self.to_sign_in(_("Your session ended. Sign in again to go on."))

    def _broken(self, problem: ShopProblem) -> HttpResponse:
        known = {"problem": problem, "said": words.said(problem), "code": self.code}
        status = problem.status if problem.status in (404, 429) else 503
        return render(self.request, "shop/broken.html", known, status=status)

    def to_sign_in(self, said: str = "") -> HttpResponse:
        """To the sign-in, and from there back here."""
        is_page = self.request.method != "POST"
        here = self.request.get_full_path() if is_page else self.back()
        return self.lead(f"{self.url('sign-in')}?{urlencode({'next': here})}", said, tone="wait")

    # --- what pages use ---------------------------------------------------------------------------

    def url(self, name: str, *args: Any) -> str:
        """The address of a page of this channel."""
        return reverse(f"shop:{name}", args=[self.code, *args])

    def back(self) -> str:
        """Where a POST leads when it was refused: the page it was sent from, if that is ours."""
        return self.way(self.request.headers.get("Referer", ""), self.url("home"))

    def way(self, wanted: str, otherwise: str) -> str:
        """An address within this channel's shop, or the other one."""
        host = self.request.get_host()
        is_ours = (
            url_has_allowed_host_and_scheme(wanted, {host}) and f"/shop/{self.code}/" in wanted
        )
        return wanted if is_ours else otherwise

    def lead(self, to: str, said: str = "", *, tone: str = "good") -> HttpResponse:
        """On to another page, which says one sentence."""
        if said:
            self.visitor.said = [tone, said]
        response = HttpResponseRedirect(to)
        response.status_code = 303
        return response

    def show(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """A whole page."""
        told = context or {}
        # A page that only renews itself does not take a sentence meant for eyes.
        said, self.visitor.said = self.visitor.said, []
        made = {
            "shop": self,
            "code": self.code,
            "visitor": self.visitor,
            "said": said,
            "problem": self.problem and words.said(self.problem),
            **told,
        }
        with timezone.override(self.zone):
            response = render(self.request, f"shop/{template}.html", made, status=status)
        if self.request.method == "GET" and status == 200:
            touches.tell(
                self.api,
                self.visitor,
                self.request,
                title=str(told.get("title", "")),
                facts=told.get("facts", {}),
            )
        return response

    def form(self, form_class: type[AnyForm], **kwargs: Any) -> AnyForm:
        """What was typed. Raises: ShopProblem where it does not fit its fields."""
        form = form_class(self.request.POST, **kwargs)
        if not form.is_valid():
            self.refused_form = form
            raise ShopProblem(400, {"code": "invalid"})
        return form

    def fresh(self, form_class: type[AnyForm], **kwargs: Any) -> AnyForm:
        """The form to show: what was refused, with the API's words beside their fields."""
        refused = self.refused_form
        if isinstance(refused, form_class):
            return refused
        if self.problem is None or self.request.method != "POST":
            return form_class(**kwargs)
        form = form_class(self.request.POST, **kwargs)
        form.full_clean()
        for each in self.problem.errors:
            name = str(each.get("field", "")).rpartition(".")[2]
            form.add_error(name if name in form.fields else None, str(each["message"]))
        return form

    @property
    def once(self) -> str:
        """The key of the visitor's intention, made when the form was shown."""
        given = self.request.POST.get(KEY_FIELD, "")
        return given if 16 <= len(given) <= 100 and given.isascii() else str(uuid4())

    @property
    def language(self) -> str:
        return (get_language() or "en").partition("-")[0]

    # --- what every page knows --------------------------------------------------------------------

    def kept(self, name: str, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """An answer that is the same for every visitor of the channel, for a minute."""
        owner = hashlib.sha256(self.api.key.encode()).hexdigest()[:16]
        key = f"shop:{owner}:{name}:{self.language}"
        found = cache.get(key)
        if found is None:
            found = self.api.get(path, params)
            cache.set(key, found, KEPT_SECONDS)
        return found

    @cached_property
    def channel(self) -> dict[str, Any]:
        facts: dict[str, Any] = self.kept("channel", "channel")
        return facts

    @cached_property
    def categories(self) -> list[dict[str, Any]]:
        """Those with something in them, parents first."""
        rows = self.kept("categories", "categories")["results"]
        return [row for row in rows if row["products"]]

    @property
    def roots(self) -> list[dict[str, Any]]:
        return [row for row in self.categories if row["parent_id"] is None]

    @cached_property
    def stores(self) -> list[dict[str, Any]]:
        """Stores at which this channel's customers collect, in the channel's order."""
        rows = self.kept("stores", "stores", {"limit": 50})["results"]
        return [row for row in rows if "pickup" in row["methods"]]

    @property
    def store(self) -> dict[str, Any] | None:
        """The visitor's own store."""
        return next((row for row in self.stores if row["code"] == self.visitor.store), None)

    @property
    def near(self) -> dict[str, Any]:
        """Where the visitor is: their place, else their store; nothing if they told neither."""
        if self.visitor.place:
            return dict(zip(("lat", "lon"), self.visitor.place, strict=True))
        store = self.store
        if store is None or store["latitude"] is None:
            return {}
        return {"lat": store["latitude"], "lon": store["longitude"]}

    @cached_property
    def zone(self) -> ZoneInfo:
        """By which clock this page tells times: that of the visitor's store."""
        stores = [self.store] if self.store else self.stores
        try:
            return ZoneInfo(stores[0]["time_zone"] if stores and stores[0] else "UTC")
        except ZoneInfoNotFoundError:
            return ZoneInfo("UTC")
