"""Full-text search over products in any language.

Text is folded and cut into words here, on the way in and on the way to a query alike, because the
embedded PostgreSQL knows neither unaccent nor most languages. The vector is that of the ``simple``
configuration: every word, unchanged, with its weight: A for names and codes, B for brand and
category, C for descriptions. Each word of a query is the beginning of a word that must be there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection, models
from django.db.models import F, FloatField, Func, QuerySet, Value

from inventory.catalog.models import Barcode, Category, Product, ProductTranslation, Variant
from omni.core.text import search_key

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 100  # characters of a word that count
_LAST_PLACE = 16_383  # of a tsvector
_MOST_WORDS = 12  # of a query
_BATCH = 500

_STORE = """
UPDATE inventory_product p SET search = v.vector::tsvector
FROM unnest(%s::uuid[], %s::text[]) AS v (id, vector)
WHERE p.id = v.id
"""


def words(text: str) -> list[str]:
    """The words of a text, folded: ``"Café-Crème 2 L" -> ["cafe", "creme", "2", "l"]``."""
    return [word[:_LONGEST] for word in _WORD.findall(search_key(text))]


def vector(parts: Iterable[tuple[str, str]]) -> str:
    """The tsvector of (weight, text) pairs, as PostgreSQL reads it."""
    places: dict[str, list[str]] = {}
    place = 0
    for weight, text in parts:
        for word in words(text):
            place = min(place + 1, _LAST_PLACE)
            places.setdefault(word, []).append(f"{place}{weight}")
    # PostgreSQL keeps at most 256 places of a word.
    return " ".join(f"'{word}':{','.join(found[:255])}" for word, found in places.items())


def query(text: str) -> str:
    """The tsquery for what somebody typed; empty if there is no word in it."""
    return " & ".join(f"'{word}':*" for word in words(text)[:_MOST_WORDS])


def matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """The products in which every word is found, with their ``rank`` (higher is better)."""
    terms = query(text)
    if not terms:
        return products.annotate(rank=Value(0.0)).none()
    asked = _Query(Value(terms))
    return products.annotate(rank=_Rank(F("search"), asked)).filter(_Matches(F("search"), asked))


def refresh_search(*, product_ids: Collection[UUID] | None = None) -> int:
    """Bring the vectors of these products (or of all) up to date. Returns how many."""
    products = Product.objects.all()
    if product_ids is not None:
        products = products.filter(pk__in=product_ids)
    ids = list(products.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        _refresh(ids[start : start + _BATCH])
    return len(ids)


def _refresh(ids: list[UUID]) -> None:
    parts: dict[UUID, list[tuple[str, str]]] = {}
    names = dict(Category.objects.values_list("pk", "name"))
    for product in Product.objects.filter(pk__in=ids).select_related("category"):
        path = product.category.path if product.category else []
        parts[product.pk] = [
            ("A", product.name),
            ("B", product.brand),
            *(("B", names.get(category_id, "")) for category_id in path),
            ("C", product.description),
        ]
    for translation in ProductTranslation.objects.filter(product_id__in=ids):
        parts[translation.product_id] += [
            ("A", translation.name),
            ("C", translation.description),
        ]
    for variant in Variant.objects.filter(product_id__in=ids):
        options = " ".join(str(value) for value in variant.options.values())
        # The code as a whole too, so that "ab-12" is also found as "ab12".
        whole = "".join(words(variant.sku))
        parts[variant.product_id] += [
            ("A", variant.sku),
            ("A", whole),
            ("A", variant.name),
            ("B", options),
        ]
    for code, product_id in Barcode.objects.filter(variant__product_id__in=ids).values_list(
        "code", "variant__product_id"
    ):
        parts[product_id] += [("A", code), ("A", code.lstrip("0"))]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [list(parts), [vector(texts) for texts in parts.values()]])


class _Query(Func):
    template = "%(expressions)s::tsquery"
    arity = 1


class _Rank(Func):
    function = "ts_rank"
    arity = 2
    output_field = FloatField()


class _Matches(Func):
    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    arity = 2
    output_field = models.BooleanField()
