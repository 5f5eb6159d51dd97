"""What somebody may give away: never more than they have, nowhere they do not have it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor, Granted
from omni.access.models import ScopeKind
from omni.access.permissions import Permission
from omni.core.errors import Invalid, NotAllowed

_EVERY_PERMISSION = frozenset(str(code) for code in Permission)


class BeyondOwnRights(NotAllowed):
    code = "beyond_own_rights"
    message = _(
        "You cannot give, change or take what you do not have yourself. Ask somebody who has it."
    )


class UnknownPermission(Invalid):
    code = "unknown_permission"
    message = _("There is no such permission. Choose one of the list.")


class InvalidScope(Invalid):
    code = "invalid_scope"
    message = _(
        "This scope is not valid. Give none for everywhere, or locations or channels by their ids."
    )


def known(permissions: Collection[str]) -> frozenset[str]:
    """The codes as a set. Raises: UnknownPermission."""
    unknown = sorted(set(map(str, permissions)) - _EVERY_PERMISSION)
    if unknown:
        raise UnknownPermission(permissions=unknown)
    return frozenset(map(str, permissions))


def check_scope(kind: str, ids: Sequence[UUID]) -> None:
    """Raises InvalidScope unless it is everywhere, or somewhere by ids."""
    if kind not in ScopeKind.values or (kind == ScopeKind.ALL) != (not ids):
        raise InvalidScope


def require_manage(actor: Actor, kind: str, scope_id: UUID | None) -> None:
    """Raises NotAllowed unless the actor manages access there."""
    if kind == ScopeKind.LOCATION:
        actor.require(Permission.ACCESS_MANAGE, location_id=scope_id)
    elif kind == ScopeKind.CHANNEL:
        actor.require(Permission.ACCESS_MANAGE, channel_id=scope_id)
    else:
        require_everywhere(actor)


def require_everywhere(actor: Actor) -> None:
    """Raises NotAllowed unless the actor manages access everywhere."""
    if not actor.may_everywhere(Permission.ACCESS_MANAGE):
        raise NotAllowed(permission=str(Permission.ACCESS_MANAGE))


def require_own(actor: Actor, wanted: Granted) -> None:
    """Raises BeyondOwnRights unless the actor has each permission there, with limits as high."""
    codes = _EVERY_PERMISSION if wanted.permissions is None else wanted.permissions
    missing = sorted(code for code in codes if not _covered(actor, code, wanted))
    if missing:
        raise BeyondOwnRights(permissions=missing)


def _covered(actor: Actor, permission: str, wanted: Granted) -> bool:
    return any(
        own.has(permission)
        and own.scope_kind in ("all", wanted.scope_kind)
        and (own.scope_kind == "all" or own.scope_id == wanted.scope_id)
        and _within(wanted.refund_limit_minor, own.refund_limit_minor)
        and _within(wanted.discount_limit_bps, own.discount_limit_bps)
        for own in actor.grants
    )


def _within(wanted: int | None, own: int | None) -> bool:
    return own is None or (wanted is not None and wanted <= own)
