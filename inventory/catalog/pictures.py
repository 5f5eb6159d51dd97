"""The picture by which people recognise a variant: its own, else its product's first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery

from inventory.catalog.models import Media


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is, and what it shows."""

    url: str
    alt: str


_PICTURES = """
SELECT v.id, m.url, m.alt
FROM inventory_variant v
CROSS JOIN LATERAL (
    SELECT url, alt FROM inventory_media
    WHERE product_id = v.product_id AND (variant_id = v.id OR variant_id IS NULL)
    ORDER BY variant_id IS NULL, position, id
    LIMIT 1) m
WHERE v.id = ANY(%s::uuid[])
"""


def pictures_of(variant_ids: Collection[UUID]) -> dict[UUID, Picture]:
    """The picture of each variant that has one. One statement, none for no variants."""
    if not variant_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PICTURES, [list(variant_ids)])
        return {row[0]: Picture(row[1], row[2]) for row in cursor.fetchall()}


def picture_column(name: str, *, of: str) -> Subquery:
    """A column of that picture within a queryset, where ``of`` leads to the variant."""
    rows = Media.objects.filter(
        Q(variant=OuterRef(of)) | Q(variant__isnull=True), product=OuterRef(f"{of}__product")
    )
    own_first = F("variant").asc(nulls_last=True)
    return Subquery(rows.order_by(own_first, "position", "pk").values(name)[:1])
