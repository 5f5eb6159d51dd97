"""The category tree, and what each location carries of it.

Every category knows its path from the root. A move rewrites the paths of all below it in one
statement, under a lock of the tree, so that two moves cannot make a cycle between them.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from inventory.catalog.models import Assortment, Category, Product, Variant
from inventory.catalog.search import refresh_search
from inventory.locations.models import Location
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import Conflict, Invalid

_LOCK_TREE = "SELECT pg_advisory_xact_lock(hashtext('inventory.category_tree'))"

# The new path of a category below the moved one: the parent's, then its own from the moved one on.
_MOVE = """
UPDATE inventory_category c
SET path = %(above)s::uuid[] || c.path[array_position(c.path, %(moved)s::uuid):]
WHERE c.path @> ARRAY[%(moved)s::uuid]
"""


class CategoryCycle(Conflict):
    code = "category_cycle"
    message = _("A category cannot lie below itself. Choose another parent.")


class AssortmentNotValid(Invalid):
    code = "assortment_not_valid"
    message = _("This is neither a category nor a variant, or both. Name one of them.")


@transaction.atomic
def create_category(
    *, slug: str, name: str, parent: Category | None = None, position: int = 0, actor: Actor
) -> Category:
    """Make a category below ``parent``, or at the root."""
    return save_category(
        category=Category(slug=slug, name=name, parent=parent, position=position), actor=actor
    )


@transaction.atomic
def save_category(*, category: Category, actor: Actor) -> Category:
    """Keep a new or changed category, moved if its parent changed.

    Products below are found by its new name. Raises: CategoryCycle, NotAllowed. Locks: the tree.
    """
    actor.require(Permission.CATALOG_EDIT)
    _lock_tree()
    before: Category | None = Category.objects.filter(pk=category.pk).first()
    wanted_parent = category.parent_id
    if before is None:
        category.path = [*_path(wanted_parent), category.pk]
        category.save()
        return category
    category.parent_id, category.path = before.parent_id, before.path
    category.save()
    if wanted_parent != before.parent_id:
        return _move(category, wanted_parent)
    if category.name != before.name:
        _refresh_below(category)
    return category


@transaction.atomic
def move_category(*, category: Category, parent: Category | None, actor: Actor) -> Category:
    """Hang a category, with all below it, under another one or at the root.

    Raises: CategoryCycle (nothing was changed), NotAllowed. Locks: the tree.
    """
    actor.require(Permission.CATALOG_EDIT)
    _lock_tree()
    return _move(Category.objects.get(pk=category.pk), parent.pk if parent else None)


@transaction.atomic
def carry(
    *,
    location: Location,
    category: Category | None = None,
    variant: Variant | None = None,
    actor: Actor,
) -> Assortment:
    """Let the location carry a category or a variant. A repeat changes nothing.

    Raises: AssortmentNotValid, NotAllowed.
    """
    actor.require(Permission.CATALOG_EDIT)
    if (category is None) == (variant is None):
        raise AssortmentNotValid
    row, _made = Assortment.objects.get_or_create(
        location=location, category=category, variant=variant
    )
    return row


@transaction.atomic
def stop_carrying(*, assortment: Assortment, actor: Actor) -> None:
    """Take a category or variant out of the location's assortment. Raises: NotAllowed."""
    actor.require(Permission.CATALOG_EDIT)
    Assortment.objects.filter(pk=assortment.pk).delete()


def _lock_tree() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_TREE)


def _move(category: Category, parent_id: UUID | None) -> Category:
    above = _path(parent_id)
    if category.pk in above:
        raise CategoryCycle(category=category.slug)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"above": above, "moved": category.pk})
    Category.objects.filter(pk=category.pk).update(parent_id=parent_id)
    category.refresh_from_db()
    _refresh_below(category)
    return category


def _path(parent_id: UUID | None) -> list[UUID]:
    if parent_id is None:
        return []
    path: list[UUID] = Category.objects.values_list("path", flat=True).get(pk=parent_id)
    return path


def _refresh_below(category: Category) -> None:
    below = Product.objects.filter(category__path__contains=[category.pk])
    refresh_search(product_ids=list(below.values_list("pk", flat=True)))
