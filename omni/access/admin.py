"""Logins, roles, grants and keys in the back office. Each change is one operation."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from omni.access import operations as access
from omni.access import places
from omni.access.actor import Actor
from omni.access.admin_cells import name_codes
from omni.access.admin_forms import PlainForm, explain
from omni.access.admin_site import GuardedAdmin, LedgerAdmin, actor_of, adopt
from omni.access.models import AccessLog, ApiKey, ChannelKey, Grant, Role, ScopeKind, User, UserKind
from omni.access.permissions import Permission, label_of
from omni.access.places import UnknownPlace

explain(
    {
        "omni_user_email_lower": _("Write the e-mail in small letters."),
        "unknown_place.scope_id": UnknownPlace.message,
        "unknown_place.scope_ids": UnknownPlace.message,
        "unknown_place.channel_id": UnknownPlace.message,
        "omni_grant_scope_id": _("Everywhere has no id; one location or channel has its own."),
        "omni_grant_refund_limit": _("A limit is not below 0."),
        "omni_grant_discount_limit": _("From 0 to 10000 hundredths of a percent."),
        "omni_grant_period": _("It ends after it began."),
    }
)


SHOWN = 3  # permissions of a role in the list; its page tells all


def _words(codes: Collection[str]) -> list[str]:
    """What the codes allow, in the order of the form."""
    known = [each.label for each in Permission if each in codes]
    return [*known, *(code for code in codes if label_of(code) == code)]


def _allowed(codes: Collection[str]) -> str:
    return " · ".join(_words(codes))


name_codes({("omni.role", "permissions"): _allowed, ("omni.apikey", "permissions"): _allowed})


def _permission_choices() -> list[tuple[str, str]]:
    return [(str(code), code.label) for code in Permission]


class PermissionsForm(PlainForm):
    """Permissions as boxes to tick instead of an array to type."""

    permissions = forms.MultipleChoiceField(
        label=_("permissions"),
        choices=_permission_choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


def _places() -> list[tuple[Any, Any]]:
    """Locations and channels by their names."""
    return [
        (_("Locations"), places.choices(ScopeKind.LOCATION)),
        (_("Channels"), places.choices(ScopeKind.CHANNEL)),
    ]


def _one_place() -> list[tuple[Any, Any]]:
    return [("", "---------"), *_places()]


def _channels() -> list[tuple[Any, Any]]:
    return [("", "---------"), *places.choices(ScopeKind.CHANNEL)]


_NO_SUCH = {"invalid_choice": UnknownPlace.message}


class KeyForm(PermissionsForm):
    scope_ids = forms.TypedMultipleChoiceField(
        label=_("where exactly"),
        required=False,
        coerce=UUID,
        choices=_places,
        error_messages=_NO_SUCH,
        help_text=_("Locations or channels, as chosen above; nothing for everywhere."),
    )


class ChannelKeyForm(PlainForm):
    channel_id = forms.TypedChoiceField(
        label=_("channel"), coerce=UUID, choices=_channels, error_messages=_NO_SUCH
    )


class GrantForm(PlainForm):
    scope_id = forms.TypedChoiceField(
        label=_("location or channel"),
        required=False,
        coerce=UUID,
        empty_value=None,
        choices=_one_place,
        error_messages=_NO_SUCH,
    )


def _show_secret(request: HttpRequest, issued: access.IssuedKey) -> None:
    text = _("This is the key. It is shown only now: %(secret)s")
    messages.warning(request, text % {"secret": issued.secret})


_LOGIN_FORM = ["email", "display_name", "language"]
_LOGIN_FACTS = ["is_active", "is_superuser", "last_login", "created_at"]
_API_KEY_FORM: Any = ["name", "permissions", "scope_kind", "scope_ids", "expires_at"]
_CHANNEL_KEY_FORM: Any = ["name", "channel_id"]


@admin.register(User)
class UserAdmin(GuardedAdmin):
    view_permission = edit_permission = Permission.ACCESS_MANAGE
    may_add = True
    list_display = ["email", "display_name", "is_active", "is_superuser", "last_login"]
    search_fields = ["email", "display_name"]
    ordering = ["email"]
    actions = ["close", "reopen", "end_sessions"]

    def rows_for(self, actor: Actor, rows: QuerySet[User]) -> QuerySet[User]:
        return rows.filter(kind=UserKind.STAFF)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*_LOGIN_FORM, *_LOGIN_FACTS] if obj else []

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*_LOGIN_FORM, *_LOGIN_FACTS] if obj else _LOGIN_FORM

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            return
        written = access.create_staff_login(actor=actor_of(request), **form.cleaned_data)
        adopt(obj, written)

    @admin.action(description=_("Close: sign out everywhere, no sign-in"))
    def close(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        for user in rows:
            access.close_login(user_id=user.pk, actor=actor_of(request))

    @admin.action(description=_("Open again"))
    def reopen(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        for user in rows:
            access.reopen_login(user_id=user.pk, actor=actor_of(request))

    @admin.action(description=_("Sign out everywhere"))
    def end_sessions(self, request: HttpRequest, rows: QuerySet[User]) -> None:
        for user in rows:
            access.end_staff_sessions(user_id=user.pk, actor=actor_of(request))


@admin.register(Role)
class RoleAdmin(GuardedAdmin):
    view_permission = edit_permission = Permission.ACCESS_MANAGE
    may_add = True
    purpose = _("A role is a name for what somebody may do. It is given to logins by grants.")
    form = PermissionsForm
    list_display = ["name", "code", "allows"]
    ordering = ["name"]
    fields = ["code", "name", "permissions"]

    @admin.display(description=_("permissions"))
    def allows(self, role: Role) -> str:
        words = _words(role.permissions)
        if len(words) <= SHOWN + 1:
            return " · ".join(words)
        rest = len(words) - SHOWN
        more = ngettext("and %(n)s more", "and %(n)s more", rest) % {"n": rest}
        return f"{' · '.join(words[:SHOWN])} {more}"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        role = access.save_role(
            role_id=obj.pk if change else None, actor=actor_of(request), **form.cleaned_data
        )
        adopt(obj, role)


@admin.register(Grant)
class GrantAdmin(GuardedAdmin):
    view_permission = edit_permission = Permission.ACCESS_MANAGE
    form = GrantForm
    may_add = True
    purpose = _("A grant gives a login a role: everywhere, or in one store or channel.")
    may_delete = True
    list_display = ["user", "role", "scope_kind", "scope_id", "valid_from", "valid_until"]
    list_select_related = ["user", "role"]
    list_filter = ["role", "scope_kind"]
    search_fields = ["user__email", "user__display_name"]
    ordering = ["-id"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            staff = User.objects.filter(kind=UserKind.STAFF, is_active=True)
            kwargs["queryset"] = staff.order_by("email")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        terms = dict(form.cleaned_data)
        user, role = terms.pop("user"), terms.pop("role")
        grant = access.grant_role(
            user_id=user.pk,
            role_id=role.pk,
            terms=access.GrantTerms(**terms),
            actor=actor_of(request),
        )
        adopt(obj, grant)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        access.revoke_grant(grant_id=obj.pk, actor=actor_of(request))


@admin.register(ApiKey)
class ApiKeyAdmin(GuardedAdmin):
    view_permission = edit_permission = Permission.ACCESS_MANAGE
    may_add = True
    purpose = _("With a key, programs of your own use the interface.")
    form = KeyForm
    list_display = ["name", "prefix", "scope_kind", "last_used_at", "expires_at", "revoked_at"]
    ordering = ["name", "id"]
    fields = _API_KEY_FORM
    actions = ["revoke"]
    ending = frozenset({"revoke"})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return _API_KEY_FORM if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            return
        issued = access.create_api_key(actor=actor_of(request), **form.cleaned_data)
        adopt(obj, issued.row)
        _show_secret(request, issued)

    @admin.action(description=_("Revoke at once"))
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        for key in rows:
            access.revoke_api_key(key_id=key.pk, actor=actor_of(request))


@admin.register(ChannelKey)
class ChannelKeyAdmin(GuardedAdmin):
    view_permission = edit_permission = Permission.ACCESS_MANAGE
    form = ChannelKeyForm
    may_add = True
    purpose = _("With such a key, a shop or an app reads its channel.")
    list_display = ["name", "prefix", "channel_id", "created_at", "revoked_at"]
    ordering = ["name", "id"]
    fields = _CHANNEL_KEY_FORM
    actions = ["revoke"]
    ending = frozenset({"revoke"})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return _CHANNEL_KEY_FORM if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            return
        issued = access.create_channel_key(actor=actor_of(request), **form.cleaned_data)
        adopt(obj, issued.row)
        _show_secret(request, issued)

    @admin.action(description=_("Revoke at once"))
    def revoke(self, request: HttpRequest, rows: QuerySet[ChannelKey]) -> None:
        for key in rows:
            access.revoke_channel_key(key_id=key.pk, actor=actor_of(request))


@admin.register(AccessLog)
class AccessLogAdmin(LedgerAdmin):
    view_permission = Permission.AUDIT_VIEW
    list_display = ["at", "principal", "name", "kind", "subject_id", "reason"]
    list_filter = ["kind"]
    search_fields = ["principal", "subject_id"]
    ordering = ["-id"]
