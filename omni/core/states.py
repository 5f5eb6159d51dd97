"""One function moves every status of the house.

The legal moves stand in a table beside the enum; the row is already locked by the operation that
calls; the effects of a move follow in that operation, in plain sight.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from omni.core.errors import Conflict

Moves = Mapping[str, frozenset[str]]


class InvalidTransition(Conflict):
    code = "invalid_transition"
    message = _("This step is not possible in the current state. Read it again to see what is.")


def move(row: models.Model, to: str, *, moves: Moves, field: str = "status", **also: Any) -> None:
    """Set the status column if the table allows it, and save it with the columns in ``also``.

    The row must be locked. Raises: InvalidTransition (details: from, to, allowed).
    """
    origin = getattr(row, field)
    allowed = moves.get(origin, frozenset())
    if to not in allowed:
        facts: dict[str, Any] = {
            "from": str(origin),
            "to": str(to),
            "allowed": sorted(str(state) for state in allowed),
        }
        raise InvalidTransition(**facts)
    for name, value in {field: to, **also}.items():
        setattr(row, name, value)
    row.save(update_fields=[field, *also])


def may_move(row: models.Model, to: str, *, moves: Moves, field: str = "status") -> bool:
    """Whether the table allows the move: for showing actions, never for deciding."""
    return to in moves.get(getattr(row, field), frozenset())


def status_check(
    field: str, choices: type[models.TextChoices], name: str
) -> models.CheckConstraint:
    """The CHECK that keeps a status column to the values of its enum."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": list(choices.values)}), name=name
    )
