"""What the rows of a timeline name, by name: channels, places, staff, goods with pictures, notes.
One statement for any number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from omni.core.statements import hot_cursor

_PRODUCT = "/products/"
MOST_GOODS = 60


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name. ``picture`` of goods; ``sort``: the category, or a channel's kind."""

    name: str
    picture: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """Names by what they are of: ``one("channel", id)``; goods of an order by its id."""

    known: Mapping[tuple[str, str], Sequence[Named]] = field(default_factory=dict)

    def one(self, of: str, key: object) -> Named | None:
        found = self.known.get((of, str(key)))
        return found[0] if found else None

    def all(self, of: str, key: object) -> Sequence[Named]:
        return self.known.get((of, str(key)), ())


def names_of(rows: Iterable[Mapping[str, Any]]) -> Names:
    """The names for these rows."""
    wanted = _wanted(rows)
    known: dict[tuple[str, str], list[Named]] = {}
    with hot_cursor() as cursor:
        cursor.execute(_NAMES, {name: sorted(keys, key=str) for name, keys in wanted.items()})
        for of, key, name, picture, sort in cursor.fetchall():
            known.setdefault((of, key), []).append(Named(name, picture or "", sort or ""))
    return Names(known)


def _wanted(rows: Iterable[Mapping[str, Any]]) -> dict[str, set[Any]]:
    wanted: dict[str, set[Any]] = {
        name: set()
        for name in (
            "channels", "locations", "staff", "variants", "products", "slugs", "orders", "notes"
        )
    }  # fmt: skip
    for row in rows:
        for name, column in (
            ("channels", "channel_id"), ("locations", "location_id"), ("staff", "staff_id")
        ):  # fmt: skip
            if row[column]:
                wanted[name].add(row[column])
        facts = row["data"]
        if row["kind"] == "page.viewed":
            _add(wanted["products"], facts.get("product_id"))
            if slug := product_slug(facts):
                wanted["slugs"].add(slug)
        elif row["kind"] == "note.written" and isinstance(facts.get("note_id"), int):
            wanted["notes"].add(facts["note_id"])
        _add(wanted["variants"], facts.get("variant_id"))
        _add(wanted["orders"], order_of(row))
    return wanted


def product_slug(facts: Mapping[str, Any]) -> str:
    """The product of a page that was viewed, where its path tells."""
    path = str(facts.get("path", ""))
    if _PRODUCT not in path:
        return ""
    return path.partition(_PRODUCT)[2].split("/")[0].split("?")[0][:160]


def order_of(row: Mapping[str, Any]) -> str:
    """The order that a row is about, if it is about one."""
    if row["subject_kind"] == "order" and row["subject_id"]:
        return str(row["subject_id"])
    return str(row["data"].get("order_id") or "")


def _add(ids: set[Any], value: Any) -> None:
    try:
        ids.add(UUID(str(value)))
    except ValueError:
        return


_PICTURE = """(SELECT m.url FROM inventory_media m WHERE m.product_id = p.id
    {own} ORDER BY m.variant_id IS NOT NULL, m.position, m.id LIMIT 1)"""
_OF_PRODUCT = _PICTURE.format(own="")
_OF_VARIANT = """(SELECT m.url FROM inventory_media m WHERE m.product_id = p.id
    AND (m.variant_id = v.id OR m.variant_id IS NULL)
    ORDER BY m.variant_id IS NULL, m.position, m.id LIMIT 1)"""

_NAMES = f"""
SELECT 'channel', id::text, name::text, '', kind::text FROM inventory_channel
WHERE id = ANY(%(channels)s::uuid[])
UNION ALL SELECT 'location', id::text, name, '', '' FROM inventory_location
WHERE id = ANY(%(locations)s::uuid[])
UNION ALL SELECT 'staff', id::text, display_name, '', '' FROM omni_user
WHERE id = ANY(%(staff)s::uuid[])
UNION ALL SELECT 'note', id::text, text, '', '' FROM customers_note
WHERE id = ANY(%(notes)s::bigint[])
UNION ALL SELECT 'variant', v.id::text, concat_ws(', ', p.name, nullif(v.name, '')), {_OF_VARIANT},
    c.name
FROM inventory_variant v JOIN inventory_product p ON p.id = v.product_id
LEFT JOIN inventory_category c ON c.id = p.category_id WHERE v.id = ANY(%(variants)s::uuid[])
UNION ALL SELECT 'product', p.id::text, p.name, {_OF_PRODUCT}, c.name FROM inventory_product p
LEFT JOIN inventory_category c ON c.id = p.category_id WHERE p.id = ANY(%(products)s::uuid[])
UNION ALL SELECT 'slug', p.slug, p.name, {_OF_PRODUCT}, c.name FROM inventory_product p
LEFT JOIN inventory_category c ON c.id = p.category_id WHERE p.slug = ANY(%(slugs)s::text[])
UNION ALL SELECT 'number', o.id::text, o.number, '', '' FROM orders_order o
WHERE o.id = ANY(%(orders)s::uuid[])
UNION ALL (SELECT 'order', l.order_id::text, l.name, {_OF_VARIANT}, ''
FROM orders_orderline l JOIN inventory_variant v ON v.id = l.variant_id
JOIN inventory_product p ON p.id = v.product_id
WHERE l.order_id = ANY(%(orders)s::uuid[]) AND l.position <= 4 ORDER BY l.order_id, l.position)
"""  # noqa: S608
