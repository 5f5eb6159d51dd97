"""The errors that the business raises, by kind.

A kind fixes the HTTP status; a concrete error fixes the machine-readable ``code`` and lives in the
operations module that raises it. Views never catch these: ``omni.rest.problems`` turns them into
RFC 9457 problem details.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REGISTRY: dict[str, type[DomainError]] = {}


class DomainError(Exception):
    """Something that the business forbids, said in words and in a stable code.

    ``details`` holds JSON-able facts that help the caller to act (what is available, which version
    is current). ``errors`` lists what is wrong with which input field.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "domain_error"
    message: str | Promise = _(
        "The request cannot be carried out. Read what it is about again, and correct it."
    )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            other = REGISTRY.setdefault(cls.code, cls)
            same = (other.__module__, other.__qualname__) == (cls.__module__, cls.__qualname__)
            if not same:
                raise TypeError(f"error code {cls.code!r} is used by {other!r} and {cls!r}")

    def __init__(
        self,
        message: str | Promise | None = None,
        *,
        errors: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
        **details: Any,
    ) -> None:
        if message is not None:
            self.message = message
        self.details: Mapping[str, Any] = details
        self.errors = errors or []
        self.retry_after = retry_after
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Invalid(DomainError):
    """The input itself is wrong: the same request can never succeed."""

    status = 400
    code = "invalid"
    message = _("The input is not valid. Correct what `errors` names and send it again.")


class NotAllowed(DomainError):
    """The actor is known but may not do this."""

    status = 403
    code = "not_allowed"
    message = _("You are not allowed to do this. Ask somebody who is.")


class NotFound(DomainError):
    """There is no such thing, or none that the actor may see: both look the same."""

    status = 404
    code = "not_found"
    message = _(
        "There is nothing at this address that you may see. Check the ids and your credentials."
    )


class Conflict(DomainError):
    """The input is right, but the state of things does not allow it now."""

    status = 409
    code = "conflict"
    message = _("The current state does not allow this. Read it again to see what it does.")


class Unprocessable(DomainError):
    """The request contradicts an earlier one (an idempotency key with another body)."""

    status = 422
    code = "unprocessable"
    message = _(
        "The request contradicts an earlier one. Repeat that one unchanged, or send a new one."
    )


class TooMany(DomainError):
    """A limit that guards a secret or a resource is spent."""

    status = 429
    code = "too_many_requests"
    message = _("Too many attempts. Wait a little and try again.")


class Busy(DomainError):
    """Somebody else holds what is needed, or a dependency is away: the same request may succeed."""

    status = 503
    code = "busy"
    message = _("The system is busy with the same thing. Try again in a moment.")

    def __init__(self, *args: Any, retry_after: int | None = 1, **details: Any) -> None:
        super().__init__(*args, retry_after=retry_after, **details)
