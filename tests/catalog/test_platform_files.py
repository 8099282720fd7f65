"""Files of other shops are known by their headers in any language, and nothing in them is guessed silently."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.kernel.errors import Invalid
from catalog.gateway.formats import read_map, taken_from
from catalog.gateway.goods import Goods
from catalog.gateway.table import read_table

TODAY = date(2026, 11, 27)


def read(text: str | bytes, said: dict[str, str] | None = None, currency: str = "MAD") -> tuple[str, list[Goods]]:
    content = text if isinstance(text, bytes) else text.encode()
    taken = taken_from(read_table(content), "auto", currency, said, today=TODAY)
    return taken.name, taken.goods


def told(row: Goods) -> dict[str, Any]:
    """What a row says, without what it does not."""
    facts = {
        "title": next((text.title for text in row.texts.values()), ""),
        "size": next(iter(row.names.values()), ""),
        "price": row.price,
        "sku": row.sku,
        "stock": row.stock,
        "weight": row.weight_grams,
        "category": row.category,
        "published": row.published,
        "active": row.active,
        "kind": row.kind if row.kind != "variant" else "",
        "problem": row.problem.code if row.problem else "",
        "notes": [note.code.removeprefix("catalog-note-") for note in row.notes],
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, "", [])}


FOUND = {
    "shopify-new.csv": [
        {
            "title": "Safran de Taliouine",
            "size": "1 g",
            "price": 4500,
            "sku": "SAF-1G",
            "stock": 40,
            "weight": 5,
            "published": True,
        },
        {"size": "5 g", "price": 21000, "sku": "SAF-5G", "stock": 12, "weight": 10},
        {"title": "Panier en doum", "price": 15000, "sku": "DOUM-1", "stock": 7, "weight": 900, "published": False},
        {"title": "صابون بلدي", "price": 3500, "sku": "SAV-1", "stock": 0, "weight": 250, "published": False},
        {"title": "Prix illisible", "sku": "BAD-1", "stock": 7, "published": True, "problem": "catalog-row-price"},
        {"title": "Sans poignée", "price": 999, "sku": "NOH-1", "stock": 3, "published": True, "problem": "catalog-row-key"},
    ],
    "woo-sale-dates.csv": [
        {
            "title": "Savon noir & huile d’olive 200 g",
            "price": 6000,
            "sku": "W-101",
            "stock": 20,
            "weight": 200,
            "published": True,
        },
        {"title": "Miel de thym 500 g", "price": 15000, "sku": "W-102", "stock": 20, "weight": 600, "published": True},
        {"title": "Amlou 250 g", "price": 7000, "sku": "W-103", "stock": 20, "weight": 300, "published": True},
        {"title": "Coffret groupé", "sku": "W-104", "published": False, "active": False, "notes": ["uncounted", "grouped"]},
        {
            "title": "Livre (lien externe)",
            "price": 10000,
            "sku": "W-105",
            "published": False,
            "active": False,
            "notes": ["uncounted", "external"],
        },
        {
            "title": "Dattes 1 kg",
            "price": 5000,
            "sku": "W-106",
            "weight": 1000,
            "published": True,
            "active": False,
            "notes": ["uncounted"],
        },
        {"title": "Tapis Zemmour", "price": 90000, "sku": "W-107", "stock": 3, "published": False},
    ],
    "wooiso.csv": [
        {"title": "Savon noir", "published": True, "kind": "parent"},
        {"size": "250 g", "price": 3500, "stock": 5, "weight": 250},
        {"size": "500 g", "price": 6000, "stock": 5, "weight": 500, "active": False},
    ],
    "woo-lbs.csv": [
        {
            "title": "Miel de thym",
            "price": 12000,
            "sku": "W1",
            "weight": 907,
            "category": "honey",
            "published": True,
            "active": False,
            "notes": ["uncounted"],
        },
        {
            "title": "Huile d'argan",
            "price": 15000,
            "sku": "W2",
            "stock": 10,
            "weight": 499,
            "category": "argan-oil",
            "published": True,
        },
    ],
    "ent.csv": [{"title": "Thé & menthe", "price": 2500, "sku": "E-1", "stock": 3, "weight": 100, "published": True}],
    "etsy-qty.csv": [
        {"title": "Bol bleu", "sku": "BOL", "stock": 7, "notes": ["currency"]},
        {
            "title": "Mug",
            "size": "Couleur: Bleu, Vert",
            "sku": "MUG",
            "stock": 3,
            "notes": ["choices", "currency"],
        },
    ],
    "shipcat.csv": [{"title": "Panier en doum", "price": 15000, "stock": 7}],
    "prestashop-fr.csv": [
        {"title": "Miel de thym", "price": 12000, "sku": "PS-1", "stock": 15, "weight": 700, "published": True},
        {"title": "Amlou", "price": 8500, "sku": "PS-2", "stock": 4, "weight": 300, "published": False},
    ],
    "square.csv": [
        {"title": "Candle", "size": "Small", "price": 1200, "sku": "C-S", "stock": 10},
        {"title": "Candle", "size": "Large", "price": 1800, "sku": "C-L", "stock": 4},
        {"title": "Mug", "price": 1400, "sku": "M", "stock": 9},
    ],
    "opts.csv": [
        {
            "title": "Djellaba",
            "size": "M / Bleu",
            "price": 30000,
            "sku": "D-1",
            "stock": 3,
            "weight": 900,
            "published": True,
        },
        {"size": "L / Vert", "price": 30000, "sku": "D-2", "stock": 2, "weight": 900},
    ],
}


@pytest.mark.parametrize("name", FOUND)
def test_what_is_right_for_a_file_that_went_wrong(shared: Path, name: str) -> None:
    _name, goods = read((shared / "data/products/found" / name).read_bytes())
    rows = [told(row) for row in goods]
    for row, right in zip(rows, FOUND[name], strict=True):
        about = {**row, "notes": [note for note in row.get("notes", []) if note != "category"]}
        assert {key: fact for key, fact in about.items() if fact != [] and (key in right or key != "category")} == right


WOO = {
    "en": "ID,Type,SKU,Name,Published,Is featured?,Tax status,In stock?,Stock,Low stock amount,Weight (g),Sale price,"
    "Regular price,Categories,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 1 visible,Meta: _price_note",
    "fr": "ID;Type;UGS;Nom;Publié;Mis en avant ?;État de la TVA;En stock ?;Stock;Montant de stock faible;Poids (g);"
    "Tarif promo;Tarif régulier;Catégories;Parent;Nom de l’attribut 1;"
    "Valeur(s) de l’attribut 1 ;Attribut 1 visible;Méta : _price",
    "es": "ID,Tipo,SKU,Nombre,Publicado,¿Está destacado?,Estado del impuesto,¿Existencias?,Inventario,"
    "Cantidad de bajo inventario,Peso (g),Precio rebajado,Precio normal,Categorías,Superior,"
    "Nombre del atributo 1,Valor(es) del atributo 1,"
    "Atributo visible 1,Meta: precio",
    "de": "ID,Typ,Artikelnummer,Name,Veröffentlicht,Ist hervorgehoben?,Steuerstatus,Vorrätig?,Lager,"
    "Geringe Lagermenge,Gewicht (g),Angebotspreis,Regulärer Preis,Kategorien,"
    "Übergeordnetes Produkt,Attribut 1 Name,Attribut 1 Wert(e),Attribut 1 Sichtbar,"
    "Meta: _unit_price",
}


@pytest.mark.parametrize("language", WOO)
def test_woocommerce_in_its_languages(language: str) -> None:
    sign = ";" if language == "fr" else ","
    rows = (
        (
            "1",
            "variable",
            "HUILE",
            "Huile",
            "1",
            "0",
            "taxable",
            "1",
            "",
            "2",
            "",
            "",
            "",
            "Miel",
            "",
            "Taille",
            "S|L",
            "1",
            "x",
        ),
        (
            "2",
            "variation",
            "",
            "Huile - S",
            "1",
            "0",
            "taxable",
            "1",
            "5",
            "",
            "250",
            "",
            "12",
            "",
            "HUILE",
            "Taille",
            "S",
            "1",
            "",
        ),
        (
            "3",
            "variation",
            "",
            "Huile - L",
            "0",
            "0",
            "taxable",
            "1",
            "3",
            "",
            "500",
            "18",
            "20",
            "",
            "id:1",
            "Taille",
            "L",
            "1",
            "",
        ),
        ("4", "simple", "MIEL", "Miel", "-1", "0", "taxable", "0", "", "", "", "", "9", "", "", "", "", "", ""),
    )
    name, goods = read("\n".join([WOO[language], *(sign.join(row) for row in rows)]))
    assert name == "woocommerce"
    assert [row.product_key for row in goods] == ["woo:id:1", "woo:id:1", "woo:id:1", "woo:id:4"]
    assert [told(row) for row in goods] == [
        {"title": "Huile", "category": "honey", "published": True, "kind": "parent"},
        {"size": "S", "price": 1200, "stock": 5, "weight": 250},
        {"size": "L", "price": 1800, "stock": 3, "weight": 500, "active": False},
        {"title": "Miel", "price": 900, "sku": "MIEL", "stock": 0, "published": False},
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "price", "notes"),
    [
        ("", "", 900, []),
        ("2026-11-27", "2026-11-27", 900, ["reduced"]),
        ("2026-11-28", "", 1200, []),
        ("", "2026-11-26 23:59:59", 1200, []),
        ("01/11/2026", "", 900, []),
    ],
)
def test_a_reduced_price_holds_from_its_first_day_to_its_last(begins: str, ends: str, price: int, notes: list[str]) -> None:
    header = "ID,Type,Name,Stock,Date sale price starts,Date sale price ends,Sale price,Regular price\n"
    [row] = read(f"{header}1,simple,Miel,1,{begins},{ends},9,12\n")[1]
    assert (row.price, told(row).get("notes", []), row.problem) == (price, notes, None)


def test_a_day_or_a_state_that_nobody_can_read_is_no_guess() -> None:
    [day] = read("ID,Type,Name,Date sale price ends,Sale price,Regular price\n1,simple,Miel,soon,9,12\n")[1]
    assert day.problem is not None
    assert (day.problem.code, day.problem.facts["value"]) == ("catalog-row-day", "soon")
    [state] = read("Handle,Title,Variant Price,Status\nm,Miel,9,perhaps\n")[1]
    assert state.problem is not None
    assert (state.problem.code, state.published) == ("catalog-row-state", False)


@pytest.mark.parametrize(
    ("status", "published"),
    [
        ("active,true", True),
        ("active,false", False),
        ("draft,true", False),
        ("archived,true", False),
        ("unlisted,true", False),
        (",", None),
    ],
)
def test_drafts_archived_and_unpublished_goods_of_shopify_are_not_sold(status: str, published: bool | None) -> None:
    for header in ("Handle,Title,Variant Price,Status,Published", "URL handle,Title,Price,Status,Published on online store"):
        [row] = read(f"{header}\nm,Miel,9,{status}\n")[1]
        assert row.published is published


OTHERS = {
    "medusa": (
        "Product Id,Product Handle,Product Title,Product Status,Variant Id,Variant Title,Variant SKU,"
        "Variant Inventory Quantity,Variant Manage Inventory,Variant Weight,Price EUR,"
        "Price Maroc [MAD],Option 1 Name,Option 1 Value\n"
        "p1,pot,Pot,published,v1,S,P-S,4,true,250,9,95,Size,S\np1,pot,Pot,published,v2,L,P-L,,false,0.5,19,195,Size,L\n"
        "p2,bol,Bol,draft,v3,Default variant,B,2,true,,5,,,\n",
        [
            {"title": "Pot", "size": "S", "price": 9500, "sku": "P-S", "stock": 4, "weight": 250, "published": True},
            {
                "title": "Pot",
                "size": "L",
                "price": 19500,
                "sku": "P-L",
                "published": True,
                "active": False,
                "notes": ["uncounted", "weight"],
            },
            {"title": "Bol", "sku": "B", "stock": 2, "published": False, "notes": ["currency"]},
        ],
    ),
    "square": (
        "Token,Reference Handle,Item Name,Variation Name,SKU,Category,GTIN,Price,Weight (lb),Archived,"
        "Enabled Fès,Enabled Rabat,Current Quantity Fès,Current Quantity Rabat,"
        "Stock Alert Count Fès,Option Name 1,Option Value 1\n"
        "A,,Bougie,Petite,B-S,Savon,,12.00,0.5,N,N,Y,10,4,2,Taille,S\nB,,Bougie,Grande,B-L,Savon,,"
        "18.00,1,N,Y,Y,,3,,Taille,L\n"
        "C,,Pot,Regular,P,,,9.00,,Y,Y,Y,1,,,,\nD,,Bol,Regular,O,,,9.00,,N,N,N,1,,,,\n",
        [
            {"title": "Bougie", "size": "S", "price": 1200, "sku": "B-S", "stock": 14, "weight": 227, "published": True},
            {"title": "Bougie", "size": "L", "price": 1800, "sku": "B-L", "stock": 3, "weight": 454, "published": True},
            {"title": "Pot", "price": 900, "sku": "P", "stock": 1, "published": False},
            {"title": "Bol", "price": 900, "sku": "O", "stock": 1, "published": False},
        ],
    ),
    "vendure": (
        "name:fr,name:ar,slug,description,assets,facets,optionGroups,optionValues,sku,price,"
        "taxCategory,stockOnHand,trackInventory,"
        "variantAssets,variantFacets,enabled\n"
        "Bague,خاتم,bague,Or,a.jpg|b.jpg,category:Bijoux,Métal|Taille,Or|6,R-6,1899.00,standard,5,true,,,true\n"
        ",,,,,,,Or|7,R-7,1899.00,standard,,false,,,\nLampe,,lampe,,,,,,L,20,standard,3,true,,,false\n",
        [
            {"title": "Bague", "size": "Or / 6", "price": 189900, "sku": "R-6", "stock": 5, "published": True},
            {"size": "Or / 7", "price": 189900, "sku": "R-7", "active": False, "notes": ["uncounted"]},
            {"title": "Lampe", "price": 2000, "sku": "L", "stock": 3, "published": False},
        ],
    ),
    "odoo": (
        "ID externe,Nom,Référence interne,Code-barres,Prix de vente,Coût,Quantité en stock,Quantité prévue,"
        "Catégorie de produits,Poids,"
        "Publié,Actif\n"
        'x.a,Miel de thym,M-1,,"120,00",60,15,20,Tous / Vendable / Miel,"0,7",Vrai,Vrai\n'
        "x.b,Amlou,A-1,,85,40,4,4,Tous,,Faux,Vrai\n",
        [
            {
                "title": "Miel de thym",
                "price": 12000,
                "sku": "M-1",
                "stock": 15,
                "weight": 700,
                "category": "honey",
                "published": True,
            },
            {"title": "Amlou", "price": 8500, "sku": "A-1", "stock": 4, "published": False},
        ],
    ),
    "prestashop": (
        "Product ID;Image;Name;Reference;Category;Price (tax excl.);Price (tax incl.);Quantity;Status\n"
        "7;7.jpg;Miel de thym;PS-7;Honey;100;120;15;1\n8;;Amlou;PS-8;Other;70;;0;0\n",
        [
            {"title": "Miel de thym", "price": 12000, "sku": "PS-7", "stock": 15, "category": "honey", "published": True},
            {"title": "Amlou", "price": 7000, "sku": "PS-8", "stock": 0, "published": False, "notes": ["net-price"]},
        ],
    ),
    "etsy": (
        "TITRE,DESCRIPTION,PRIX,CODE_DEVISE,QUANTITÉ,TAGS,MATÉRIAUX,IMAGE1,NOM DE LA VARIATION 1,"
        "VALEURS DE LA VARIATION 1,SKU\n"
        'Bol bleu,Un bol,240,MAD,7,"bijoux,bleu",Argile,https://i/1.jpg,,,BOL\n',
        [{"title": "Bol bleu", "price": 24000, "sku": "BOL", "stock": 7, "category": "jewellery"}],
    ),
    "spree": (
        "slug,sku,name,price,currency,status,product_type,option1_name,option1_value,weight,weight_unit,inventory_count,"
        "track_inventory,available_on,image1_src\n"
        "pot,P,Pot,0,MAD,active,Bijoux,,,,lb,,,,\npot,P-1,,30,MAD,,,Color,Rouge,2,lb,5,TRUE,,\npot,P-1,,3,EUR,,,,,,,,,,\n"
        "bol,B,Bol,9,MAD,active,,,,1.5,kg,2,TRUE,2030-01-01,\nvase,V,Vase,9,MAD,draft,,,,,,2,TRUE,,\n",
        [
            {"title": "Pot", "category": "jewellery", "published": True, "kind": "parent"},
            {"size": "Rouge", "price": 3000, "sku": "P-1", "stock": 5, "weight": 907},
            {"kind": "parent"},
            {"title": "Bol", "price": 900, "sku": "B", "stock": 2, "weight": 1500, "published": False},
            {"title": "Vase", "price": 900, "sku": "V", "stock": 2, "published": False},
        ],
    ),
    "ofn": (
        "producer,sku,name,display_name,category,units,unit_type,price,on_hand,on_demand\n"
        "Tifawin,,Miel,Pot,Honey,500,g,120,4,\nTifawin,,Miel,Seau,Honey,5,kg,900,,1\n",
        [
            {"title": "Miel", "size": "Pot", "price": 12000, "stock": 4, "category": "honey"},
            {"title": "Miel", "size": "Seau", "price": 90000, "category": "honey", "active": False, "notes": ["uncounted"]},
        ],
    ),
}


@pytest.mark.parametrize("platform", OTHERS)
def test_files_of_other_platforms(platform: str) -> None:
    text, right = OTHERS[platform]
    name, goods = read(text)
    assert name == platform
    rows = [told(row) for row in goods]
    for row in rows:
        notes = [note for note in row.get("notes", []) if note != "category"]
        row |= {"notes": notes}
    keys = {key for row in right for key in row} | {"notes"}
    assert [{key: fact for key, fact in row.items() if key in keys and fact != []} for row in rows] == right
    assert not [row for row in goods if row.problem]


def test_a_row_of_vendure_is_told_in_each_of_its_languages_and_belongs_to_the_one_above() -> None:
    goods = read(OTHERS["vendure"][0])[1]
    assert {code: text.title for code, text in goods[0].texts.items()} == {"fr": "Bague", "ar": "خاتم"}
    assert [row.product_key for row in goods] == ["handle:bague", "handle:bague", "handle:lampe"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Nom,Prix,Prix conseillé\nMiel,12,15\n", "Prix conseillé"),
        ("title,price,qty left,Shop state\nMiel,12,4,ok\n", "Shop state"),
        ("Handle,Title,Variant Price,Stock du dépôt\nm,Miel,12,4\n", "Stock du dépôt"),
        ("ID;Actif (0/1);Nom *;Prix TTC;Prix de la carte\n1;1;Miel;12;13\n", "Prix de la carte"),
        ("المنتج,الثمن,السعر القديم\nعسل,12,13\n", "السعر القديم"),
    ],
)
def test_columns_that_look_like_a_price_a_stock_or_a_state_are_asked_about(text: str, columns: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(text)
    assert (refused.value.code, columns in refused.value.facts["columns"]) == ("catalog-file-headers-asked", True)
    asked = refused.value.facts["asked"]
    table = read_table(text.encode())
    assert asked == {column: (table.rows[0].cells[column],) for column in asked}
    said = read_map(json.dumps({"ignore": list(asked)}).encode(), table.columns)
    assert [row.price for row in read(text, said)[1]] == [1200]


def test_a_column_is_what_a_map_says_even_in_a_file_of_a_platform() -> None:
    text = "Handle,Title,Variant Price,Stock du dépôt\nm,Miel,12,4\n"
    [row] = read(text, {"stock": "Stock du dépôt"})[1]
    assert (row.stock, row.price, row.product_key) == (4, 1200, "handle:m")


def test_empty_columns_and_columns_of_something_else_are_not_asked_about() -> None:
    table = read_table("Nom,Prix,Prix conseillé,Couleur du stockage\nMiel,12,,bleu\n".encode())
    taken = taken_from(table, "auto", "MAD", today=TODAY)
    assert dict(taken.columns) == {
        "Nom": "taken",
        "Prix": "taken",
        "Prix conseillé": "ignored",
        "Couleur du stockage": "ignored",
    }


@pytest.mark.parametrize(
    ("cells", "stock", "quantity"), [("7\n3", [7, 3], [1, 1]), ("250 g\n1 kg", [None, None], [250, 1000])]
)
def test_a_column_of_quantities_counts_or_measures(cells: str, stock: list[int | None], quantity: list[int]) -> None:
    rows = "".join(f"Pot {n},9,{cell}\n" for n, cell in enumerate(cells.splitlines()))
    goods = read(f"Nom,Prix,Quantité\n{rows}")[1]
    assert ([row.stock for row in goods], [row.quantity or 1 for row in goods]) == (stock, quantity)
