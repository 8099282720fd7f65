"""The demo's eighty products, and twenty thousand for the large size, made by varying them."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.units import in_base_unit
from app.module import Progress
from catalog.demo.lots import load_lots
from catalog.demo.proofs import load_proofs
from catalog.queries.office import bare_organisations, organisation_id_of
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.bulk import BulkProduct, list_in_bulk, waive_in_bulk
from catalog.services.products import create_product, publish

FOLDER = Path(__file__).parent / "products"
LARGE = 20_000
CHUNK = 1_000
# What tells one cooperative's jar from another's, in each language.
KINDS = (
    {"fr": "récolte de printemps", "ar": "جني الربيع", "en": "spring harvest"},
    {"fr": "récolte d’automne", "ar": "جني الخريف", "en": "autumn harvest"},
    {"fr": "format familial", "ar": "حجم عائلي", "en": "family size"},
    {"fr": "petite série", "ar": "كمية محدودة", "en": "small batch"},
    {"fr": "coffret cadeau", "ar": "علبة هدية", "en": "gift box"},
    {"fr": "choix supérieur", "ar": "اختيار ممتاز", "en": "first choice"},
    {"fr": "de la montagne", "ar": "من الجبل", "en": "from the mountains"},
    {"fr": "de la vallée", "ar": "من الوادي", "en": "from the valley"},
)


def products() -> Iterator[dict[str, Any]]:
    """The invented products of the files beside this one, cooperative by cooperative."""
    for path in sorted(FOLDER.glob("*.json")):
        yield from json.loads(path.read_text(encoding="utf-8"))


def load(size: str, progress: Progress) -> None:
    """Fills every cooperative that has nothing yet. Does what is missing and nothing twice."""
    rows = list(products())
    for slug in dict.fromkeys(row["cooperative"] for row in rows):
        organisation_id = organisation_id_of(slug)
        if organisation_id in bare_organisations([organisation_id] if organisation_id else []):
            with transaction():
                for row in rows:
                    if row["cooperative"] == slug:
                        _add(organisation_id, row)
    load_proofs()
    load_lots()
    if size == "large":
        _add_many(rows, progress)
    progress(LARGE, LARGE)


def _texts(row: Mapping[str, Any]) -> dict[str, TextFacts]:
    return {
        code: TextFacts(
            title,
            row["descriptions"].get(code, ""),
            (row["ingredients"] or {}).get(code, ""),
            (row["storage"] or {}).get(code, ""),
        )
        for code, title in row["titles"].items()
    }


def _variant(row: Mapping[str, Any]) -> VariantFacts:
    quantity, unit = in_base_unit(row["quantity"], row["unit"])
    return VariantFacts(
        row["price"], unit, quantity, row["names"] or {}, row["sku"], row["barcode"], row["weight_grams"], row["stock"]
    )


def _add(organisation_id: int, row: Mapping[str, Any]) -> None:
    product_id = create_product(
        SYSTEM,
        organisation_id,
        _texts(row),
        [_variant(one) for one in row["variants"]],
        ProductFacts(row["category"], row["drawing"], tuple(row["labels"]), row["origin"]),
        slug=row["slug"],
    )
    if row["state"] == "published":
        publish(SYSTEM, product_id)


def _add_many(rows: Sequence[Mapping[str, Any]], progress: Progress) -> None:
    """The same twenty thousand each time: what varies comes from a fixed seed."""
    organisation_ids = bare_organisations(None)
    with transaction():
        waive_in_bulk(SYSTEM, organisation_ids, "Marchandises inventées, pour la démonstration.")
    chance = random.Random(2026)  # noqa: S311 invented goods, not secrets
    each = -(-LARGE // max(1, len(organisation_ids)))
    made = [
        _varied(rows[(index * 7 + number) % len(rows)], organisation_id, number, chance)
        for index, organisation_id in enumerate(organisation_ids)
        for number in range(each)
    ][:LARGE]
    for start in range(0, len(made), CHUNK):
        with transaction():
            list_in_bulk(SYSTEM, made[start : start + CHUNK])
        progress(min(start + CHUNK, LARGE), LARGE)


def _varied(row: Mapping[str, Any], organisation_id: int, number: int, chance: random.Random) -> BulkProduct:
    kind = KINDS[chance.randrange(len(KINDS))]
    texts = {
        code: TextFacts(f"{text.title}, {kind[code]}", text.description, text.ingredients, text.storage)
        for code, text in _texts(row).items()
    }
    share = chance.randrange(80, 131)
    variants = [
        VariantFacts(
            max(100, variant.price * share // 100 // 50 * 50) if variant.price else None,
            variant.unit,
            variant.quantity,
            variant.names,
            f"A-{number:03}-{index}",
            None,
            variant.weight_grams,
            chance.choice((0, 3, 12, 40, 120)),
        )
        for index, variant in enumerate(map(_variant, row["variants"]))
    ]
    return BulkProduct(
        organisation_id,
        f"{row['slug']}-{organisation_id}-{number}"[:100],
        texts,
        variants,
        ProductFacts(row["category"], row["drawing"], tuple(row["labels"]), row["origin"]),
    )
