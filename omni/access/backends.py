"""The one way into a Django session: staff, by e-mail and password. Customers have none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from allauth.account.auth_backends import AuthenticationBackend

from omni.access.models import User, UserKind

_brought: ContextVar[User | None] = ContextVar("omni_brought_user", default=None)


@contextmanager
def bringing(user: User | None) -> Iterator[None]:
    """Within this the backend knows that login already; Django asks it by id, without a request."""
    token = _brought.set(user)
    try:
        yield
    finally:
        _brought.reset(token)


class StaffBackend(AuthenticationBackend):
    """allauth's backend over logins of kind staff only, at sign-in and at every request."""

    def _authenticate_by_email(self, email: str, password: str) -> Any:
        user = User.objects.with_email(UserKind.STAFF, email).first()
        return self._check_password(user, password)

    def user_can_authenticate(self, user: Any) -> bool:
        return bool(user.is_active and user.is_staff)

    def get_user(self, user_id: UUID) -> User | None:
        brought = _brought.get()
        if brought is not None and brought.pk == user_id:
            return brought
        user = User.objects.filter(pk=user_id, kind=UserKind.STAFF, is_active=True).first()
        return user if isinstance(user, User) else None
