"""Codes that a scanner read and nobody knows: a task each, until they mean a variant."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from inventory.catalog.models import Barcode, Variant
from inventory.catalog.operations import add_barcode
from omni.access.actor import Actor
from omni.access.permissions import Permission
from omni.core.errors import NotFound
from omni.work import operations as work
from omni.work import queries
from omni.work.models import Task
from omni.work.operations import Matter

KIND, SUBJECT = "unknown_barcode", "barcode"


@transaction.atomic
def report_unknown_code(
    *, code: str, title: str, location_id: UUID, scanned_at: str, actor: Actor
) -> Task:
    """Somebody shall find out what it is. While one is open for it at the store, it is that one.

    ``scanned_at`` names the register or the page in words.
    """
    details = {"scanned_at": scanned_at} if scanned_at else {}
    matter = Matter(KIND, SUBJECT, code, location_id, details)
    return work.create_task_once(matter=matter, title=title, actor=actor)


@transaction.atomic
def link_unknown_code(*, task_id: UUID, variant_id: UUID, actor: Actor) -> Barcode:
    """The code means this variant from now on, at every till, and the task about it is done.

    Raises: NotAllowed, NotFound, BarcodeNotValid, CodeTaken, InvalidTransition (the task is over).
    Locks: task. Emits: product.changed.
    """
    actor.require(Permission.CATALOG_EDIT)
    task = get_unknown_code(actor, task_id)
    variant = Variant.objects.filter(pk=variant_id).first()
    if variant is None:
        raise NotFound
    made = add_barcode(variant=variant, code=task.subject_id, actor=actor)
    work.finish_task(task_id=task_id, note=variant.sku, actor=actor)
    return made


def get_unknown_code(actor: Actor, task_id: UUID) -> Task:
    """The task about a code, if the actor may see it. Raises: NotFound."""
    task: Task = queries.get_one(actor, Task, task_id)
    if task.subject_kind != SUBJECT:
        raise NotFound
    return task
