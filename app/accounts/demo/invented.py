"""Cooperatives by the thousand, made by arithmetic: the same number gives the same cooperative on every machine."""

from typing import Any

from app.accounts.rules.organisations import drawing_of
from app.territories.loading import Territory, name_in, territory_named

# (French, Arabic, English) of what they are called after and of what they do; the sector follows the work.
_WORDS = (
    ("Tifaouine", "تيفاوين", "Tifaouine"),
    ("Al Amal", "الأمل", "Al Amal"),
    ("Ennour", "النور", "Ennour"),
    ("Taymate", "تايمات", "Taymate"),
    ("Al Baraka", "البركة", "Al Baraka"),
    ("Tagmat", "تاكمات", "Tagmat"),
    ("Annajah", "النجاح", "Annajah"),
    ("Tudert", "تودرت", "Tudert"),
    ("Al Wafae", "الوفاء", "Al Wafae"),
    ("Itran", "إيتران", "Itran"),
    ("Al Ikhlass", "الإخلاص", "Al Ikhlass"),
    ("Tamount", "تامونت", "Tamount"),
    ("Arrabia", "الربيع", "Arrabia"),
    ("Azemmour", "أزمور", "Azemmour"),
    ("Al Khayrat", "الخيرات", "Al Khayrat"),
    ("Afoulki", "أفولكي", "Afoulki"),
    ("Assafa", "الصفاء", "Assafa"),
    ("Tazrart", "تازرارت", "Tazrart"),
    ("Al Widad", "الوداد", "Al Widad"),
    ("Imlil", "إمليل", "Imlil"),
)
_WORK = (
    ("argan", "huile d’argane", "زيت الأركان", "argan oil"),
    ("agri_beekeeping", "miel et pollen", "العسل وحبوب اللقاح", "honey and pollen"),
    ("aromatic_medicinal_plants", "plantes aromatiques", "الأعشاب العطرية", "aromatic plants"),
    ("craft_textile_carpet", "tapis et tissage", "الزرابي والنسيج", "carpets and weaving"),
    ("foodstuffs", "couscous et farines", "الكسكس والدقيق", "couscous and flours"),
    ("craft_wood", "bois et vannerie", "الخشب والسلال", "wood and basketry"),
    ("agriculture", "dattes et fruits secs", "التمور والفواكه الجافة", "dates and dried fruit"),
    ("fishing", "poisson et conserves", "السمك والمصبرات", "fish and preserves"),
    ("agri_dairy", "fromage de chèvre", "جبن الماعز", "goat’s cheese"),
    ("craft_embroidery", "broderie", "الطرز", "embroidery"),
)
_GIVEN = ("Aïcha", "Brahim", "Fadma", "Lahcen", "Khadija", "Omar", "Rqia", "Hicham", "Zahra", "Moha", "Naïma", "Said")
_FAMILY = (
    "Ait Lahcen",
    "Bennis",
    "El Amri",
    "Ouhammou",
    "Tahiri",
    "Amzil",
    "Berrada",
    "Idbella",
    "Chafik",
    "Oubella",
    "Mansouri",
    "Zeroual",
    "Akhrif",
)
_BANKS = ("225", "230", "007", "145")
_LABELS: tuple[list[str], ...] = ([], ["onssa"], ["onssa", "ab"], ["terroir-du-maroc", "onssa"])


def invent(number: int) -> dict[str, Any]:
    """The rows of one cooperative: organisation, texts, chair, numbers. Numbers pass their real check digits."""
    territory = territory_named("morocco")
    province = territory.provinces[number * 31 % len(territory.provinces)]
    word = _WORDS[number % len(_WORDS)]
    sector, *work = _WORK[number // len(_WORDS) % len(_WORK)]
    slug = f"cooperative-{number + 1:04}"
    members = 7 + number * 13 % 54
    organisation = {
        "slug": slug,
        "kind": "cooperative",
        "territory": territory.key,
        "region": province.region,
        "province": province.code,
        "commune": name_in(province.names, "fr"),
        "postcode": f"{10000 + number * 37 % 89999:05}",
        "address": f"Douar {word[0]}, {name_in(province.names, 'fr')}",
        "sector": sector,
        "drawing": drawing_of(sector, territory.sector(sector).parent),
        "founded": 1996 + number * 7 % 30,
        "members": members,
        "women": members * (number % 11) // 10,
        "phone": f"+2125288{number:05}",
        "mail": f"contact@{slug}.tiwizi.example",
        "labels": list(_LABELS[number % 4]),
    }
    chair = {"name": f"{_GIVEN[number % 12]} {_FAMILY[number % 13]}", "mail": f"chair@{slug}.tiwizi.example"}
    numbers = {
        "local_register": f"RLC-{province.code[3:]}-{5000 + number}/2020",
        "ice": with_check_digits(f"{800000 + number:09}0000"),
        "rib": with_check_digits(f"{_BANKS[number % 4]}010{number + 1:016}"),
    }
    texts = _texts(territory, province.code, word, work, members)
    return {"organisation": organisation, "texts": texts, "chair": chair, "numbers": numbers}


def with_check_digits(base: str) -> str:
    """The number with two digits behind it that make its remainder by 97 zero."""
    return f"{base}{(97 - int(base + '00') % 97) % 97:02}"


def _texts(
    territory: Territory, province: str, word: tuple[str, str, str], work: list[str], members: int
) -> list[dict[str, Any]]:
    names = territory.province(province).names
    fr, ar, en = (name_in(names, code) for code in ("fr", "ar", "en"))
    return [
        {
            "language": "fr",
            "source": True,
            "name": f"Coopérative {word[0]} de {fr}",
            "story": "",
            "pitch": f"{members} membres, {work[0]}, à {fr}.",
        },
        {
            "language": "ar",
            "source": False,
            "name": f"تعاونية {word[1]} ب{ar}",
            "story": "",
            "pitch": f"{work[1]}، تعاونية تضم {members} من الأعضاء في {ar}.",
        },
        {
            "language": "en",
            "source": False,
            "name": f"{word[2]} Cooperative of {en}",
            "story": "",
            "pitch": f"{members} members, {work[2]}, in {en}.",
        },
    ]
