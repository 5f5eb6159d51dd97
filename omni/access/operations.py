"""Logins, roles, grants and keys. Nobody gives what they do not have themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from omni.access import places, rights
from omni.access.actor import Actor, Granted
from omni.access.models import (
    AccessLog,
    ApiKey,
    ChannelKey,
    Grant,
    Role,
    ScopeKind,
    SessionToken,
    User,
    UserKind,
)
from omni.access.permissions import Permission
from omni.access.session_store import SessionStore
from omni.access.sessions import grants_of
from omni.core import clock
from omni.core.errors import Conflict, NotAllowed, NotFound
from omni.core.secrets import digest, new_secret

SESSION_LIFETIME = timedelta(days=30)
SHOWN = 8


class EmailTaken(Conflict):
    code = "email_taken"
    message = _(
        "There is a login with this e-mail address already. Sign in, or reset the password."
    )


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new credential. The secret is in no table: it is shown now or never."""

    row: Any
    secret: str


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """Where and how far a role shall hold. A limit of None does not limit."""

    scope_kind: str = ScopeKind.ALL
    scope_id: UUID | None = None
    refund_limit_minor: int | None = None
    discount_limit_bps: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


# --- logins ---------------------------------------------------------------------------------------


@transaction.atomic
def create_staff_login(
    *, email: str, display_name: str, actor: Actor, password: str | None = None, language: str = ""
) -> User:
    """A new member of staff may sign in, and may do nothing yet.

    Without a password they set one by the link that the sign-in page mails.
    Raises: NotAllowed, EmailTaken.
    """
    actor.require(Permission.ACCESS_MANAGE)
    try:
        with transaction.atomic():
            return User.objects.create_user(
                email, password, display_name=display_name, language=language
            )
    except IntegrityError as error:
        raise EmailTaken from error


@transaction.atomic
def close_login(*, user_id: UUID, actor: Actor) -> User:
    """A login ends, with all its sessions, at once. Closing again changes nothing.

    Raises: NotFound, NotAllowed, BeyondOwnRights. Locks: the login.
    """
    user = _manageable(user_id, actor)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user_id=user.pk)
    return user


@transaction.atomic
def reopen_login(*, user_id: UUID, actor: Actor) -> User:
    """A closed login may sign in again; its old sessions stay ended."""
    user = _manageable(user_id, actor)
    user.is_active = True
    user.save(update_fields=["is_active"])
    return user


@transaction.atomic
def end_sessions(*, user_id: UUID) -> None:
    """Every session and token of the login ends with its next request. Repeatable."""
    User.objects.filter(pk=user_id).update(auth_epoch=F("auth_epoch") + 1)
    revoke_session_tokens(user_id=user_id)


@transaction.atomic
def end_staff_sessions(*, user_id: UUID, actor: Actor) -> None:
    """A manager ends the sessions of somebody (a lost device).

    Raises: NotFound, NotAllowed, BeyondOwnRights.
    """
    end_sessions(user_id=_manageable(user_id, actor).pk)


# --- sessions of customers ------------------------------------------------------------------------


def issue_session_token(
    *,
    user: User,
    customer_id: UUID | None,
    channel_id: UUID | None,
    device: str = "",
    lifetime: timedelta = SESSION_LIFETIME,
) -> IssuedKey:
    """A customer is signed in on one device. The caller has proved who it is."""
    secret = new_secret("st")
    now = clock.now()
    row = SessionToken.objects.create(
        digest=digest(secret),
        user=user,
        customer_id=customer_id,
        channel_id=channel_id,
        device=device[:200],
        auth_epoch=user.auth_epoch,
        created_at=now,
        last_seen_at=now,
        expires_at=now + lifetime,
    )
    return IssuedKey(row, secret)


def revoke_session_token(*, token_id: UUID, user_id: UUID) -> None:
    """One device of this login is signed out. Repeatable. Raises: NotFound for another's."""
    tokens = SessionToken.objects.filter(pk=token_id, user_id=user_id)
    if not tokens.exists():
        raise NotFound
    tokens.filter(revoked_at__isnull=True).update(revoked_at=clock.now())


def revoke_session_secret(*, secret: str) -> None:
    """The device that carries this secret is signed out. Repeatable."""
    tokens = SessionToken.objects.filter(digest=digest(secret), revoked_at__isnull=True)
    tokens.update(revoked_at=clock.now())


def revoke_session_tokens(*, user_id: UUID, keep: UUID | None = None) -> int:
    """Every device of the login is signed out, but the one to keep. How many they were."""
    tokens = SessionToken.objects.filter(user_id=user_id, revoked_at__isnull=True)
    if keep is not None:
        tokens = tokens.exclude(pk=keep)
    return tokens.update(revoked_at=clock.now())


def sweep_session_tokens() -> int:
    """Remove tokens that ended more than thirty days ago, and sessions that are over."""
    SessionStore.clear_expired()
    past = clock.now() - SESSION_LIFETIME
    ended = Q(expires_at__lt=past) | Q(revoked_at__lt=past)
    return SessionToken.objects.filter(ended).delete()[0]


# --- keys -----------------------------------------------------------------------------------------


@transaction.atomic
def create_api_key(
    *,
    name: str,
    permissions: Collection[str],
    actor: Actor,
    scope_kind: str = ScopeKind.ALL,
    scope_ids: Sequence[UUID] = (),
    expires_at: datetime | None = None,
    published: str | None = None,
) -> IssuedKey:
    """A program gets a key with permissions of its own, none beyond those of its maker.

    ``published`` is the secret of a demo, which everybody knows.
    Raises: NotAllowed, UnknownPermission, InvalidScope, BeyondOwnRights, UnknownPlace.
    """
    wanted = rights.known(permissions)
    rights.check_scope(scope_kind, scope_ids)
    for scope_id in scope_ids or (None,):
        rights.require_manage(actor, scope_kind, scope_id)
        rights.require_own(actor, Granted(wanted, scope_kind, scope_id))
    places.require_known(scope_kind, scope_ids, field="scope_ids")
    secret = _secret("ak", published)
    row = ApiKey.objects.create(
        prefix=secret[:SHOWN],
        digest=digest(secret),
        name=name,
        permissions=sorted(wanted),
        scope_kind=scope_kind,
        scope_ids=list(scope_ids),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    return IssuedKey(row, secret)


def revoke_api_key(*, key_id: UUID, actor: Actor) -> None:
    """The key's next request is refused. Repeatable. Raises: NotAllowed."""
    rights.require_everywhere(actor)
    ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=clock.now())


@transaction.atomic
def create_channel_key(
    *, channel_id: UUID, name: str, actor: Actor, published: str | None = None
) -> IssuedKey:
    """A storefront of a channel gets a key; ``published`` as above.

    Raises: NotAllowed, UnknownPlace.
    """
    actor.require(Permission.ACCESS_MANAGE, channel_id=channel_id)
    places.require_known(ScopeKind.CHANNEL, [channel_id], field="channel_id")
    secret = _secret("ck", published)
    row = ChannelKey.objects.create(
        prefix=secret[:SHOWN],
        digest=digest(secret),
        name=name,
        channel_id=channel_id,
        created_at=clock.now(),
    )
    return IssuedKey(row, secret)


def revoke_channel_key(*, key_id: UUID, actor: Actor) -> None:
    """The storefront's next request is refused. Repeatable. Raises: NotAllowed."""
    rights.require_everywhere(actor)
    ChannelKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=clock.now())


# --- roles and grants -----------------------------------------------------------------------------


@transaction.atomic
def save_role(
    *,
    code: str,
    name: str,
    permissions: Collection[str],
    actor: Actor,
    role_id: UUID | None = None,
) -> Role:
    """A role is made or changed; what changes in it, its author must have everywhere.

    Raises: NotFound, NotAllowed, UnknownPermission, BeyondOwnRights. Locks: the role.
    """
    rights.require_everywhere(actor)
    wanted = rights.known(permissions)
    role = Role() if role_id is None else Role.objects.locked().filter(pk=role_id).first()
    if role is None:
        raise NotFound
    changed = wanted ^ frozenset(role.permissions)
    rights.require_own(actor, Granted(changed))
    role.code, role.name, role.permissions = code, name, sorted(wanted)
    role.save()
    return role


@transaction.atomic
def grant_role(*, user_id: UUID, role_id: UUID, terms: GrantTerms, actor: Actor) -> Grant:
    """A member of staff gets a role, at most as far as the one who gives it has it.

    Raises: NotFound, NotAllowed, InvalidScope, BeyondOwnRights, UnknownPlace. Locks: the role.
    """
    role = Role.objects.locked().filter(pk=role_id).first()
    user = User.objects.filter(pk=user_id, kind=UserKind.STAFF).first()
    if role is None or user is None:
        raise NotFound
    where = [] if terms.scope_id is None else [terms.scope_id]
    rights.check_scope(terms.scope_kind, where)
    rights.require_manage(actor, terms.scope_kind, terms.scope_id)
    rights.require_own(actor, _as_granted(role, terms))
    places.require_known(terms.scope_kind, where, field="scope_id")
    return Grant.objects.create(
        user=user,
        role=role,
        scope_kind=terms.scope_kind,
        scope_id=terms.scope_id,
        refund_limit_minor=terms.refund_limit_minor,
        discount_limit_bps=terms.discount_limit_bps,
        valid_from=terms.valid_from or clock.now(),
        valid_until=terms.valid_until,
    )


@transaction.atomic
def revoke_grant(*, grant_id: UUID, actor: Actor) -> None:
    """A grant ends with the next request of its holder.

    Raises: NotFound, NotAllowed, BeyondOwnRights. Locks: the grant.
    """
    grant = Grant.objects.locked().select_related("role").filter(pk=grant_id).first()
    if grant is None:
        raise NotFound
    rights.require_manage(actor, grant.scope_kind, grant.scope_id)
    rights.require_own(actor, _as_granted(grant.role, grant))
    grant.delete()


# --- the access log -------------------------------------------------------------------------------


def log_view(*, actor: Actor, kind: str, subject_id: UUID | str, reason: str = "") -> None:
    """Note that somebody looked at a customer or another protected thing. Every look is a row."""
    AccessLog.objects.create(
        principal=actor.principal,
        name=actor.name[:150],
        kind=kind,
        subject_id=str(subject_id)[:64],
        reason=reason[:200],
        request_id=actor.request_id,
    )


# --- shared steps ---------------------------------------------------------------------------------


def _secret(prefix: str, published: str | None) -> str:
    """A new one; the published one of a demo only where the installation is a demo."""
    if published is None:
        return new_secret(prefix)
    if not settings.DEMO:
        raise NotAllowed
    return published


def _as_granted(role: Role, terms: GrantTerms | Grant) -> Granted:
    return Granted(
        frozenset(role.permissions),
        terms.scope_kind,
        terms.scope_id,
        terms.refund_limit_minor,
        terms.discount_limit_bps,
    )


def _manageable(user_id: UUID, actor: Actor) -> User:
    """The locked login, if the actor has all that it has."""
    actor.require(Permission.ACCESS_MANAGE)
    user = User.objects.locked().filter(pk=user_id, kind=UserKind.STAFF).first()
    if not isinstance(user, User):
        raise NotFound
    held = (Granted(permissions=None),) if user.is_superuser else grants_of(user.pk)
    for granted in held:
        rights.require_own(actor, granted)
    return user
