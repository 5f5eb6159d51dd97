"""The screen: one class per URL. Shows a whole page, or carries out one thing and leads on.

There is one way of rendering. GET answers with the page; POST calls one operation and answers 303
to a page that says what happened. Script only makes it smooth: it swaps ``#page`` of the answer
into the document. What an operation refuses is told on the same page, and what was typed stays.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views import View

from omni.access.actor import ANONYMOUS, Actor
from omni.access.sessions import moment_brought, staff_actor
from omni.core.errors import DomainError, Invalid, NotAllowed, NotFound
from omni.core.states import InvalidTransition
from omni.core.zones import home_zone
from omni.rest import idempotency, problems
from omni.rest.answers import Answer
from omni.rest.idempotency import IdempotencyKeyReused, Stored
from omni.screens import frame
from omni.screens.declarations import OPEN, STAFF
from omni.screens.moment import one_moment
from omni.screens.place import Place, place_of

__all__ = ["OPEN", "STAFF", "Done", "InvalidForm", "Problem", "Screen"]

KEY_FIELD = "idempotency_key"
_OURS = frozenset({KEY_FIELD, "csrfmiddlewaretoken"})
SESSION_ENDED = "omni:session-ended"
HERE = "here"  # what a form of the frame names as the page to come back to

AnyForm = TypeVar("AnyForm", bound=forms.Form)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a POST: where to go on, what to say there, and the address that undoes it.

    ``is_aside`` where nothing changed of which the frame tells, as in a basket: then the store is
    not asked anew.
    """

    to: str
    said: str = ""
    undo: str = ""
    is_aside: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something could not be done, for a page."""

    status: int
    code: str
    message: str
    details: Mapping[str, Any]
    errors: list[dict[str, Any]]


class InvalidForm(Invalid):
    """What was typed does not fit its fields; each says why."""

    code = "invalid_form"
    message = _("Something is missing or does not fit. Look at the marked fields.")

    def __init__(self, form: forms.Form) -> None:
        super().__init__()
        self.form = form


class Screen(View):
    """Base of every page of the console, the back office and the customers' pages."""

    permission: ClassVar[str | None] = None
    permissions: ClassVar[Mapping[str, str]] = {}
    needs_place: ClassVar[bool] = True
    http_method_names = ["get", "post", "head"]

    actor: Actor
    problem: Problem | None
    refused_form: forms.Form | None

    # --- what screens use -------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """Where the person works. Only where ``needs_place`` holds."""
        assert self.chosen is not None  # noqa: S101  ``dispatch`` led them to the choice otherwise
        return self.chosen

    @cached_property
    def around(self) -> frame.Around:
        """What the frame knows of the place. At most one query."""
        return frame.around(self.place)

    def show(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        """A whole page."""
        made = {
            "screen": self,
            "actor": self.actor,
            "place": self.chosen,
            "problem": self.problem,
            "posted": self.request.POST,
            **(context or {}),
        }
        response = render(self.request, template, made, status=status)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def go(self, to: str, said: str = "") -> HttpResponse:
        """Lead on without having written anything."""
        return self._lead(Done(to, said))

    def once(self, work: Callable[[], Done], *, process: bool = False) -> HttpResponse:
        """Carry out what the form asks for, once, however often it is sent.

        ``process`` where a provider is called: then no transaction is open meanwhile.
        Raises: what the work raises, and nothing stays.
        """
        posted = self.request.POST
        match = self.request.resolver_match
        claim = idempotency.claim(
            principal=self.claimed_by,
            route=f"POST {match.route if match else self.request.path}",
            key=posted.get(KEY_FIELD),
            path=self.request.path,
            body={name: posted.getlist(name) for name in sorted(posted) if name not in _OURS},
        )
        run = idempotency.run_process if process else idempotency.run_plain
        stored = run(claim, lambda: Stored(303, json.dumps(asdict(work()))))
        done = Done(**json.loads(stored.text))
        if self.chosen is not None and not done.is_aside:
            frame.forget(self.chosen)
        return self._lead(done)

    @property
    def claimed_by(self) -> str:
        """Whose forms these are. Pages for strangers name the secret that their address holds."""
        return self.actor.principal

    def form(self, kind: type[AnyForm], **kwargs: Any) -> AnyForm:
        """The form as it was posted. Raises: InvalidForm."""
        made = kind(self.request.POST, **kwargs)
        if not made.is_valid():
            raise InvalidForm(made)
        return made

    def fresh(self, kind: type[AnyForm], **kwargs: Any) -> AnyForm:
        """The form to show: an empty one, or the refused one with what was typed."""
        if isinstance(self.refused_form, kind):
            return self.refused_form
        if self.problem is not None and self.request.method == "POST":
            return kind(self.request.POST, **kwargs)
        return kind(**kwargs)

    # --- how a request runs -----------------------------------------------------------------------

    @classmethod
    def declared_permission(cls, method: str) -> str | None:
        """The permission of a method; None means that it was forgotten."""
        return cls.permissions.get("GET" if method == "HEAD" else method, cls.permission)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.problem = None
        self.refused_form = None
        self.chosen: Place | None = None
        self.actor = ANONYMOUS
        declared = self.declared_permission(request.method or "")
        signed_in = staff_actor(request) if declared != OPEN else None
        if declared != OPEN:
            if signed_in is None:
                return _to_sign_in(request)
            self.actor = signed_in
            self.chosen = place_of(request)
            if self.needs_place and self.chosen is None:
                return _led(
                    request,
                    f"{reverse('console:choose')}?{urlencode({'next': request.get_full_path()})}",
                )
        with (
            timezone.override(self.zone()),
            translation.override(self.language()),
            one_moment(moment_brought(request) if signed_in else None),
        ):
            return self._answer(request, declared, *args, **kwargs)

    def zone(self) -> Any:
        """The time zone in which this page tells times."""
        if self.chosen is not None:
            return self.chosen.zone
        return home_zone() if self.actor.kind == "staff" else timezone.get_default_timezone()

    def language(self) -> str:
        """The language of the page: the person's own, else what their browser asks for."""
        own = str(getattr(self.request.user, "language", "") or "") if self.actor.user_id else ""
        return own if own in dict(settings.LANGUAGES) else translation.get_language() or "en"

    def _answer(
        self, request: HttpRequest, declared: str | None, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        try:
            self._require(declared)
        except NotAllowed as error:
            return self._told(error)
        try:
            return super().dispatch(request, *args, **kwargs)
        except (Http404, PermissionDenied):
            return self._told(NotFound())
        except Exception as error:
            if isinstance(error, DomainError):
                return self._refused(error, *args, **kwargs)
            answer = problems.handle(error)
            if not isinstance(answer, Answer):
                raise
            return self._refused(_as_domain(answer), *args, **kwargs)

    def _require(self, declared: str | None) -> None:
        if declared in (OPEN, STAFF):
            return
        if declared is None:
            raise NotAllowed
        here = self.chosen.location_id if self.chosen and self.needs_place else None
        self.actor.require(declared, location_id=here)

    def _refused(self, error: DomainError, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The same page with what was typed, or, where there is none, the page they came from."""
        if self.request.method != "POST":
            return self._told(error)
        self.problem = problem_of(error)
        self.refused_form = error.form if isinstance(error, InvalidForm) else None
        getter = getattr(self, "get", None)
        if getter is None:
            messages.error(self.request, self.problem.message)
            return HttpResponseRedirect(self.came_from(), status=303)
        try:
            response: HttpResponse = getter(self.request, *args, **kwargs)
        except DomainError as worse:
            return self._told(worse)
        response.status_code = self.problem.status
        return response

    def _told(self, error: DomainError) -> HttpResponse:
        """A page of its own that says what is wrong and what to do."""
        self.problem = problem_of(error)
        return self.show(self.problem_template(), status=self.problem.status)

    def problem_template(self) -> str:
        """The frame in which a page says that there is nothing, or not for you."""
        if self.actor.kind != "staff":
            return "public/problem.html"
        return "console/problem.html" if self.chosen else "office/problem.html"

    def came_from(self) -> str:
        """The page of ours from which this was posted: named by the form, else by the browser.

        Forms of the frame outlive the page with which they came: they name none, or ``HERE``.
        """
        named = self.request.POST.get("next", "")
        asked = self.request.headers.get("Referer", "") if named in ("", HERE) else named
        parts = urlsplit(asked)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        own = url_has_allowed_host_and_scheme(asked, allowed_hosts={self.request.get_host()})
        return path if own and path.startswith("/") else reverse("home")

    def _lead(self, done: Done) -> HttpResponse:
        if done.said:
            messages.success(self.request, done.said, extra_tags=done.undo)
        return HttpResponseRedirect(done.to, status=303)


def problem_of(error: DomainError) -> Problem:
    """An error of the business as a page tells it."""
    message = str(error.message)
    if isinstance(error, IdempotencyKeyReused):
        message = str(
            _("This form was sent before with other contents. Look at what came of it first.")
        )
    elif isinstance(error, InvalidTransition):
        message = str(_("This was done already, or somebody else was faster. Look at it again."))
    elif isinstance(error, NotFound) and message == str(NotFound.message):
        message = str(_("Nothing is here. It may be gone, or belong to another store."))
    return Problem(error.status, error.code, message, error.details, error.errors)


def _as_domain(answer: Answer) -> DomainError:
    body = answer.data
    error = DomainError(body.get("detail") or body.get("title", ""))
    error.status = answer.status_code  # type: ignore[misc]
    error.code = body.get("code", error.code)  # type: ignore[misc]
    return error


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back. What script asks beside a page, or sends, keeps the page."""
    htmx = request.headers.get("HX-Request") == "true"
    is_beside = request.headers.get("HX-Boosted") != "true"
    if htmx and (request.method == "POST" or is_beside):
        return HttpResponse(status=401, headers={"HX-Trigger": SESSION_ENDED})
    back = urlsplit(request.headers.get("HX-Current-URL", "")) if htmx else None
    target = request.get_full_path() if back is None else back.path or "/"
    if request.method == "POST":
        target = "/"
    query = urlencode({REDIRECT_FIELD_NAME: target})
    return _led(request, f"{reverse('account_login')}?{query}")


def _led(request: HttpRequest, to: str) -> HttpResponse:
    """To another frame: the whole document changes, so script must not swap a part of it."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": to})
    return HttpResponseRedirect(to)
