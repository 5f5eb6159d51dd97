"""What Atelier Nord sells: a house of clothing and things for the home. Data only.

``GOODS`` are the twelve products of the guides; ``RANGE`` is the rest of the full demo: together
42 products in 400 variants. Texts are the merchant's, in English, French and German.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Good:
    """A product to be made. Prices: euro cents with tax, pence without.

    ``tint`` is the colour in which it is drawn where it has no colours to choose from.
    """

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
    shape: str = ""
    tint: str = ""

    @property
    def colours(self) -> tuple[str, ...]:
        """In which colours it is drawn."""
        return dict(self.options).get("colour", (self.tint,))


CATEGORIES = (
    ("clothing", "Clothing", None),
    ("knitwear", "Knitwear", "clothing"),
    ("outerwear", "Outerwear", "clothing"),
    ("accessories", "Accessories", None),
    ("home", "Home", None),
    ("kitchen", "Kitchen", "home"),
)
MORE_CATEGORIES = (
    ("shirts", "Shirts", "clothing"),
    ("trousers", "Trousers", "clothing"),
    ("dresses", "Dresses and skirts", "clothing"),
    ("shoes", "Shoes", None),
    ("bags", "Bags", "accessories"),
    ("textiles", "Home textiles", "home"),
)

_SIZES = ("size", ("S", "M", "L"))

GOODS = (
    Good(
        "merino-sweater", "knitwear", "MERINO",
        ("Merino sweater", "Pull en mérinos", "Merinopullover"),
        ("Fine merino wool, knitted in one piece.", "Laine mérinos fine, tricotée d'une pièce.",
         "Feine Merinowolle, in einem Stück gestrickt."),
        8900, 6500, (("colour", ("navy", "ecru")), _SIZES), weight_g=340, shape="knit",
    ),
    Good(
        "linen-shirt", "clothing", "LINEN",
        ("Linen shirt", "Chemise en lin", "Leinenhemd"),
        ("Washed linen, mother-of-pearl buttons.", "Lin lavé, boutons de nacre.",
         "Gewaschenes Leinen, Knöpfe aus Perlmutt."),
        6900, 5000, (_SIZES,), weight_g=220, shape="shirt", tint="sky",
    ),
    Good(
        "raincoat", "outerwear", "RAIN",
        ("Raincoat", "Imperméable", "Regenmantel"),
        ("Waxed cotton with taped seams.", "Coton ciré aux coutures étanches.",
         "Gewachste Baumwolle mit dichten Nähten."),
        15900, 11800, (_SIZES,), weight_g=900, was=18900, shape="raincoat", tint="honey",
    ),
    Good(
        "wool-scarf", "accessories", "SCARF",
        ("Wool scarf", "Écharpe en laine", "Wollschal"),
        ("Lambswool, brushed on both sides.", "Laine d'agneau, brossée des deux côtés.",
         "Lammwolle, beidseitig gebürstet."),
        4900, 3600, (("colour", ("grey", "rust")),), weight_g=180, shape="scarf",
    ),
    Good(
        "knit-beanie", "accessories", "BEANIE",
        ("Knit beanie", "Bonnet tricoté", "Strickmütze"),
        ("Ribbed, folds twice.", "Côtes, double revers.", "Gerippt, doppelt umgeschlagen."),
        2900, 2100, weight_g=90, shape="beanie", tint="teal",
    ),
    Good(
        "leather-gloves", "accessories", "GLOVE",
        ("Leather gloves", "Gants de cuir", "Lederhandschuhe"),
        ("Vegetable-tanned, lined with silk.", "Tannage végétal, doublés de soie.",
         "Pflanzlich gegerbt, mit Seide gefüttert."),
        7500, 5600, (("size", ("7", "8", "9")),), weight_g=120, shape="gloves", tint="cognac",
    ),
    Good(
        "canvas-tote", "accessories", "TOTE",
        ("Canvas tote", "Cabas en toile", "Segeltuchtasche"),
        ("Heavy canvas, holds 20 kg.", "Toile épaisse, porte 20 kg.",
         "Schweres Segeltuch, trägt 20 kg."),
        3500, 2600, (("colour", ("natural", "black")),), weight_g=400, shape="tote",
    ),
    Good(
        "leather-belt", "accessories", "BELT",
        ("Leather belt", "Ceinture en cuir", "Ledergürtel"),
        ("One strap of bridle leather, brass buckle.", "Cuir de bride, boucle de laiton.",
         "Ein Riemen aus Blankleder, Schnalle aus Messing."),
        5900, 4400, (("length", ("85", "95", "105")),), weight_g=210, shape="belt", tint="cognac",
    ),
    Good(
        "enamel-mug", "kitchen", "MUG",
        ("Enamel mug", "Mug émaillé", "Emailbecher"),
        ("Holds 35 cl, good over a fire.", "35 cl, va sur le feu.", "35 cl, hält Feuer aus."),
        1400, 1000, (("colour", ("white", "blue")),), weight_g=150, shape="mug",
    ),
    Good(
        "beeswax-candle", "home", "CANDLE",
        ("Beeswax candle", "Bougie de cire d'abeille", "Bienenwachskerze"),
        ("Burns for 20 or 45 hours.", "Brûle 20 ou 45 heures.", "Brennt 20 oder 45 Stunden."),
        1800, 1300, (("size", ("small", "large")),), dearer=1200, weight_g=250,
        shape="candle", tint="honey",
    ),
    Good(
        "coffee-beans", "kitchen", "COFFEE",
        ("Coffee beans", "Café en grains", "Kaffeebohnen"),
        ("Roasted each week in Lyon.", "Torréfié chaque semaine à Lyon.",
         "Jede Woche in Lyon geröstet."),
        950, 700, (("weight", ("250 g", "1 kg")),), dearer=2300, tax_class="reduced",
        shape="coffee", tint="espresso",
    ),
    Good(
        "reading-lamp", "home", "LAMP",
        ("Reading lamp", "Lampe de lecture", "Leselampe"),
        ("Brass arm, linen shade.", "Bras de laiton, abat-jour de lin.",
         "Arm aus Messing, Schirm aus Leinen."),
        12900, 9500, weight_g=1800, shape="lamp", tint="oat",
    ),
)  # fmt: skip

_FIVE = ("size", ("XS", "S", "M", "L", "XL"))
_WAIST = ("waist", ("28", "30", "32", "34", "36", "38"))
_SHOE = ("size", ("37", "38", "39", "40", "41", "42", "43", "44"))
_FOOT = ("size", ("36-38", "39-41", "42-44"))

RANGE = (
    Good(
        "wool-coat", "outerwear", "COAT",
        ("Wool coat", "Manteau de laine", "Wollmantel"),
        ("Double-faced wool, made in one piece of cloth.", "Laine double face, d'une seule étoffe.",
         "Doppelseitige Wolle aus einem Stück."),
        28900, 21400, (("colour", ("camel", "navy", "black")), _FIVE), weight_g=1400,
        shape="coat",
    ),
    Good(
        "down-parka", "outerwear", "PARKA",
        ("Down parka", "Parka en duvet", "Daunenparka"),
        ("Recycled down, hood with a wire.", "Duvet recyclé, capuche à fil.",
         "Recycelte Daune, Kapuze mit Draht."),
        32900, 24400, (("colour", ("moss", "navy", "black")), _FIVE), weight_g=1250, was=36900,
        shape="parka",
    ),
    Good(
        "field-jacket", "outerwear", "JACKET",
        ("Field jacket", "Veste de terrain", "Feldjacke"),
        ("Dry waxed cotton, four pockets.", "Coton ciré sec, quatre poches.",
         "Trocken gewachste Baumwolle, vier Taschen."),
        18900, 13900, (("colour", ("moss", "sand")), _FIVE), weight_g=980,
        shape="jacket",
    ),
    Good(
        "wool-blazer", "outerwear", "BLAZER",
        ("Wool blazer", "Blazer de laine", "Wollblazer"),
        ("Half lined, patch pockets.", "Semi-doublé, poches plaquées.",
         "Halb gefüttert, aufgesetzte Taschen."),
        22900, 16900, (("colour", ("navy", "grey")), _FIVE), weight_g=760,
        shape="blazer",
    ),
    Good(
        "quilted-vest", "outerwear", "VEST",
        ("Quilted vest", "Gilet matelassé", "Steppweste"),
        ("Light, fits under any coat.", "Léger, se porte sous tout manteau.",
         "Leicht, passt unter jeden Mantel."),
        11900, 8800, (("colour", ("moss", "navy", "rust")), _FIVE), weight_g=420,
        shape="vest",
    ),
    Good(
        "lambswool-cardigan", "knitwear", "CARDI",
        ("Lambswool cardigan", "Cardigan en laine d'agneau", "Lammwolljacke"),
        ("Horn buttons, two pockets.", "Boutons de corne, deux poches.",
         "Hornknöpfe, zwei Taschen."),
        12900, 9500, (("colour", ("oat", "grey", "wine")), _FIVE), weight_g=460,
        shape="cardigan",
    ),
    Good(
        "rollneck-sweater", "knitwear", "ROLL",
        ("Rollneck sweater", "Pull à col roulé", "Rollkragenpullover"),
        ("Fine gauge, long ribs.", "Jauge fine, longues côtes.", "Feine Maschen, lange Rippen."),
        9900, 7300, (("colour", ("black", "oat", "teal", "rust")), _FIVE), weight_g=360,
        shape="rollneck",
    ),
    Good(
        "fisherman-sweater", "knitwear", "FISHER",
        ("Fisherman sweater", "Pull marin torsadé", "Zopfpullover"),
        ("Cables knitted in Brittany.", "Torsades tricotées en Bretagne.",
         "Zöpfe, gestrickt in der Bretagne."),
        14900, 10900, (("colour", ("oat", "navy")), _FIVE), weight_g=720,
        shape="cable",
    ),
    Good(
        "cotton-tee", "clothing", "TEE",
        ("Cotton T-shirt", "T-shirt en coton", "Baumwoll-T-Shirt"),
        ("Organic cotton, washed twice.", "Coton bio, lavé deux fois.",
         "Bio-Baumwolle, zweimal gewaschen."),
        2900, 2100, (("colour", ("white", "black", "navy", "mint")), _FIVE), weight_g=180,
        shape="tee",
    ),
    Good(
        "breton-top", "clothing", "BRETON",
        ("Breton top", "Marinière", "Bretonisches Shirt"),
        ("Heavy jersey, sailor's stripes.", "Jersey épais, rayures de marin.",
         "Schwerer Jersey, Matrosenstreifen."),
        4900, 3600, (("colour", ("navy", "rust")), _FIVE), weight_g=260,
        shape="breton",
    ),
    Good(
        "oxford-shirt", "shirts", "OXFORD",
        ("Oxford shirt", "Chemise oxford", "Oxfordhemd"),
        ("Button-down, softer each year.", "Col boutonné, plus douce chaque année.",
         "Button-down, jedes Jahr weicher."),
        7900, 5800, (("colour", ("white", "sky")), _FIVE), weight_g=250,
        shape="shirt",
    ),
    Good(
        "flannel-shirt", "shirts", "FLANNEL",
        ("Flannel shirt", "Chemise en flanelle", "Flanellhemd"),
        ("Brushed cotton in a wide check.", "Coton gratté à grands carreaux.",
         "Aufgerauhte Baumwolle, weites Karo."),
        7500, 5500, (("colour", ("wine", "moss", "grey")), _FIVE), weight_g=310,
        shape="flannel",
    ),
    Good(
        "silk-blouse", "shirts", "BLOUSE",
        ("Silk blouse", "Blouse de soie", "Seidenbluse"),
        ("Crêpe de Chine with a bow.", "Crêpe de Chine à lavallière.",
         "Crêpe de Chine mit Schluppe."),
        13900, 10200, (("colour", ("oat", "teal", "black")), _FIVE), weight_g=130,
        shape="blouse",
    ),
    Good(
        "cotton-chinos", "trousers", "CHINO",
        ("Cotton chinos", "Chino en coton", "Chino aus Baumwolle"),
        ("Straight leg, garment dyed.", "Jambe droite, teint en pièce.",
         "Gerades Bein, stückgefärbt."),
        8900, 6500, (("colour", ("sand", "navy", "moss")), _WAIST), weight_g=430,
        shape="chinos",
    ),
    Good(
        "denim-jeans", "trousers", "JEANS",
        ("Denim jeans", "Jean brut", "Jeans"),
        ("Selvedge denim of 13 ounces.", "Denim à lisière, 13 onces.",
         "Selvedge-Denim, 13 Unzen."),
        10900, 8000, (("colour", ("indigo", "black")), _WAIST), weight_g=680,
        shape="jeans",
    ),
    Good(
        "corduroy-trousers", "trousers", "CORD",
        ("Corduroy trousers", "Pantalon en velours", "Cordhose"),
        ("Eight wales, high waist.", "Huit côtes, taille haute.", "Acht Rippen, hoher Bund."),
        9900, 7300, (("colour", ("rust", "camel", "navy")), _WAIST), weight_g=520,
        shape="cord",
    ),
    Good(
        "wool-skirt", "dresses", "SKIRT",
        ("Wool skirt", "Jupe de laine", "Wollrock"),
        ("Pleated, below the knee.", "Plissée, sous le genou.", "Plissiert, bis unters Knie."),
        9500, 7000, (("colour", ("grey", "wine", "moss")), _FIVE), weight_g=380,
        shape="skirt",
    ),
    Good(
        "jersey-dress", "dresses", "DRESS",
        ("Jersey dress", "Robe en jersey", "Jerseykleid"),
        ("Waisted, with pockets.", "Cintrée, avec des poches.", "Tailliert, mit Taschen."),
        11900, 8800, (("colour", ("navy", "wine", "black", "teal")), _FIVE), weight_g=340,
        was=13900, shape="dress",
    ),
    Good(
        "chelsea-boots", "shoes", "BOOT",
        ("Chelsea boots", "Bottines Chelsea", "Chelsea-Stiefel"),
        ("Welted, can be resoled.", "Cousues, ressemelables.", "Rahmengenäht, neu besohlbar."),
        21900, 16200, (("colour", ("cognac", "black")), _SHOE), weight_g=1300,
        shape="boots",
    ),
    Good(
        "canvas-sneakers", "shoes", "SNEAKER",
        ("Canvas sneakers", "Baskets en toile", "Leinenturnschuhe"),
        ("Natural rubber, vulcanised.", "Caoutchouc naturel vulcanisé.",
         "Naturkautschuk, vulkanisiert."),
        7900, 5800, (("colour", ("white", "navy", "sand")), _SHOE), weight_g=800,
        shape="sneaker",
    ),
    Good(
        "leather-loafers", "shoes", "LOAFER",
        ("Leather loafers", "Mocassins en cuir", "Lederloafer"),
        ("Calf leather, hand-stitched apron.", "Veau, plateau cousu main.",
         "Kalbsleder, Naht von Hand."),
        18900, 13900, (("colour", ("cognac", "black")), _SHOE), weight_g=900,
        shape="loafer",
    ),
    Good(
        "wool-socks", "accessories", "SOCK",
        ("Wool socks", "Chaussettes de laine", "Wollsocken"),
        ("Merino with a cushioned sole.", "Mérinos à semelle bouclette.",
         "Merino mit Polstersohle."),
        1600, 1200, (("colour", ("grey", "navy", "rust", "moss")), _FOOT), weight_g=80,
        shape="socks",
    ),
    Good(
        "leather-bag", "bags", "BAG",
        ("Leather bag", "Sac de cuir", "Ledertasche"),
        ("One hide, one seam.", "Une peau, une couture.", "Eine Haut, eine Naht."),
        24900, 18400, (("colour", ("cognac", "black", "wine")),), weight_g=900,
        shape="bag",
    ),
    Good(
        "city-backpack", "bags", "PACK",
        ("City backpack", "Sac à dos de ville", "Stadtrucksack"),
        ("Fits a laptop of 15 inches.", "Pour un ordinateur de 15 pouces.",
         "Für einen Laptop von 15 Zoll."),
        12900, 9500, (("colour", ("navy", "moss", "black")),), weight_g=850,
        shape="rucksack",
    ),
    Good(
        "leather-wallet", "bags", "WALLET",
        ("Leather wallet", "Portefeuille en cuir", "Lederbörse"),
        ("Six cards, coins and notes.", "Six cartes, monnaie et billets.",
         "Sechs Karten, Münzen und Scheine."),
        6900, 5100, (("colour", ("cognac", "black", "teal")),), weight_g=110,
        shape="wallet",
    ),
    Good(
        "storm-umbrella", "accessories", "UMBR",
        ("Storm umbrella", "Parapluie tempête", "Sturmschirm"),
        ("Ash handle, bends and comes back.", "Manche de frêne, plie et revient.",
         "Griff aus Esche, biegt sich und kehrt zurück."),
        5900, 4300, (("colour", ("black", "navy", "rust")),), weight_g=480,
        shape="umbrella",
    ),
    Good(
        "wool-blanket", "textiles", "BLANKET",
        ("Wool blanket", "Couverture de laine", "Wolldecke"),
        ("Woven in the Vosges.", "Tissée dans les Vosges.", "Gewebt in den Vogesen."),
        13900, 10200,
        (("colour", ("grey", "oat", "rust", "teal")), ("size", ("130x180", "150x200"))),
        weight_g=1500, shape="blanket",
    ),
    Good(
        "linen-cushion", "textiles", "CUSHION",
        ("Linen cushion", "Coussin de lin", "Leinenkissen"),
        ("With a filling of feathers.", "Avec garniture de plumes.", "Mit Federfüllung."),
        4500, 3300, (("colour", ("oat", "rust", "teal", "moss")), ("size", ("40x40", "50x50"))),
        weight_g=600, shape="cushion",
    ),
    Good(
        "bath-towel", "textiles", "TOWEL",
        ("Bath towel", "Serviette de bain", "Badetuch"),
        ("Long loops, dries fast.", "Longues boucles, sèche vite.",
         "Lange Schlingen, trocknet schnell."),
        2400, 1800, (("colour", ("white", "sand", "mint", "navy")), ("size", ("50x100", "70x140"))),
        weight_g=450, shape="towel",
    ),
    Good(
        "stoneware-teapot", "kitchen", "TEAPOT",
        ("Stoneware teapot", "Théière en grès", "Teekanne aus Steinzeug"),
        ("Holds one litre, strainer inside.", "Un litre, avec filtre.",
         "Fasst einen Liter, mit Sieb."),
        5400, 4000, (("colour", ("black", "white", "teal")),), weight_g=1100,
        shape="teapot",
    ),
)  # fmt: skip


def pictures() -> Iterator[tuple[str, str, str]]:
    """Slug, shape and colour of every picture that the goods need."""
    for good in (*GOODS, *RANGE):
        for colour in good.colours:
            yield good.slug, good.shape, colour
