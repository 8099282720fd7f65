"""What people type on the demo's market: in five languages and four scripts, misspelt, with sizes, places and labels.

For nine of ten something that was meant stands among the first three, or the right words are offered.
"""

from pathlib import Path

import pytest
from flask import Flask

from app.engines.db import db
from app.engines.housekeeping import rebuild_search
from app.engines.search.words import did_you_mean
from catalog.demo.load import load
from catalog.models import ProductText
from tests.builders.accounts import a_cooperative, a_person, an_operator
from tests.catalog.test_demo_content import COOPERATIVES

# What is meant, as it stands in a French title or is offered instead: how it is typed, one after the other.
TYPED = {
    "argan": """huile d'argan; huile d’argane; argan oil; HUILE ARGAN; زيت أركان; زيت اركان; بزيت الأركان; zit argan; ⴰⵔⴳⴰⵏ;
        huil argan; argan alimentair; huile argan 1l; زيت اركان 500; huile argan 250ml; argan cosmetique bio""",
    "Miel": """miel; miel de thym; 3assel; assel; asel; 3ssel; l3assel; 3sel; عسل; العسل الحر; honey 500g; miel 500 g;
        ⵜⴰⵎⵎⵏⵜ;        daghmous; miell""",
    "afran": """safran; saffran; safrant; zaafrane; za3fran; za3farane; زعفران; الزعفران; saffron 1 g; saffron taliouine;
        تالوين""",
    "Tapis": """tapis berbere; tapi de laine; zarbiya; zerbiya; zarbia; zrabi; زربية; زرابي; ⵜⴰⵣⵔⴱⵉⵜ; tazerbit; rug;
        wool carpet""",
    "ouscous": "couscous; couscos; seksou; seksu; kesksou; كسكس; كسكسو بلبولة; ⵙⴽⵙⵓ; couscous 1 kg; belboula",
    "attes": """dattes figuig; tmar; tmer; تمر; تمور فجيج; medjool dates; dates 5kg; pate de dattes; produits de Figuig;
        rob datte""",
    "rose": "eau de rose; lward; ma ward; ماء الورد; rose water; ⵍⵡⵔⴷ; kelaat mgouna; قلعة مكونة",
    "uile": "ⵣⵣⵉⵜ; huile bio; organic oil",
    "Huile d’olive": "huile d'olive; zit zitoun; zit l3oud; زيت العود; olive oil 1l; huile olive 5 litres; 5 litres",
    "avon": "savon noir; sabon; saboun beldi; صابون بلدي; black soap; savonnoir; savon 250g",
    "Figue": "figues seches; karmous; كرموس; chriha; taounate",
    "figue de Barbarie": "figue de barbarie; hendia; aknari; الهندية; prickly pear oil",
    "chèvre": "fromage de chevre; jben; جبن; goat cheese 250 g; chefchaouen",
    "ajine": "tajine; tagine; tajin safi; طاجين; poterie safi",
    "erveine": "louisa; louiza; lwiza; لويزة; tisane verveine",
    "Amlou": "amlou; أملو; ⴰⵎⵍⵓ",
    "mandes": "amandes; amendes; louz; لوز; almonds 250 g",
    "Noix": "noix; gargaa; walnuts; un kilo noix",
    "entilles": "lentilles; 3dess; لعدس",
    "cuir": "sac en cuir; chkara jeld; حقيبة جلد; babouche; belgha",
    "Henné": "henné; lhenna; حناء",
    "brod": "nappe brodée; atelier broderi; azemmour; caftan; qaftan",
    "gîte": "gite; guesthouse; nuit gite bougmez",
    "anier": "panier palme; qoffa; قفة",
    "Bracelet": "bracelet argent; silver bracelet; فضة",
    "olive|Aziza|Pâte de dattes|Zemmita|Lentilles|Sel marin|Jben|thym|euphorbe": "500 g; نصف كيلو",
    "argan|Barbarie": "bio; بيولوجي; produit bio",
    "Tajine|Bols|Huilier": "زليجات; zellige; fekhar; fakhar",
    "orange": "jus dorange",
    "huile": "huiledargan; huileolive",
    "Huîtres": "huitre dakhla; محار",
    "Œufs": "oeufs; بيض بلدي; bid beldi",
}
QUERIES = [(query.strip(), meant) for meant, typed in TYPED.items() for query in typed.split(";")]
# The same again, thought of by somebody who had seen the goods and not the rules.
AFRESH = [
    (query.strip(), meant)
    for meant, typed in (
        line.split(": ", 1)
        for line in Path(__file__).with_name("typed_afresh.txt").read_text("utf-8").splitlines()
        if not line.startswith("#")
    )
    for query in typed.split(";")
]
NOTHING = "-"  # nothing on the market is meant


@pytest.fixture
def demo(app: Flask) -> None:
    chair = a_person("Aïcha")
    an_operator()  # reads the documents of the labels
    for row in COOPERATIVES:
        place = {"region": row["region"], "province": row["province"], "commune": row.get("commune")}
        a_cooperative(row["names"]["fr"], slug=row["slug"], chair=chair, labels=row["labels"], permitted=False, **place)
    load("small", lambda *_told: None)
    rebuild_search()


def answers(app: Flask, query: str) -> list[str]:
    """The first three titles in French, and what is offered instead."""
    found = app.extensions["search"].ids("product", query)
    titles = dict(
        db.session.execute(
            db.select(ProductText.product_id, ProductText.title).where(
                ProductText.language == "fr", ProductText.product_id.in_(found.ids[:3])
            )
        ).all()
    )
    offered = did_you_mean(query, "product") if found.widened or not found.total else None
    return [titles[one] for one in found.ids[:3]] + ([offered] if offered else [])


# What nobody may miss.
SURE = """zarbiya; 3assel; assel; za3fran; seksou; lward; ⵣⵣⵉⵜ; زليجات; caftan; babouche; louisa; 500 g;
    produits de Figuig; bio; jus dorange"""


def missed(app: Flask, queries: list[tuple[str, str]]) -> dict[str, list[str]]:
    """What is shown for those that neither find what is meant nor offer it."""
    told = {query: answers(app, query) for query, _meant in queries}
    return {query: told[query] for query, meant in queries if not _is_good(told[query], meant)}


def _is_good(told: list[str], meant: str) -> bool:
    if meant == NOTHING:
        return not told
    return any(one.casefold() in answer.casefold() for answer in told for one in meant.split("|"))


@pytest.mark.usefixtures("demo")
def test_nine_of_ten_find_what_they_mean(app: Flask) -> None:
    assert len(QUERIES) >= 120
    assert len(AFRESH) >= 240
    wrong = missed(app, QUERIES)
    assert len(wrong) <= len(QUERIES) // 10, wrong
    assert {one.strip() for one in SURE.split(";")} & wrong.keys() == set()
    assert answers(app, "iphone 15") == []
    afresh = missed(app, AFRESH)
    assert len(afresh) <= len(AFRESH) // 20, afresh
    assert "khlii" not in afresh
