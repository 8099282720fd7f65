"""The everyday words for kinds of goods, in three languages and Darija, one or many, lead to a category."""

import pytest

from catalog.rules.categories import deepest, guessed, tree

WORDS = {
    "carpets": "Tapis, tapis, TAPIS BERBÈRES, Kilims, Carpets, rug, Rugs, زرابي, زربية, الزرابي, سجاد, Zarbiya, zrabi",
    "soaps": "Savon, Savons, savon noir, Soap, soaps, صابون, الصابون, صابون بلدي, Saboun beldi",
    "pottery": "Poterie, Poteries, Céramique, ceramics, Pottery, tajines, فخار, الفخار, خزف",
    "dates": "Dattes, datte, Dates, تمر, تمور, التمور, tmar",
    "cheese": "Fromage, Fromages, jben, Cheese, جبن, أجبان, اجبان",
    "herbs-infusions": "Thé, Thés, Tisanes, infusion, Tea, Herbal teas, شاي, أتاي, louiza, Thé & infusions",
    "wood": "Bois, Bois de thuya, Wood, woodwork, خشب, الخشب",
    "honey": "Miel, miels, Honey, عسل, العسل, assel, 3assel, Épicerie > Miel, Miel & amlou",
    "basketry": "Vannerie, Panier, Paniers, panier en doum, Baskets, قفة, سلال, الدوم",
    "argan-oil": "Huile d'argan, Huile d’argan, Argan, زيت أركان, زيت اركان, argan oil",
    "olive-oil": "Huile d'olive, huiles d'olive, Olive oil, زيت الزيتون, زيت العود",
    "saffron": "Safran, Saffron, زعفران, الزعفران, za3fran",
    "spices": "Épices, Epices, épice, Spices, توابل, التوابل",
    "couscous": "Couscous, كسكس, seksou, Pasta",
    "sweets-spreads": "Amlou, Sellou, Gâteaux, biscuits, sweets, حلويات, أملو",
    "jams": "Confiture, Confitures, Jam, jams, مربى",
    "nuts": "Amandes, Noix, almonds, لوز",
    "figs-raisins": "Figues, figues sèches, Figs, تين مجفف",
    "olives-capers": "Olives, câpres, زيتون",
    "clothing": "Vêtements, vêtement, Djellaba, djellabas, Caftan, Clothing, clothes, ملابس, جلابة, قفطان",
    "jewellery": "Bijoux, bijou, Jewelry, Jewellery, حلي, مجوهرات",
    "leather": "Cuir, Maroquinerie, babouches, Leather, جلد, الجلد, بلغة",
    "metalwork": "Cuivre, dinanderie, lanternes, Lanterns, نحاس",
    "embroidery-linen": "Broderie, Linge de maison, coussins, Cushions, طرز",
    "wool-thread": "Laine, laines, Wool, yarn, صوف",
    "cosmetics": "Cosmétiques, cosmétique, Beauté, Beauty, Cosmetics, تجميل, Hygiène",
    "creams-balms": "Crèmes, baume, Balms, كريم",
    "floral-waters": "Eau de rose, eaux florales, Rose water, ماء الورد, Huiles essentielles",
    "clays-henna": "Ghassoul, henné, Henna, غاسول, حناء",
    "dairy": "Lait, Produits laitiers, Milk, حليب",
    "eggs-poultry": "Œufs, oeufs, Eggs, بيض",
    "fresh-vegetables": "Légumes, légume, Vegetables, خضر",
    "fresh-fruit": "Fruits, fruit, فواكه",
    "crafts": "Artisanat, Handicrafts, صناعة تقليدية, Décoration",
    "pulses": "Lentilles, fèves, Lentils, عدس",
    "flour": "Farine, farines, Flour, دقيق",
    "food": "Épicerie, Alimentation, Food, Produits du terroir",
    "lodging": "Gîte, gîtes, Hébergement, Guesthouses",
}


@pytest.mark.parametrize("key", WORDS)
def test_everyday_words_lead_to_their_category(key: str) -> None:
    words = [word.strip() for word in WORDS[key].split(",")]
    led = {word: deepest(reversed(word.split(">"))) for word in words}
    assert led == dict.fromkeys(words, key)


def test_words_of_something_else_lead_nowhere() -> None:
    for word in ("", "  ", "&", "Électronique", "Divers", "Nouveautés", "Uncategorized", "غير مصنف", "x"):
        assert guessed(word) is None, word


def test_the_deepest_of_what_is_named_counts_and_the_first_of_equals() -> None:
    assert deepest(["Alimentation", "Miel", "Tapis"]) == "honey"
    assert deepest(["Tapis", "Bijoux"]) == "carpets"
    assert deepest(["Divers", "Bijoux", "argent"]) == "jewellery"
    assert deepest([]) is None


def test_a_tag_names_a_kind_where_it_is_its_name_and_not_where_it_only_helps_to_find_it() -> None:
    for word in ("travel", "voyage", "silver", "argent", "care", "mer", "box"):
        assert (deepest([], [word]), guessed(word) is not None) == (None, True), word
    assert deepest(["Divers"], ["travel", "bijoux"]) == "jewellery"
    assert deepest(["Alimentation"], ["miel"]) == "honey"


def test_every_category_is_reached_by_its_own_names() -> None:
    """Unless the word means a narrower one."""
    for key, category in tree().items():
        for language, name in category.names.items():
            assert guessed(name) == key, (key, language)
