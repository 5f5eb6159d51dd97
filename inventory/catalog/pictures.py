"""Which picture stands for a variant: its own first one, else its product's."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from inventory.catalog.models import Media

_FIRST = """
SELECT v.id, m.id, m.url, m.alt
FROM inventory_variant v
CROSS JOIN LATERAL (
    SELECT m.id, m.url, m.alt FROM inventory_media m
    WHERE m.product_id = v.product_id
    ORDER BY (m.variant_id = v.id) IS NOT TRUE, m.variant_id IS NOT NULL, m.position, m.id
    LIMIT 1) m
WHERE v.id = ANY(%s)
"""


def pictures_of(variant_ids: Collection[UUID]) -> dict[UUID, Media]:
    """The picture of each variant that has one. One statement, none for nothing."""
    if not variant_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_FIRST, [list(set(variant_ids))])
        rows = cursor.fetchall()
    return {variant: Media(id=key, url=url, alt=alt) for variant, key, url, alt in rows}
