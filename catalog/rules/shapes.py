"""Which shape a good is drawn in: its kind's own, or one that its category and the seller's words name."""

from functools import lru_cache

from app.kernel.text import fold

# Of a kind: shapes with the beginnings of words that name them, in the order in which they are looked for.
SHAPES: dict[str, tuple[tuple[str, str], ...]] = {
    "pottery": (
        ("tajine", "tajin tagine طاجين طواجن"),
        ("tiles", "carreau zellige dessous-de-plat tile زليج"),
        ("jug", "huilier cruche carafe pichet gargoulette jarre jug pourer pitcher قنينة ابريق جرة قلة"),
        ("bowl", "bol bols bowl soupiere saladier زلاف زلايف زلافة"),
        ("platter", "plat platter gsaa قصعة"),
        ("plate", "assiette plate صحن صحون طبق"),
    ),
    "leather": (
        ("cushion", "coussin pouf cushion وسادة"),
        ("bag", "sac sacoche cartable bag satchel حقيبة محفظة"),
    ),
    "jewellery": (("bracelet", "bracelet jonc bague bangle ring دملج سوار خاتم"),),
    "wood": (
        ("spoons", "cuiller cuillere louche spatule spoon ladle ملعقة ملاعق مغرف مغارف"),
        ("turned-bowl", "bol saladier coupe bowl زلافة"),
        ("box", "boite coffret coffre box chest علبة صندوق"),
    ),
    "linen": (
        ("cushion", "coussin cushion وسادة"),
        ("napkins", "serviette napkin فوط"),
        ("striped-cloth", "mendil fouta raye stripe منديل"),
        ("tablecloth", "nappe chemin tablecloth غطاء"),
    ),
    "clothing": (
        ("blouse", "blouse chemise tunique shirt قميص"),
        ("draped-cloth", "melhfa foulard echarpe chale haik scarf shawl ملحفة شال"),
    ),
    "dairy": (
        ("butter", "beurre smen ghee butter زبدة سمن"),
        ("cheese-roll", "roule buche roll herbes ملفوف بالاعشاب"),
        ("fresh-cheese", "jben frais fresh جبن"),
        ("cheese-wheel", "tomme affine meule aged cheese"),
    ),
    "dates": (
        ("block", "pate paste عجين"),
        ("bottle", "sirop syrup رب"),
    ),
    "preserves": (("bottle", "sirop syrup رب"),),
    "rose": (
        ("rosebuds", "bouton bud ازرار"),
        ("flask", "floral-waters eau water ماء"),
    ),
    "serum": (
        ("soap", "shampooing shampoo شامبو"),
        ("vial", "floral-waters essentielle essential"),
    ),
    "soap": (("tub", "noir black بلدي"),),
    "cream": (
        ("gift", "coffret gift هدية"),
        ("balm", "levres lip الشفاه"),
    ),
    "fish": (
        ("salt", "sel salt ملح"),
        ("oysters", "shellfish huitre oyster محار"),
        ("tin", "tinned-fish conserve"),
    ),
    "couscous": (
        ("sacks", "pulses lentille pois feve haricot عدس حمص فول"),
        ("pouch", "belboula zemmita sellou farine orge بلبولة زميتة شعير"),
    ),
    "herbs": (
        ("sachet", "infusion melange tisane نقيع"),
        ("bunch", "verveine menthe thym romarin sauge feuille bouquet لويزة نعناع زعتر"),
    ),
    "saffron": (
        ("bulbs", "seeds-bulbs bulbe corm بصيلات"),
        ("mortar", "mortier mortar مهراس"),
        ("spice-tin", "poudre ground powder مطحون"),
        ("threads", "stigmate pistil filament thread شعيرات"),
    ),
    "tourism": (
        ("gite", "lodging gite nuit chambre night مبيت"),
        ("hike", "guided-visits marche randonnee visite hike walk جولة"),
    ),
    "livestock": (("goat", "chevr chevreau bouc goat kid عنز معز ماعز جدي"),),
    "sack": (
        ("bale", "paille foin luzerne botte straw hay تبن"),
        ("cakes", "tourteau cake كسب"),
    ),
    "dried-fruit": (("walnuts", "noix noisette walnut جوز"),),
    "sapling": (("palm", "palmier rejet palm نخلة فسيلة"),),
}


def drawn_as(kind: str, category: str | None, title: str, product_id: int) -> str:
    """The drawing of this product among all others: its shape and its number, "tajine.17"."""
    return f"{_shape(kind, category or '', title)}.{product_id}"


@lru_cache(4096)
def _shape(kind: str, category: str, title: str) -> str:
    known = _beginnings().get(kind)
    if not known:
        return kind
    said = " ".join(("", category, *fold(title).replace("’", " ").replace("'", " ").split()))
    named = (shape for shape, words in known if any(f" {word}" in said or f" ال{word}" in said for word in words))
    return next(named, kind)


@lru_cache(1)
def _beginnings() -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    return {
        kind: tuple((shape, tuple(word if "-" in word else fold(word) for word in words.split())) for shape, words in rows)
        for kind, rows in SHAPES.items()
    }
