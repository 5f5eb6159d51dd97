"""Keeping, sharing and forgetting the filters of a list."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from omni.access.actor import Actor
from omni.core import clock
from omni.core.errors import Conflict, Invalid, NotAllowed, NotFound
from omni.screens.models import SavedView

MOST = 50


class ViewNameMissing(Invalid):
    code = "view_name_missing"
    message = _("The view has no name. Give it one.")


class TooManyViews(Conflict):
    code = "too_many_views"
    message = _("You keep many views of this list already. Forget one first.")


def views_of(actor: Actor, page: str) -> list[SavedView]:
    """A person's own views of a list, then those that others share. One query."""
    mine = Q(owner_id=actor.user_id)
    rows = SavedView.objects.filter(mine | Q(is_shared=True), page=page).select_related("owner")
    found = list(rows.order_by("name", "pk")[: MOST * 2])
    return sorted(found, key=lambda row: row.owner_id != actor.user_id)


@transaction.atomic
def save_view(
    *, page: str, name: str, query: str, is_shared: bool = False, actor: Actor
) -> SavedView:
    """Keep these filters; a view of the same name is replaced.

    Raises: NotAllowed, ViewNameMissing, TooManyViews.
    """
    if actor.kind != "staff" or actor.user_id is None:
        raise NotAllowed
    label = " ".join(name.split())[:60]
    if not label:
        raise ViewNameMissing
    own = SavedView.objects.filter(owner_id=actor.user_id, page=page)
    if own.exclude(name=label).count() >= MOST:
        raise TooManyViews
    row, _is_new = SavedView.objects.update_or_create(
        owner_id=actor.user_id,
        page=page,
        name=label,
        defaults={"query": query[:1000], "is_shared": is_shared, "created_at": clock.now()},
    )
    return row


@transaction.atomic
def forget_view(*, view_id: UUID, actor: Actor) -> None:
    """One's own view only; a repeat finds none. Raises: NotFound."""
    gone, _rows = SavedView.objects.filter(pk=view_id, owner_id=actor.user_id).delete()
    if not gone:
        raise NotFound
