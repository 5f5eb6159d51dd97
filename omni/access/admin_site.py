"""The back office: staff sessions only, and grants instead of Django's model permissions.

Each page names the permission to look and the permission to change. A grant for one location opens
a page only if the page says how to narrow its rows (``rows_for``); otherwise it takes a grant for
everything. Adding and deleting are off unless a page turns them on.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from omni.access import admin_cells, admin_deleting
from omni.access.actor import ANONYMOUS, Actor
from omni.access.admin_forms import (
    AmountField,
    PlainForm,
    has_fields,
    named_in,
    native_input,
    words_of_breach,
)
from omni.access.authorship import signed_by
from omni.access.operations import log_view
from omni.access.permissions import Permission
from omni.access.sessions import SecondFactorRequired, staff_actor
from omni.core.errors import DomainError
from omni.core.zones import home_zone

logger = logging.getLogger(__name__)

# Fields that no page shows. Asking which rows begin with a letter would spell them out.
_SECRET_FIELD = re.compile(r"password|digest|secret|token")
# The field that says that what was shown shall be done, and how many rows are shown before it.
SURE = "sure"
MOST_SHOWN = 50
Notice = Callable[[], Iterable[str]]
_NOTICES: list[tuple[Permission, Notice]] = []
OUR_APPS = frozenset({"omni", "inventory", "customers", "orders", "journeys"})


def notice(permission: Permission) -> Callable[[Notice], Notice]:
    """Register what the first page of the back office warns of, for those who may mend it."""

    def keep(tell: Notice) -> Notice:
        _NOTICES.append((permission, tell))
        return tell

    return keep


def actor_of(request: HttpRequest) -> Actor:
    """The member of staff behind a page's request; an anonymous actor if there is none."""
    try:
        return staff_actor(request) or ANONYMOUS
    except SecondFactorRequired:
        return ANONYMOUS


class StaffAdminSite(admin.AdminSite):
    """Open to every signed-in member of staff; what they see there is up to their grants."""

    site_header = _("Back office")
    site_title = _("Omni")
    index_title = _("Back office")
    enable_nav_sidebar = False
    left_out: ClassVar[list[str]] = []

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages that ask for grants. Those that libraries bring along are left out: they
        know nothing of grants, and one of them shows the secrets of second factors. A page of
        ours that is not guarded is left out too, and a system check names it."""
        if admin_class is not None and issubclass(admin_class, GuardedAdmin):
            super().register(model_or_iterable, admin_class, **options)
        elif admin_class is None or admin_class.__module__.split(".")[0] in OUR_APPS:
            self.left_out.append(str(admin_class))

    def has_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).kind == "staff"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the frame of the back office shows, as its other pages have it."""
        context: dict[str, Any] = super().each_context(request)
        return context | {"actor": actor_of(request), "place": None}

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Each page tells times in the merchant's zone; what it changes is signed."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(home_zone()), self._signed(request):
                response = inner(request, *args, **kwargs)
                # Templates are filled in later otherwise, when the zone is UTC again.
                return response.render() if hasattr(response, "render") else response

        return page

    def _signed(self, request: HttpRequest) -> AbstractContextManager[None]:
        actor = actor_of(request) if request.method == "POST" else ANONYMOUS
        return signed_by(actor) if actor.kind == "staff" else nullcontext()

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        actor = actor_of(request)
        for permission, tell in _NOTICES:
            if actor.may_everywhere(permission):
                for words in tell():
                    messages.warning(request, words)
        return super().index(request, extra_context)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django's own sign-in knows no second factor, so it only leads to ours."""
        if self.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        if request.user.is_authenticated:
            raise PermissionDenied
        target = request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index"))
        query = urlencode({REDIRECT_FIELD_NAME: target})
        return HttpResponseRedirect(f"{reverse('account_login')}?{query}")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """Only for fields for which a page offers it: Django would list any table that a row
        refers to, customers too, past the pages that log who looks at them."""
        asked = tuple(
            request.GET.get(name, "") for name in ("app_label", "model_name", "field_name")
        )
        if asked not in self._offered():
            raise PermissionDenied
        return super().autocomplete_view(request)

    def _offered(self) -> set[tuple[str, ...]]:
        forms: list[tuple[Any, Any]] = [*self._registry.items()]
        forms += [(each.model, each) for page in self._registry.values() for each in page.inlines]
        return {
            (model._meta.app_label, str(model._meta.model_name), str(field))  # noqa: SLF001
            for model, form in forms
            for field in form.autocomplete_fields
        }

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return HttpResponseRedirect(reverse("account_change_password"))


class GuardedAdmin(admin.ModelAdmin[Any]):
    """Base of every admin page of ours."""

    view_permission: ClassVar[Permission]
    edit_permission: ClassVar[Permission | None] = None
    may_add: ClassVar[bool] = False
    may_delete: ClassVar[bool] = False
    ending: ClassVar[frozenset[str]] = frozenset()  # actions after which something is gone
    scoped: ClassVar[bool] = False
    logged_as: ClassVar[str] = ""
    purpose: ClassVar[str | Promise] = ""  # what rows are for, told where there are none yet
    form = PlainForm
    list_per_page = 50
    show_full_result_count = False

    def rows_for(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that the actor may see; pages with ``scoped = True`` narrow them here."""
        return rows

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return self.rows_for(actor_of(request), super().get_queryset(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._granted(request, self.view_permission) or self._may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may_edit(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and self._may_edit(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and self._may_edit(request)

    # --- how rows are shown ---

    def called(self, row: Any) -> str:
        """What the page of a row is headed."""
        return str(row)

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """What the page of a row shows beside its fields: names for a template of its own."""
        return {}

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        shown = super().get_list_display(request)
        return [admin_cells.column(self.model, each) for each in shown]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the names of whom and what its rows mention, fetched together."""
        shown = super().get_changelist_instance(request)
        shown.result_list = list(shown.result_list)
        admin_cells.prepare(shown.result_list, super().get_list_display(request))
        return shown

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            parts = [each.formset.forms for each in context["inline_admin_formsets"]]
            admin_cells.prepare([obj, *(form.instance for forms in parts for form in forms)])
            context |= {"called": self.called(obj), **self.beside(request, obj)}
        if change and not has_fields(context):
            names = ("show_save", "show_save_and_continue", "show_save_and_add_another")
            context |= dict.fromkeys(names, False)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        response = super().change_view(request, object_id, form_url, extra_context)
        self._log_look(request, response, object_id)
        return response

    def _log_look(self, request: HttpRequest, response: HttpResponse, object_id: str) -> None:
        if self.logged_as and response.status_code == 200:
            log_view(actor=actor_of(request), kind=self.logged_as, subject_id=object_id)

    # What an operation refuses is told above the page, and the page is shown again. Where it names
    # fields it is told at them, and what was typed stays.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        shown = (request, object_id, form_url, extra_context)
        try:
            return super().changeform_view(*shown)
        except DomainError as error:
            if not named_in(error):
                return _told(request, error.message)
            request.refused = error  # type: ignore[attr-defined]
        except IntegrityError as error:
            logger.warning("a page kept a row that the database refuses", exc_info=error)
            models = (self.model, *(each.model for each in self.inlines))
            return _told(request, words_of_breach(error, models))
        return super().changeform_view(*shown)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Amounts are typed in the currency's own unit, not in cents; days and times in the
        fields that the browser has for them."""
        if db_field.name.endswith("_minor") and admin_cells.has_currency(self.model):
            return AmountField(model_field=db_field)
        kwargs |= native_input(db_field)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[Any]:
        made: type[Any] = super().get_form(request, obj, change, **kwargs)
        refused = getattr(request, "refused", None)
        return type(made.__name__, (made,), {"refused": refused}) if refused else made

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().changelist_view(request, extra_context)
        except DomainError as error:
            return _told(request, error.message)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:
            return _told(request, error.message)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        row = context["object"]
        context |= {
            "called": self.called(row),
            "facts": admin_deleting.facts_of(row, super().get_list_display(request)),
            "goes_too": admin_deleting.together_with(context["deleted_objects"]),
        }
        answer: HttpResponse = super().render_delete_form(request, context)
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django looks the row up first, and so tells strangers whether it is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = super().history_view(request, object_id, extra_context)
        self._log_look(request, response, object_id)
        return response

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Django lets a list be narrowed by any field of its rows, shown or not."""
        return not _SECRET_FIELD.search(lookup) and super().lookup_allowed(lookup, value, request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Choices are those of the rows that the actor sees, not all stores, tills or channels."""
        return [
            (each, admin.RelatedOnlyFieldListFilter) if self._is_relation(each) else each
            for each in super().get_list_filter(request)
        ]

    def _is_relation(self, each: Any) -> bool:
        if not isinstance(each, str):
            return False
        try:
            return bool(get_fields_from_path(self.model, each)[-1].is_relation)
        except FieldDoesNotExist:
            return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Deleting many rows at once goes round the operations, so it is not offered."""
        return {k: v for k, v in super().get_actions(request).items() if k != "delete_selected"}

    def get_action_choices(self, request: HttpRequest, default_choices: Any = None) -> Any:
        return super().get_action_choices(request, [("", str(_("With what is ticked …")))])

    def response_action(  # type: ignore[override]
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> Any:
        """Before anything is done to the rows that are ticked, they are shown once more, with what
        will be done to them; it is done when somebody says so."""
        chosen = self.get_actions(request).get(request.POST.get("action", ""))
        ticked = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        everything = request.POST.get("select_across") == "1"
        if chosen is None or not (ticked or everything):
            return super().response_action(request, queryset)
        rows = queryset if everything else queryset.filter(pk__in=ticked)
        words = str(chosen[2]).partition(":")[0]
        if SURE in request.POST:
            touched = rows.count()
            done = super().response_action(request, queryset)
            messages.success(request, f"{words}: {touched}")
            return done
        shown = list(rows[:MOST_SHOWN])
        context = {
            **self.admin_site.each_context(request),
            "title": words,
            "action": str(chosen[2]),
            "opts": self.opts,
            "rows": self._told_rows(request, shown),
            "count": rows.count(),
            "repeated": _repeated(request),
            "sure": SURE,
            "ends": request.POST["action"] in self.ending,
        }
        return TemplateResponse(request, "admin/action_preview.html", context)

    def _told_rows(self, request: HttpRequest, rows: list[Any]) -> list[dict[str, Any]]:
        """Rows as the preview shows them: what each is called, and its state of now."""
        states = [
            name
            for name in super().get_list_display(request)
            if isinstance(name, str) and name in ("status", "is_active", "revoked_at")
        ]
        admin_cells.prepare(rows, states)
        return [
            {"called": self.called(row), "now": [_now_of(row, name) for name in states]}
            for row in rows
        ]

    def _may_edit(self, request: HttpRequest) -> bool:
        return self.edit_permission is not None and self._granted(request, self.edit_permission)

    def _granted(self, request: HttpRequest, permission: Permission) -> bool:
        actor = actor_of(request)
        return actor.may(permission) if self.scoped else actor.may_everywhere(permission)


def _repeated(request: HttpRequest) -> list[tuple[str, str]]:
    """What was sent, to be sent again."""
    return [
        (name, value)
        for name in request.POST
        if name != "csrfmiddlewaretoken"
        for value in request.POST.getlist(name)
    ]


def _now_of(row: Any, name: str) -> Any:
    """A state of now: its label, and how it reads."""
    field = row._meta.get_field(name)  # noqa: SLF001
    value = admin_cells.cell(row, name)
    if value is None:
        moment = getattr(row, name)
        value = formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""
    return field.verbose_name, value


def _told(request: HttpRequest, words: str | Promise) -> HttpResponse:
    messages.error(request, str(words))
    return HttpResponseRedirect(request.get_full_path())


def adopt(shown: Model, written: Model) -> None:
    """Let a form's object stand for the row that an operation wrote in its place."""
    shown.__dict__.update(written.__dict__)


class LedgerAdmin(GuardedAdmin):
    """Rows that are only ever looked at: ledgers, events, logs."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
