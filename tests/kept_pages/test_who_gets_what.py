"""Nobody gets another one's page, and what is kept is what would have been made."""

import gzip

import pytest

from app.engines.transactions import transaction
from app.web.page_cache import cache_of
from tests.browsing import HOST, post, sign_in
from tests.builders.accounts import a_person
from tests.kept_pages.world import a_price, body, build, settle


def test_the_third_asking_is_answered_from_what_is_kept(kept, client):
    it = build()
    pages = [client.get(it.addresses["market"]) for _ in range(4)]
    assert len({page.data for page in pages}) == 1
    assert (kept.hits, kept.misses) == (2, 2)
    assert len({page.headers["X-Request-Id"] for page in pages}) == 4
    first, *_rest, last = ({k: v for k, v in page.headers if k != "X-Request-Id"} for page in pages)
    assert first == last


@pytest.mark.parametrize(
    "name", ["home", "market", "product", "cooperative", "cooperatives", "projects", "sheet", "academy", "course"]
)
def test_every_public_page_is_kept_and_says_who_may_keep_it(kept, client, name):
    it = build()
    settle(client, it.addresses[name])
    answer = client.get(it.addresses[name])
    assert kept.hits == 2
    assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=60, stale-while-revalidate=29"
    assert set(answer.vary) == {"Cookie", "Accept-Encoding"}
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers.getlist("Set-Cookie") == []
    assert "csrf_token" not in answer.get_data(as_text=True)


def test_a_signed_in_person_a_guest_and_a_stranger_never_get_each_others_page(kept, app, client):
    it = build()
    address = it.addresses["product"]
    stranger = settle(client, address)
    reader, guest = app.test_client(), app.test_client()
    sign_in(reader, a_person("Nadia Bennani"))
    assert post(guest, "/fr/basket/lines", variant=it.variant, quantity="2").status_code == 303
    for one, mark in ((reader, "Nadia Bennani"), (guest, "1 article")):
        for _ in range(3):
            answer = one.get(address)
            assert mark in answer.get_data(as_text=True)
            assert answer.headers["Cache-Control"] == "private, no-store"
            assert one.get(address, headers={"If-None-Match": '"x"'}).status_code == 200
        assert body(client, address) == stranger


def test_any_session_cookie_even_a_dead_one_is_asked_for(kept, client):
    it = build()
    settle(client, it.addresses["market"])
    kept.hits = 0
    client.set_cookie("tiwizi", "of-nobody", domain=HOST)
    body(client, it.addresses["market"])
    assert kept.hits == 0
    client.delete_cookie("tiwizi", domain=HOST)
    client.set_cookie("tiwizi-device", "known", domain=HOST)
    body(client, it.addresses["market"])
    assert kept.hits == 1


def test_what_is_written_behind_an_address_is_dropped_before_the_page_is_made(kept, client):
    it = build()
    plain = settle(client, it.addresses["market"])
    kept.hits = 0
    for query in ("?fbclid=abc", "?utm_source=x&fbclid=def", "?fbclid=abc"):
        assert body(client, it.addresses["market"] + query) == plain
    assert kept.hits == 3
    both = body(client, "/fr/market?region=MA-09&category=honey&fbclid=1")
    assert body(client, "/fr/market?category=honey&region=MA-09") == both


def test_a_search_is_never_kept(kept, client):
    build()
    for address in ("/fr/market?q=miel", "/fr/projects?q=ruche", "/fr/academy?q=marges", "/fr/cooperatives?q=tifawin"):
        for _ in range(3):
            assert client.get(address).status_code == 200
    assert (kept.hits, kept.misses) == (0, 0)


def test_what_is_not_there_is_not_kept(kept, client):
    for _ in range(3):
        assert client.get("/fr/market/products/nothing").status_code == 404
    assert kept.hits == 0


def test_looking_at_the_head_fills_nothing_and_is_answered(kept, client):
    it = build()
    for _ in range(3):
        assert client.head(it.addresses["market"]).status_code == 200
    assert (kept.hits, kept.size) == (0, 0)
    whole = settle(client, it.addresses["market"])
    head = client.head(it.addresses["market"])
    assert (head.data, int(head.headers["Content-Length"])) == (b"", len(whole.encode()))


def test_who_has_the_page_gets_no_bytes_until_it_changes(kept, client):
    it = build()
    address = it.addresses["product"]
    tags = {client.get(address).headers["ETag"] for _ in range(3)}
    assert len(tags) == 1
    tag = tags.pop()
    assert tag.startswith('W/"')
    for _ in range(3):
        same = client.get(address, headers={"If-None-Match": tag})
        assert (same.status_code, same.data) == (304, b"")
        kept.forget()
    settle(client, address)
    for query in ("", "?fbclid=1"):
        same = client.get(address + query, headers={"If-None-Match": tag})
        assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    with transaction():
        a_price(it)
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_packed_and_plain_are_the_same_page(kept, client):
    it = build()
    plain = settle(client, it.addresses["home"]).encode()
    packed = client.get(it.addresses["home"], headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain
    elsewhere = client.get(f"{it.addresses['home']}?fbclid=1", headers={"Accept-Encoding": "gzip"})
    assert (elsewhere.headers["Content-Encoding"], elsewhere.data) == ("gzip", packed.data)
    assert client.get(f"{it.addresses['home']}?fbclid=2").data == plain
    assert client.get(it.addresses["home"]).data == plain


def test_no_other_name_of_the_machine_and_nothing_that_the_gate_refuses_comes_past_it(kept, client):
    it = build()
    settle(client, it.addresses["market"])
    kept.hits = 0
    assert client.get(it.addresses["market"], headers={"Host": "a b"}).status_code == 400
    assert client.get("/fr/market?category=%00").status_code == 400
    assert client.get("/fr/market?category=%ED%A0%80").status_code == 400
    assert kept.hits == 0


def test_the_cache_stays_within_its_bytes_and_forgets_the_least_asked(kept, client, monkeypatch):
    it = build()
    monkeypatch.setattr(kept, "limit", 250_000)
    for number in range(1, 40):
        settle(client, f"/fr/market?page={number}")
        settle(client, it.addresses["home"])
        assert kept.size <= 250_000
    kept.hits = 0
    body(client, it.addresses["home"])
    assert kept.hits == 1
    body(client, "/fr/market?page=1")
    assert kept.hits == 1


def test_long_addresses_fill_no_memory(kept, client):
    """Whatever is written behind an address, and whatever is asked of a list, little of it is remembered."""
    it = build()
    settle(client, it.addresses["market"])
    kept.hits = 0
    for number in range(5):
        body(client, f"/fr/market?fbclid={number}{'x' * 4_000}")
        settle(client, f"/fr/market?category={number}{'x' * 4_000}")
    assert kept.hits == 5
    assert all(len(text) <= 300 for table in (kept._addresses, kept._learned) for key in table for text in key)
    assert kept.hosts == {HOST}


def test_with_no_room_nothing_is_kept(app, client):
    it = build()
    cache = cache_of(app)
    assert cache.limit == 0
    hits = cache.hits
    settle(client, it.addresses["market"])
    assert cache.hits == hits


def test_the_figures_count_what_was_found(kept, client):
    it = build()
    settle(client, it.addresses["market"])
    text = client.get("/metrics", base_url="http://127.0.0.1").get_data(as_text=True)
    assert 'tiwizi_kept_pages_asked_total{result="hit"} 1.0' in text
    assert 'tiwizi_kept_pages_asked_total{result="miss"} 2.0' in text
    assert "tiwizi_kept_pages_bytes " in text
