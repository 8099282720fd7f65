"""Ways of delivery: what a row of each way needs and keeps, and rows of a way nobody knows."""

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.errors import Invalid
from catalog.models import DeliveryZone
from catalog.queries import WAYS, delivery_choices
from catalog.rules.ways import TABLED
from catalog.services.zones import ZoneFacts, write_zones
from tests.builders.accounts import a_cooperative, a_person, actor_of

KNOWN = {"MA-06", "MA-07", "MA-09"}


def test_each_way_has_its_words_and_goods_are_brought_or_fetched() -> None:
    assert list(WAYS) == ["delivery", "bulky", "pickup", "visit"]
    assert list(TABLED) == ["delivery", "bulky", "pickup"]
    for name, way in WAYS.items():
        assert (way.name, bool(way.offered), bool(way.told)) == (name, name in TABLED, True)
        assert bool(way.at_place) != way.shipped
        assert way.by_agreement is (name == "visit")


@pytest.mark.parametrize(
    ("name", "regions", "place", "problem"),
    [
        ("delivery", ["MA-06"], "", None),
        ("delivery", ["MA-06", "MA-09"], "unused", None),
        ("delivery", [], "Aït Baha", ("catalog-regions-missing", "regions")),
        ("delivery", ["MA-06", "CA-QC"], "", ("catalog-regions-missing", "regions")),
        ("pickup", [], "Aït Baha", None),
        ("pickup", ["CA-QC"], "Aït Baha", None),
        ("pickup", ["MA-06"], "  ", ("catalog-place-missing", "place")),
    ],
)
def test_a_row_lacks_what_its_way_needs(name: str, regions: list[str], place: str, problem: tuple[str, str] | None) -> None:
    assert WAYS[name].problem(regions, place, KNOWN) == problem


def test_goods_travel_to_the_regions_of_a_row_and_are_fetched_from_everywhere() -> None:
    assert WAYS["delivery"].serves(["MA-06"], "MA-06") is True
    assert WAYS["delivery"].serves(["MA-06"], "MA-09") is False
    assert WAYS["pickup"].serves([], "MA-09") is True
    assert WAYS["delivery"].regions_kept(("MA-06", "MA-09")) == ["MA-06", "MA-09"]
    assert WAYS["pickup"].regions_kept(("MA-06", "MA-09")) == []


def test_a_row_of_an_unknown_way_is_refused_and_one_that_is_there_is_named(app: Flask) -> None:
    chair, check = a_person("Rachid"), app.extensions["checks"]["ways of delivery"]
    shop, actor = a_cooperative(chair=chair).id, actor_of(chair)
    with pytest.raises(Invalid) as refused, transaction():
        write_zones(actor, shop, [ZoneFacts("delivery", ("MA-06",), 2000, 1, 2), ZoneFacts("by-mule", (), 0, 1, 2)])
    assert (refused.value.code, refused.value.field) == ("catalog-unknown-kind", "kind_2")
    assert db.session.scalar(select(func.count()).select_from(DeliveryZone)) == 0
    db.session.rollback()
    with transaction():
        write_zones(actor, shop, [ZoneFacts("pickup", (), 0, 1, 2, place="Aït Baha")])
    assert [(one.kind, one.place) for one in delivery_choices({shop: "parcel"}, "MA-01")[shop]] == [("pickup", "Aït Baha")]
    assert list(check()) == []
    db.session.rollback()
    with transaction() as session:
        session.execute(update(DeliveryZone).values(kind="by-mule"))
    zone = db.session.scalars(select(DeliveryZone.id)).one()
    assert list(check()) == [f"delivery zone {zone} is of the way by-mule, which nobody knows"]
