"""Which locations and channels there are. The app that has their tables registers them here."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from omni.access.models import ScopeKind
from omni.core.errors import Invalid

_MODELS: dict[str, type[Model]] = {}


class UnknownPlace(Invalid):
    code = "unknown_place"
    message = _("No location or channel has this id. Copy it from the address of its page.")


def register(kind: ScopeKind, model: type[Model]) -> None:
    """The table whose keys are the ids of scopes of this kind."""
    _MODELS[kind] = model


def model_of(kind: str) -> type[Model]:
    """The table of the places of a kind."""
    return _MODELS[kind]


def choices(kind: str) -> list[tuple[str, str]]:
    """The places of a kind, by name: for a field that holds their ids. One query."""
    rows = model_of(kind)._base_manager.all()  # noqa: SLF001
    return sorted(((str(row.pk), str(row)) for row in rows), key=lambda each: each[1].casefold())


def require_known(kind: str, ids: Collection[UUID], *, field: str) -> None:
    """Raises UnknownPlace, naming the field of the input, if one of the ids names nothing."""
    if not ids:
        return
    rows = _MODELS[kind]._base_manager.filter(pk__in=ids)  # noqa: SLF001
    known = {str(each) for each in rows.values_list("pk", flat=True)}
    unknown = sorted({str(each) for each in ids} - known)
    if unknown:
        raise UnknownPlace(field=field, ids=unknown)
