"""What Atelier Nord sells: twelve products in thirty variants, listed, with opening stock.

Texts are the merchant's, in English, French and German. Codes come from the range that GS1 leaves
to a company's own use. Quantities are drawn with a fixed seed, so every machine has the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product as every
from random import Random

from django.db import transaction
from django.templatetags.static import static

from inventory.catalog import operations as catalog
from inventory.catalog.barcodes import check_digit
from inventory.catalog.models import Category, Product, Variant
from inventory.catalog.operations import MediaDraft, ProductDraft, Translation, VariantDraft
from inventory.locations.models import Location
from inventory.stock import operations as stock
from inventory.stock.models import MovementKind
from inventory.stock.operations import StockArrival
from omni.access.actor import SYSTEM
from omni.demo.merchant import places

SEED = 20
OPENING = "demo:opening"
# Two in the house, of which Lyon keeps one from the web: one that two customers may want at once.
LAST_UNIT = ("BELT-105", "lyon")
MISSING = ("GLOVE-9", "nice")


@dataclass(frozen=True, slots=True)
class Good:
    """A product to be made. Prices: euro cents with tax, pence without."""

    slug: str
    category: str
    sku: str
    names: tuple[str, str, str]
    text: tuple[str, str, str]
    euro: int
    pound: int
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dearer: int = 0
    tax_class: str = "standard"
    weight_g: int = 300
    was: int | None = None


CATEGORIES = (
    ("clothing", "Clothing", None),
    ("knitwear", "Knitwear", "clothing"),
    ("outerwear", "Outerwear", "clothing"),
    ("accessories", "Accessories", None),
    ("home", "Home", None),
    ("kitchen", "Kitchen", "home"),
)

_SIZES = ("size", ("S", "M", "L"))

GOODS = (
    Good(
        "merino-sweater", "knitwear", "MERINO",
        ("Merino sweater", "Pull en mérinos", "Merinopullover"),
        ("Fine merino wool, knitted in one piece.", "Laine mérinos fine, tricotée d'une pièce.",
         "Feine Merinowolle, in einem Stück gestrickt."),
        8900, 6500, (("colour", ("navy", "ecru")), _SIZES), weight_g=340,
    ),
    Good(
        "linen-shirt", "clothing", "LINEN",
        ("Linen shirt", "Chemise en lin", "Leinenhemd"),
        ("Washed linen, mother-of-pearl buttons.", "Lin lavé, boutons de nacre.",
         "Gewaschenes Leinen, Knöpfe aus Perlmutt."),
        6900, 5000, (_SIZES,), weight_g=220,
    ),
    Good(
        "raincoat", "outerwear", "RAIN",
        ("Raincoat", "Imperméable", "Regenmantel"),
        ("Waxed cotton with taped seams.", "Coton ciré aux coutures étanches.",
         "Gewachste Baumwolle mit dichten Nähten."),
        15900, 11800, (_SIZES,), weight_g=900, was=18900,
    ),
    Good(
        "wool-scarf", "accessories", "SCARF",
        ("Wool scarf", "Écharpe en laine", "Wollschal"),
        ("Lambswool, brushed on both sides.", "Laine d'agneau, brossée des deux côtés.",
         "Lammwolle, beidseitig gebürstet."),
        4900, 3600, (("colour", ("grey", "rust")),), weight_g=180,
    ),
    Good(
        "knit-beanie", "accessories", "BEANIE",
        ("Knit beanie", "Bonnet tricoté", "Strickmütze"),
        ("Ribbed, folds twice.", "Côtes, double revers.", "Gerippt, doppelt umgeschlagen."),
        2900, 2100, weight_g=90,
    ),
    Good(
        "leather-gloves", "accessories", "GLOVE",
        ("Leather gloves", "Gants de cuir", "Lederhandschuhe"),
        ("Vegetable-tanned, lined with silk.", "Tannage végétal, doublés de soie.",
         "Pflanzlich gegerbt, mit Seide gefüttert."),
        7500, 5600, (("size", ("7", "8", "9")),), weight_g=120,
    ),
    Good(
        "canvas-tote", "accessories", "TOTE",
        ("Canvas tote", "Cabas en toile", "Segeltuchtasche"),
        ("Heavy canvas, holds 20 kg.", "Toile épaisse, porte 20 kg.",
         "Schweres Segeltuch, trägt 20 kg."),
        3500, 2600, (("colour", ("natural", "black")),), weight_g=400,
    ),
    Good(
        "leather-belt", "accessories", "BELT",
        ("Leather belt", "Ceinture en cuir", "Ledergürtel"),
        ("One strap of bridle leather, brass buckle.", "Cuir de bride, boucle de laiton.",
         "Ein Riemen aus Blankleder, Schnalle aus Messing."),
        5900, 4400, (("length", ("85", "95", "105")),), weight_g=210,
    ),
    Good(
        "enamel-mug", "kitchen", "MUG",
        ("Enamel mug", "Mug émaillé", "Emailbecher"),
        ("Holds 35 cl, good over a fire.", "35 cl, va sur le feu.", "35 cl, hält Feuer aus."),
        1400, 1000, (("colour", ("white", "blue")),), weight_g=150,
    ),
    Good(
        "beeswax-candle", "home", "CANDLE",
        ("Beeswax candle", "Bougie de cire d'abeille", "Bienenwachskerze"),
        ("Burns for 20 or 45 hours.", "Brûle 20 ou 45 heures.", "Brennt 20 oder 45 Stunden."),
        1800, 1300, (("size", ("small", "large")),), dearer=1200, weight_g=250,
    ),
    Good(
        "coffee-beans", "kitchen", "COFFEE",
        ("Coffee beans", "Café en grains", "Kaffeebohnen"),
        ("Roasted each week in Lyon.", "Torréfié chaque semaine à Lyon.",
         "Jede Woche in Lyon geröstet."),
        950, 700, (("weight", ("250 g", "1 kg")),), dearer=2300, tax_class="reduced",
    ),
    Good(
        "reading-lamp", "home", "LAMP",
        ("Reading lamp", "Lampe de lecture", "Leselampe"),
        ("Brass arm, linen shade.", "Bras de laiton, abat-jour de lin.",
         "Arm aus Messing, Schirm aus Leinen."),
        12900, 9500, weight_g=1800,
    ),
)  # fmt: skip


def ensure_goods() -> None:
    """Categories, products with listings in every channel, and the stock with which it opens."""
    for place, (slug, name, above) in enumerate(CATEGORIES):
        if not Category.objects.filter(slug=slug).exists():
            parent = Category.objects.get(slug=above) if above else None
            catalog.create_category(
                slug=slug, name=name, parent=parent, position=place, actor=SYSTEM
            )
    for number, good in enumerate(GOODS):
        if not Product.objects.filter(slug=good.slug).exists():
            _make_product(number, good)
    for location in Location.objects.filter(code__in=["lyon", "nice", "london"]).order_by("code"):
        _open_stock(location)


def variant(sku: str) -> Variant:
    """A variant of the merchant."""
    found: Variant = Variant.objects.get(sku=sku)
    return found


@transaction.atomic
def _make_product(number: int, good: Good) -> None:
    drafts = list(_variants(number, good))
    made = catalog.create_product(
        draft=ProductDraft(
            slug=good.slug,
            name=good.names[0],
            description=good.text[0],
            brand=places.BRAND,
            category_id=Category.objects.get(slug=good.category).pk,
            tax_class=good.tax_class,
            variants=drafts,
            translations=[
                Translation(language, good.names[place], good.text[place])
                for place, language in ((1, "fr"), (2, "de"))
            ],
            media=[MediaDraft(static(f"demo/{good.slug}.svg"), alt=good.names[0])],
        ),
        actor=SYSTEM,
    )
    for place, row in enumerate(made.variants.order_by("position")):
        _list(good, row, more=good.dearer * place)


def _list(good: Good, row: Variant, *, more: int) -> None:
    pounds = (places.TRADE, good.pound + more * 3 // 4)
    pounds_with_tax = (places.STORES_UK, (good.pound + more * 3 // 4) * 6 // 5)
    euros = [(code, good.euro + more) for code in (places.WEB, places.APP, places.STORES)]
    for code, price in [*euros, pounds, pounds_with_tax]:
        was = good.was if code in (places.WEB, places.APP) else None
        catalog.list_variant(
            variant=row,
            channel=places.channel(code),
            price_minor=price,
            compare_at_minor=was,
            actor=SYSTEM,
        )


def _variants(number: int, good: Good) -> Iterator[VariantDraft]:
    names = [name for name, _values in good.options]
    for place, values in enumerate(every(*(values for _name, values in good.options))):
        yield VariantDraft(
            sku=_sku(good, values),
            name=", ".join(values),
            options=dict(zip(names, values, strict=True)),
            weight_g=good.weight_g,
            barcodes=[_barcode(number * 10 + place)],
        )


def _sku(good: Good, values: Sequence[str]) -> str:
    return "-".join([good.sku, *(value.replace(" ", "").upper() for value in values)])


def _barcode(number: int) -> str:
    body = f"0400000{number:05d}"
    return f"{body}{check_digit(body)}"


@transaction.atomic
def _open_stock(location: Location) -> None:
    """What lies in a store at first; posted once, however often it is called."""
    draw = Random(f"{SEED}:{location.code}")  # noqa: S311  nothing secret is drawn
    arrivals = []
    for row in Variant.objects.filter(product__slug__in=[g.slug for g in GOODS]).order_by("sku"):
        quantity = draw.randint(6, 24)
        if (row.sku, location.code) == MISSING:
            continue
        if row.sku == LAST_UNIT[0]:
            quantity = 2 if location.code == LAST_UNIT[1] else 0
        if quantity:
            arrivals.append(StockArrival(row.pk, location.pk, quantity))
    stock.put(lines=arrivals, kind=MovementKind.OPENING, reference=OPENING, actor=SYSTEM)
