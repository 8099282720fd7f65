"""Each thing has an address of its own: as wished, numbered, then by chance."""

import re

from app.accounts.models import Organisation
from app.engines.slugs import chance_slug, free_slug
from tests.builders.accounts import a_cooperative


def test_an_address_is_as_wished_then_numbered_then_by_chance(app):
    assert free_slug(Organisation.slug, "tifawin") == "tifawin"
    for number in range(1, 10):
        slug = free_slug(Organisation.slug, "tifawin")
        assert slug == ("tifawin" if number == 1 else f"tifawin-{number}")
        a_cooperative(f"Tifawin {number}", slug=slug)
    chance = {free_slug(Organisation.slug, "tifawin") for _ in range(3)}
    assert len(chance) == 3
    assert all(re.fullmatch(r"tifawin-[a-z0-9]{6}", slug) for slug in chance)


def test_an_address_of_a_page_is_never_given_and_only_those_within_count(app):
    shop = a_cooperative("Tifawin", slug="tifawin")
    assert free_slug(Organisation.slug, "new", reserved={"new", "new-2"}) == "new-3"
    assert free_slug(Organisation.slug, "tifawin", Organisation.id != shop.id) == "tifawin"
    assert free_slug(Organisation.slug, "tifawin", Organisation.id == shop.id) == "tifawin-2"


def test_an_address_never_grows_longer_than_a_slug():
    assert len(chance_slug("x" * 80)) == 77
