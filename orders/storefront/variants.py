"""What variants look like, by id: for lists that hold ids, as carts and orders do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from omni.core.statements import hot_cursor

_VARIANTS = """
SELECT v.id, v.sku, v.name, v.options, p.slug, coalesce(t.name, p.name), m.url, m.alt,
       l.status = 'live' AND v.is_active AND p.status = 'active'
FROM inventory_variant v
JOIN inventory_product p ON p.id = v.product_id
JOIN inventory_listing l ON l.variant_id = v.id AND l.channel_id = %(channel)s
LEFT JOIN inventory_producttranslation t ON t.product_id = p.id AND t.language = %(language)s
LEFT JOIN LATERAL (
    SELECT url, alt FROM inventory_media
    WHERE product_id = p.id AND (variant_id = v.id OR variant_id IS NULL)
    ORDER BY variant_id IS NULL, position, id LIMIT 1) m ON true
WHERE v.id = ANY(%(ids)s::uuid[])
ORDER BY v.id
"""


def variants_by_id(
    *, channel_id: UUID, variant_ids: Collection[UUID], language: str
) -> list[dict[str, Any]]:
    """Those that the channel sells or sold. One statement."""
    values = {"channel": channel_id, "ids": list(variant_ids), "language": language}
    with hot_cursor() as cursor:
        cursor.execute(_VARIANTS, values)
        return [
            {
                "id": key,
                "sku": sku,
                "name": name,
                "options": options,
                "product": {"slug": slug, "name": product},
                "picture": {"url": url, "alt": alt} if url else None,
                "is_live": is_live,
            }
            for key, sku, name, options, slug, product, url, alt, is_live in cursor.fetchall()
        ]
