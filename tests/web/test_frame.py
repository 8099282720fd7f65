"""Head and foot are made once for all visitors of a language, and are on each page what they would be made anew."""

import re

import pytest
from flask import g, render_template

from app.web import frame
from tests.browsing import post, sign_in
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import a_variant

ADDRESSES = (
    "/fr/",
    "/ar/market?q=%D8%B9%D8%B3%D9%84+%22%3Cb%3E&sort=new",
    "/en/market?category=honey&page=2",
    "/fr/projects?q=miel",
    "/fr/sign-in?next=/fr/market",
    "/ar/legal/terms",
    "/en/nowhere?x=1",
    "/fr/market?q=%EE%80%80%EE%80%82",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_frame_of_a_visitor_is_what_would_be_made_for_this_page(app, address):
    for earlier in ("/fr/academy", "/ar/market?q=x", "/en/projects"):  # pages that were asked before leave nothing behind
        with app.test_request_context(earlier):
            app.preprocess_request()
            frame.page_context()
        g.pop("frames")  # the test's own context outlives its requests
    with app.test_request_context(address):
        app.preprocess_request()
        context = frame.page_context()
        assert context["frame"].header == render_template("web/header.html")
        assert context["frame"].footer == render_template("web/footer.html")
        assert not any(slot in context["frame"].footer for slot in (frame.REST, frame.SEARCHED, frame.CAME_FROM))


def test_who_is_signed_in_or_has_a_basket_has_a_head_of_their_own(app, client):
    person = a_person("Nadia Bennani")
    variant = a_variant(a_cooperative("Tifawin", chair=person).id, 12_000, 9)
    reader, guest = app.test_client(), app.test_client()
    sign_in(reader, person)
    assert post(guest, "/fr/basket/lines", variant=variant, quantity="2").status_code == 303
    for _ in range(2):
        seen = [one.get("/fr/legal/terms").get_data(as_text=True) for one in (client, reader, guest)]
        assert ["Nadia Bennani" in page for page in seen] == [False, True, False]
        assert ["1 article" in page for page in seen] == [False, False, True]
        assert ["/fr/sign-in?from=/fr/legal/terms" in page for page in seen] == [True, False, True]
    assert len({key[:3] for key in app.extensions["frames"]}) <= 9


def test_guests_see_how_much_is_in_their_own_basket_whatever_others_have(app):
    shop = a_cooperative("Tifawin")
    variants = [a_variant(shop.id, 12_000, 99) for _ in range(10)]
    guests = {count: app.test_client() for count in (1, 2, 9, 10)}
    for count, guest in guests.items():
        for variant in variants[:count]:
            assert post(guest, "/fr/basket/lines", variant=variant, quantity="1").status_code == 303
    for _ in range(2):
        for count, guest in guests.items():
            page = guest.get("/fr/legal/terms").get_data(as_text=True)
            assert re.findall(r">([0-9]+) articles?</span>", page) == [str(count)]
    assert max(key[-1] for key in app.extensions["frames"]) == frame.SMALL_BASKET == 9
