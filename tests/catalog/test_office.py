"""A seller writes what the cooperative sells: short form, facts, words, photos, stock, delivery."""

import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.engines.counters import available, consume, take
from app.engines.db import db
from app.engines.files.store import all_keys, get
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.territories.loading import territory_named
from catalog.models import DeliveryZone, Product, ProductPicture, ProductText, Variant
from catalog.queries.export import export_rows
from catalog.queries.offers import STOCK
from catalog.queries.office import office_figures
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.counters import counter

FORM = {
    "form_key": "k" * 32,
    "category": "honey",
    "title": "Miel de thym",
    "price": "120,50",
    "quantity": "500",
    "unit": "g",
    "stock": "12",
    "description": "De la montagne.",
    "then": "publish",
}


@pytest.fixture
def shop(app: Flask) -> Organisation:
    return a_cooperative("Tifawin", slug="tifawin")


@pytest.fixture
def seller(client: FlaskClient, shop: Organisation) -> FlaskClient:
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    return client


def a_photo(colour: str = "orange", size: tuple[int, int] = (900, 600)) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    out.seek(0)
    return out


def counts() -> tuple[int, int, int]:
    return tuple(db.session.scalar(select(func.count()).select_from(table)) for table in (Product, Variant, ProductPicture))


def test_a_product_from_a_phone_is_on_sale_in_one_form(seller: FlaskClient) -> None:
    answer = post(
        seller, "/fr/sell/tifawin/products/new", **FORM, pictures=[(a_photo(), "DCIM 1.jpg"), (a_photo("red"), "2.jpg")]
    )
    assert answer.status_code == 303
    product = db.session.scalars(select(Product)).one()
    variant = db.session.scalars(select(Variant)).one()
    assert (product.slug, product.state, product.listed, product.price_from) == ("miel-de-thym", "published", True, 12050)
    assert (variant.unit, variant.quantity, variant.price) == ("g", 500, 12050)
    assert counter(STOCK, variant.id).on_hand == 12
    page = seller.get("/fr/market/products/miel-de-thym")
    assert "241,00" in text_of(page)
    assert page.get_data(as_text=True).count("medium.webp") >= 2
    with seller.get(f"/{product.picture_stem}small.webp") as picture:
        assert picture.mimetype == "image/webp"


def test_the_same_form_twice_is_one_product(seller: FlaskClient) -> None:
    first = post(seller, "/fr/sell/tifawin/products/new", **FORM, pictures=[(a_photo(), "1.jpg")])
    second = post(seller, "/fr/sell/tifawin/products/new", **FORM, pictures=[(a_photo(), "1.jpg")])
    assert first.headers["Location"] == second.headers["Location"]
    assert counts() == (1, 1, 1)
    assert len(list(all_keys())) == 3


def test_without_a_price_it_stays_a_draft(seller: FlaskClient) -> None:
    answer = post(seller, "/fr/sell/tifawin/products/new", **{**FORM, "price": "", "then": "draft"})
    assert answer.status_code == 303
    assert db.session.scalars(select(Product.state)).one() == "draft"
    refused = post(seller, "/fr/sell/tifawin/products/new", **{**FORM, "price": "", "form_key": "other"})
    assert refused.status_code == 422
    assert counts() == (1, 1, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 256),
        ("price", "beaucoup"),
        ("price", "1.999"),
        ("price", "99999999999"),
        ("price", "-5"),
        ("quantity", "0"),
        ("quantity", "dix"),
        ("stock", "-1"),
        ("stock", "99999999999"),
        ("category", "guns"),
        ("category", ""),
        ("unit", "stone"),
        ("description", "x" * 5001),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field_and_nothing_is_written(
    seller: FlaskClient, field: str, value: str
) -> None:
    answer = post(seller, "/fr/sell/tifawin/products/new", **{**FORM, field: value}, pictures=[(a_photo(), "1.jpg")])
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "field-error" in page or "notice-bad" in page
    assert field in ("description", "title") or "De la montagne." in page
    assert counts() == (0, 0, 0)
    assert list(all_keys()) == []


@pytest.mark.parametrize("name", ["broken_data_stream.png", "truncated_image.png", "truncated_jpeg.jpg", "hopper.gif"])
def test_files_that_are_no_sound_pictures_are_refused(seller: FlaskClient, shared: Path, name: str) -> None:
    content = (shared / "data/messy/images" / name).read_bytes()
    answer = post(
        seller, "/fr/sell/tifawin/products/new", **FORM, pictures=[(a_photo(), "1.jpg"), (io.BytesIO(content), name)]
    )
    assert answer.status_code == 422
    assert "Miel de thym" in answer.get_data(as_text=True)
    assert counts() == (0, 0, 0)
    assert list(all_keys()) == []


@pytest.mark.parametrize(
    "name", ["hopper.jpg", "hopper.png", "broken_exif_dpi.jpg", "invalid-exif-without-x-resolution.jpg"]
)
def test_sound_pictures_are_taken_and_lose_what_is_not_picture(seller: FlaskClient, shared: Path, name: str) -> None:
    content = (shared / "data/messy/images" / name).read_bytes()
    assert post(seller, "/fr/sell/tifawin/products/new", **FORM, pictures=[(io.BytesIO(content), name)]).status_code == 303
    stem = db.session.scalars(select(ProductPicture.stem)).one()
    with Image.open(io.BytesIO(get(f"{stem}large.webp"))) as shown:
        assert shown.format == "WEBP"
        assert not shown.getexif()


def test_six_pictures_are_one_too_many(seller: FlaskClient, shop: Organisation) -> None:
    product = a_product(shop.id)
    photos = [(a_photo(size=(40, 40)), f"{n}.jpg") for n in range(5)]
    assert post(seller, f"/fr/sell/tifawin/products/{product}/pictures", pictures=photos).status_code == 303
    refused = post(seller, f"/fr/sell/tifawin/products/{product}/pictures", pictures=[(a_photo(size=(40, 40)), "6.jpg")])
    assert refused.status_code == 422
    assert counts()[2] == 5
    assert len(list(all_keys())) == 15


def test_pictures_are_put_first_and_removed(seller: FlaskClient, shop: Organisation) -> None:
    product = a_product(shop.id)
    post(
        seller,
        f"/fr/sell/tifawin/products/{product}/pictures",
        pictures=[(a_photo("red"), "1.jpg"), (a_photo("blue"), "2.jpg")],
    )
    one, two = db.session.scalars(select(ProductPicture).order_by(ProductPicture.position)).all()
    post(seller, f"/fr/sell/tifawin/products/{product}/pictures/{two.id}/first")
    assert db.session.scalar(select(Product.picture_stem)) == two.stem
    post(seller, f"/fr/sell/tifawin/products/{product}/pictures/{two.id}/remove")
    assert db.session.scalar(select(Product.picture_stem)) == one.stem
    assert {row.stem for row in db.session.scalars(select(ProductPicture))} == {one.stem}  # its files go with the sweep


def lines_of(product_id: int, **changes: str) -> dict[str, str]:
    product = db.session.get_one(Product, product_id)
    one = db.session.get_one(Variant, variant_of(product_id))
    return {
        "version": str(product.version),
        "category": product.category or "",
        "origin": "",
        "v0-id": str(one.id),
        "v0-quantity": str(one.quantity),
        "v0-unit": one.unit,
        "v0-price": "120",
        "v0-active": "y",
        **changes,
    }


def test_a_price_is_changed_and_a_size_added(seller: FlaskClient, shop: Organisation) -> None:
    product = a_product(shop.id)
    answer = post(
        seller,
        f"/fr/sell/tifawin/products/{product}",
        **lines_of(
            product,
            **{
                "v0-price": "99",
                "v1-id": "",
                "v1-quantity": "1",
                "v1-unit": "kg",
                "v1-price": "80",
                "v1-sku": "M-1KG",
                "v1-barcode": "6110123002004",
                "v1-active": "y",
                "labels": "igp",
            },
        ),
    )
    assert answer.status_code == 303
    rows = db.session.execute(select(Variant.unit, Variant.quantity, Variant.price, Variant.sku).order_by(Variant.id)).all()
    assert [tuple(row) for row in rows] == [("piece", 1, 9900, None), ("g", 1000, 8000, "M-1KG")]
    assert db.session.scalar(select(Product.price_from)) == 8000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("v0-price", "abc"),
        ("v0-price", "-1"),
        ("v0-barcode", "6110123002005"),
        ("v0-quantity", "x"),
        ("v0-weight_grams", "1.5"),
        ("v0-id", "999"),
        ("category", "guns"),
    ],
)
def test_a_wrong_edit_changes_nothing_and_keeps_what_was_typed(
    seller: FlaskClient, shop: Organisation, field: str, value: str
) -> None:
    product = a_product(shop.id)
    before = db.session.execute(select(Variant.price, Variant.barcode, Variant.quantity)).all()
    answer = post(seller, f"/fr/sell/tifawin/products/{product}", **lines_of(product, **{field: value, "v0-sku": "TYPED-7"}))
    assert answer.status_code in (404, 422)
    assert answer.status_code == 404 or "TYPED-7" in answer.get_data(as_text=True)
    db.session.expire_all()
    assert db.session.execute(select(Variant.price, Variant.barcode, Variant.quantity)).all() == before


def test_two_people_edit_one_product_and_the_second_is_told(seller: FlaskClient, shop: Organisation) -> None:
    product = a_product(shop.id)
    seen_by_both = lines_of(product)
    assert post(seller, f"/fr/sell/tifawin/products/{product}", **{**seen_by_both, "v0-price": "90"}).status_code == 303
    late = post(seller, f"/fr/sell/tifawin/products/{product}", **{**seen_by_both, "v0-price": "77.70"})
    assert late.status_code == 409
    assert 'value="77.70"' in late.get_data(as_text=True)
    assert db.session.scalar(select(Variant.price)) == 9000
    again = {**lines_of(product), "v0-price": "77.70"}
    assert post(seller, f"/fr/sell/tifawin/products/{product}", **again).status_code == 303
    assert db.session.scalar(select(Product.price_from)) == 7770


def test_words_in_three_languages_and_stale_translations(
    seller: FlaskClient, client: FlaskClient, shop: Organisation
) -> None:
    product = a_product(shop.id, "Miel")
    version = db.session.get_one(Product, product).version
    address = f"/fr/sell/tifawin/products/{product}/words"
    assert "pas encore traduit" in text_of(client.get("/ar/market/products/miel")) or "Français" in text_of(
        client.get("/ar/market/products/miel")
    )
    answer = post(
        seller,
        address,
        version=version,
        **{"fr-title": "Miel", "ar-title": "عسل الزعتر", "ar-description": "من الجبل", "en-title": "Honey"},
    )
    assert answer.status_code == 303
    assert "عسل الزعتر" in text_of(client.get("/ar/market/products/miel"))
    assert "Honey" in text_of(client.get("/en/market"))
    gone = post(seller, address, version=version + 1, **{"fr-title": "", "ar-title": "عسل", "en-title": ""})
    assert gone.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(ProductText)) == 3


def test_publish_withdraw_and_throw_away(seller: FlaskClient, shop: Organisation) -> None:
    product = a_product(shop.id, "Miel", published=False)
    base = f"/fr/sell/tifawin/products/{product}"
    post(seller, f"{base}/publish")
    post(seller, f"{base}/publish")
    assert seller.get("/fr/market/products/miel").status_code == 200
    post(seller, f"{base}/withdraw")
    assert "page" in text_of(seller.get("/fr/market/products/miel"))
    assert post(seller, f"{base}/discard").status_code == 303
    assert seller.get(base).status_code == 404
    assert post(seller, f"{base}/publish").status_code == 404


def test_a_cooperative_that_is_not_verified_writes_drafts_only(client: FlaskClient, app: Flask) -> None:
    shop = a_cooperative("Neuve", slug="neuve", state="submitted")
    person = a_person("Chef")
    joins(person, shop, "chair")
    sign_in(client, person)
    assert post(client, "/fr/sell/neuve/products/new", **FORM).status_code == 422
    assert counts() == (0, 0, 0)
    assert post(client, "/fr/sell/neuve/products/new", **{**FORM, "then": "draft"}).status_code == 303
    assert db.session.scalars(select(Product.state)).one() == "draft"


def test_the_packer_counts_stock_and_nothing_else(client: FlaskClient, shop: Organisation) -> None:
    packer = a_person("Nora")
    joins(packer, shop, "packer")
    sign_in(client, packer)
    product = a_product(shop.id, stock=10)
    variant = variant_of(product)
    assert post(client, "/fr/sell/tifawin/stock", **{f"stock_{variant}": "7", f"was_{variant}": "10"}).status_code == 303
    assert counter(STOCK, variant).on_hand == 7
    assert client.get("/fr/sell/tifawin/products").status_code == 403
    assert post(client, f"/fr/sell/tifawin/products/{product}/withdraw").status_code == 403
    assert post(client, "/fr/sell/tifawin/delivery").status_code == 403


def test_stock_below_what_buyers_are_paying_for_is_refused(seller: FlaskClient, shop: Organisation) -> None:
    variant = variant_of(a_product(shop.id, stock=10))
    with transaction():
        take(STOCK, {variant: 4}, "basket", now().replace(year=2100), now())
    answer = post(seller, "/fr/sell/tifawin/stock", **{f"stock_{variant}": "3", f"was_{variant}": "10"})
    assert answer.status_code == 409
    assert 'value="3"' in answer.get_data(as_text=True)
    db.session.expire_all()
    assert (counter(STOCK, variant).on_hand, counter(STOCK, variant).available) == (10, 6)
    wrong = post(seller, "/fr/sell/tifawin/stock", **{f"stock_{variant}": "many", f"was_{variant}": "10"})
    assert wrong.status_code == 422


def test_the_office_and_the_market_agree_on_what_is_free(seller: FlaskClient, shop: Organisation) -> None:
    """Goods a buyer holds are not free; when the time is over they are, also before anybody has cleared the hold away."""
    variant = variant_of(a_product(shop.id, stock=10))

    def shown(end: datetime) -> tuple[str, int, int]:
        with transaction():
            take(STOCK, {variant: 8}, "basket", end, now().replace(year=2000))
        page = text_of(seller.get("/fr/sell/tifawin/products"))
        left = re.search(r"En stock : (\d+)", page)
        low = office_figures(shop.id, now()).low
        return (left[1] if left else page), low, available(STOCK, [variant], now())[variant]

    assert shown(now() + timedelta(minutes=30)) == ("2", 1, 2)
    assert shown(now() - timedelta(seconds=1)) == ("10", 0, 10)


def test_a_count_over_a_number_that_has_changed_is_asked_again(seller: FlaskClient, shop: Organisation) -> None:
    one, two = variant_of(a_product(shop.id, stock=10)), variant_of(a_product(shop.id, stock=4))
    with transaction():
        take(STOCK, {one: 3}, "basket", now().replace(year=2100), now())
        consume("basket")
    typed = {f"stock_{one}": "12", f"was_{one}": "10", f"stock_{two}": "9", f"was_{two}": "4"}
    answer = post(seller, "/fr/sell/tifawin/stock", **typed)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "Il y en a 7 maintenant et non 10" in page
    assert 'value="12"' in page
    assert f'name="was_{one}" value="7"' in page
    db.session.expire_all()
    assert (counter(STOCK, one).on_hand, counter(STOCK, two).on_hand) == (7, 4)
    assert post(seller, "/fr/sell/tifawin/stock", **{**typed, f"was_{one}": "7"}).status_code == 303
    db.session.expire_all()
    assert (counter(STOCK, one).on_hand, counter(STOCK, two).on_hand) == (12, 9)


@pytest.mark.parametrize(("typed", "there"), [("١٢", 12), ("1 200", 1200), ("1.000", None), ("-1", None), ("12,5", None)])
def test_a_count_in_the_digits_people_write(seller: FlaskClient, shop: Organisation, typed: str, there: int | None) -> None:
    variant = variant_of(a_product(shop.id, stock=10))
    answer = post(seller, "/ar/sell/tifawin/stock", **{f"stock_{variant}": typed, f"was_{variant}": "10"})
    assert answer.status_code == (303 if there else 422)
    db.session.expire_all()
    assert counter(STOCK, variant).on_hand == (there or 10)


def test_an_arabic_name_alone_gives_an_address_that_says_what_it_is(shop: Organisation) -> None:
    slugs = [
        db.session.get_one(Product, a_product(shop.id, titles=titles)).slug
        for titles in ({"ar": "عسل"}, {"ar": "عسل", "fr": "Miel d’euphorbe"}, {"ar": "عسل ممتاز BIO"})
    ]
    assert slugs[0].startswith("honey-")
    assert slugs[1:] == ["miel-d-euphorbe", "bio"]


def test_a_stranger_s_product_is_not_there(seller: FlaskClient) -> None:
    other = a_cooperative("Amane", slug="amane")
    product = a_product(other.id, stock=5)
    variant = variant_of(product)
    for address in (
        f"/fr/sell/tifawin/products/{product}",
        f"/fr/sell/tifawin/products/{product}/words",
        f"/fr/sell/tifawin/products/{product}/pictures",
        "/fr/sell/amane/products",
        "/fr/sell/amane/stock",
    ):
        assert seller.get(address).status_code == 404, address
    for address in (f"/fr/sell/tifawin/products/{product}/withdraw", f"/fr/sell/amane/products/{product}/withdraw"):
        assert post(seller, address).status_code == 404
    assert post(seller, "/fr/sell/tifawin/stock", **{f"stock_{variant}": "0", f"was_{variant}": "5"}).status_code == 404
    assert counter(STOCK, variant).on_hand == 5
    assert db.session.get_one(Product, product).state == "published"


def test_delivery_table_is_written_and_shown(seller: FlaskClient, shop: Organisation) -> None:
    a_product(shop.id, "Miel")
    assert "35,00" in text_of(seller.get("/fr/market/products/miel"))
    fields = {
        "z1-kind": "delivery",
        "z1-regions": ["MA-09", "MA-07"],
        "z1-fee": "20",
        "z1-free_from": "300",
        "z1-days_min": "1",
        "z1-days_max": "3",
        "z2-kind": "pickup",
        "z2-place": "Aït Baha, le samedi",
        "z2-fee": "0",
        "z2-days_min": "0",
        "z2-days_max": "0",
    }
    assert post(seller, "/fr/sell/tifawin/delivery", **fields).status_code == 303
    page = text_of(seller.get("/fr/market/products/miel"))
    assert "20,00" in page
    assert "Aït Baha, le samedi" in page
    wrong = post(seller, "/fr/sell/tifawin/delivery", **{**fields, "z1-regions": [], "z2-place": ""})
    assert wrong.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(DeliveryZone)) == 2
    assert post(seller, "/fr/sell/tifawin/delivery", **{"z1-kind": ""}).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(DeliveryZone)) == 0


def test_one_tick_serves_every_region(seller: FlaskClient, shop: Organisation) -> None:
    fields = {"z1-kind": "delivery", "z1-regions": ["everywhere"], "z1-fee": "20", "z1-days_min": "1", "z1-days_max": "3"}
    assert post(seller, "/fr/sell/tifawin/delivery", **fields).status_code == 303
    regions = db.session.scalars(select(DeliveryZone.regions)).one()
    assert regions == [region.code for region in territory_named("morocco").regions]


def test_goods_are_listed_in_a_row(seller: FlaskClient) -> None:
    """Behind one that is on sale stands the next form, and begins with its kind."""
    answer = post(seller, "/fr/sell/tifawin/products/new", **{**FORM, "then": "another"})
    assert answer.location == "/fr/sell/tifawin/products/new?kind=honey"
    assert db.session.scalars(select(Product.state)).all() == ["published"]
    page = seller.get(answer.location).get_data(as_text=True)
    assert re.findall(r'name="category" value="([^"]+)" checked', page) == ["honey"]
    assert FORM["form_key"] not in page
    assert "checked" not in seller.get("/fr/sell/tifawin/products/new?kind=gold").get_data(as_text=True)


def test_nobody_has_said_what_the_parcel_weighs(seller: FlaskClient) -> None:
    """What is in the jar is not what the jar weighs."""
    assert post(seller, "/fr/sell/tifawin/products/new", **FORM).status_code == 303
    variant = db.session.scalars(select(Variant)).one()
    assert (variant.unit, variant.quantity, variant.weight_grams) == ("g", 500, 0)


def test_an_error_stands_beside_its_own_size(seller: FlaskClient, shop: Organisation) -> None:
    """The second size's price is out of every range, and the first one's is not blamed."""
    product = a_product(shop.id, "Miel")
    fields = {
        "version": "1",
        "origin": "",
        "v0-id": str(variant_of(product)),
        "v0-quantity": "1",
        "v0-unit": "piece",
        "v0-price": "30",
    }
    answer = post(
        seller,
        f"/fr/sell/tifawin/products/{product}",
        **fields,
        **{"v1-quantity": "2", "v1-unit": "kg", "v1-price": "99999999999"},
    )
    assert answer.status_code == 422
    assert re.findall(r'aria-invalid="true"[^>]*name="([^"]+)"', answer.get_data(as_text=True)) == ["v1-price"]


@pytest.mark.parametrize(
    "page", ["products", "products/new", "stock", "delivery", "products/import", "products?q=miel&state=draft"]
)
@pytest.mark.parametrize("lang", ["fr", "ar", "en"])
def test_every_office_page_opens_in_every_language(seller: FlaskClient, shop: Organisation, page: str, lang: str) -> None:
    product = a_product(shop.id)
    assert seller.get(f"/{lang}/sell/tifawin/{page}").status_code == 200
    for part in ("", "/words", "/pictures"):
        assert seller.get(f"/{lang}/sell/tifawin/products/{product}{part}").status_code == 200


def test_the_file_of_goods_follows_the_goods_and_not_the_places_of_their_sizes(shop: Organisation) -> None:
    """The first of two goods lost its first size: it still comes first."""
    first, second = a_product(shop.id, "Miel"), a_product(shop.id, "Cumin")
    with transaction() as session:
        session.get_one(Variant, variant_of(first)).position = 9
    assert [row["handle"] for row in export_rows(shop.id)] == ["miel", "cumin"]
    assert second > first
