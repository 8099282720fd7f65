"""Whatever changes in whatever order, and whoever asks: a kept page is what would be made at that moment."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.engines.counters import release
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.web import page_cache
from catalog.services.products import publish
from catalog.services.variants import count_stock
from tests.browsing import HOST, post, sign_in
from tests.builders.accounts import a_person
from tests.kept_pages import world
from tests.kept_pages.world import World, body, build, settle

PUBLIC = (
    "home",
    "market",
    "dear",
    "in stock",
    "product",
    "cooperatives",
    "cooperative",
    "projects",
    "sheet",
    "academy",
    "course",
)


def counted(it: World, left: int) -> None:
    release("purchase:1")
    count_stock(it.chair, it.shop, {it.variant: left})


def taken_and_let_go(it: World, left: int) -> None:
    counted(it, left)
    if left:
        world.held(it, left)


def withdrawn_and_shown(it: World, number: int) -> None:
    if number % 2:
        world.goods_withdrawn(it)
    else:
        publish(SYSTEM, it.honey)


def priced(it: World, number: int) -> None:
    world.a_price(it, 9_000 + number * 300)


NUMBER = re.compile(r"(?<=<bdi class=\"code\" dir=\"ltr\">)\w{16}(?=</bdi>)")
CHANGES: dict[str, Callable[[World, int], None]] = {
    "price": priced,
    "stock": counted,
    "holds": taken_and_let_go,
    "shown": withdrawn_and_shown,
    "name": lambda it, number: world.a_name_of_goods(it, f"Miel n° {number}"),
    "words": lambda it, number: world.words_of_a_cooperative(it, f"Coopérative {number}"),
    "delivery": lambda it, number: world.delivery(it, 1_000 + number * 100),
    "nothing": lambda it, number: None,
}
steps = st.lists(
    st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 7), st.sampled_from(PUBLIC), st.booleans()),
    min_size=25,
    max_size=25,
)


def shown(client: FlaskClient, address: str) -> str:
    """The page without the number of the request that stands on "not found"."""
    return NUMBER.sub("", body(client, address))


def fresh(client: FlaskClient, address: str) -> str:
    """The page as it is made for a visitor now: who brings a session, though it is nobody's, gets nothing kept."""
    client.set_cookie("tiwizi", "of-nobody", domain=HOST)
    made = shown(client, address)
    client.delete_cookie("tiwizi", domain=HOST)
    return made


def wrong(it: World, client: FlaskClient, elsewhere: FlaskClient, taken: list[tuple[str, int, str, bool]]) -> list[str]:
    """After each change a page is asked in one of two processes: those that are not as they would be made."""
    found = []
    for change, number, page, there in taken:
        with transaction():
            CHANGES[change](it, number)
        address = it.addresses[page]
        if shown(elsewhere if there else client, address) != fresh(client, address):
            found.append(f"{page} after {change} {number}")
    return found


def test_no_kept_page_is_ever_out_of_date(kept, client, elsewhere, request):
    """Fifty changes and as many readings (a thousand in the long run), drawn by hypothesis, one after the other."""
    it = build()
    for address in it.addresses.values():
        settle(client, address)
        settle(elsewhere, address)

    @settings(
        max_examples=40 if request.config.getoption("--long") else 2,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(taken=steps)
    def hold(taken: list[tuple[str, int, str, bool]]) -> None:
        assert wrong(it, client, elsewhere, taken) == []

    hold()
    assert kept.hits > 10


def test_a_cache_that_looks_at_no_number_is_found_out(kept, client, elsewhere, monkeypatch):
    it = build()
    for address in it.addresses.values():
        settle(client, address)
    monkeypatch.setattr(page_cache.PageCache, "find", lambda self, key: self._pages.get(key))
    assert wrong(it, client, elsewhere, [("price", 3, "product", False), ("nothing", 0, "market", False)]) == [
        "product after price 3",
        "market after nothing 0",
    ]


def test_each_role_gets_its_own_page_and_a_stranger_the_strangers(kept, app, client):
    """Everybody asks for each page in turn, twice: kept bytes go to strangers alone, and are never made of anybody's."""
    it = build()
    people = {"chair": it.chair.person_id, "operator": it.office.person_id, "buyer": a_person("Nadia Bennani").id}
    marks = {"chair": "Aïcha", "buyer": "Nadia Bennani", "guest": "1 article"}
    browsers = {name: app.test_client() for name in (*people, "guest")}
    for name, person in people.items():
        sign_in(browsers[name], person)
    assert post(browsers["guest"], "/fr/basket/lines", variant=it.variant, quantity="2").status_code == 303
    for page in PUBLIC:
        address = it.addresses[page]
        stranger, hits, seen = settle(client, address), kept.hits, {}
        for turn in range(2):
            for name, browser in browsers.items():
                answer = browser.get(address)
                assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store"), (
                    page,
                    name,
                    turn,
                )
                seen[name] = answer.get_data(as_text=True)
            assert body(client, address) == stranger, page
        assert kept.hits == hits + 2, page
        for name, mark in marks.items():
            assert {one for one in seen if mark in seen[one]} == {name}, (page, mark)
            assert mark not in stranger, page
        assert len({*seen.values(), stranger}) == 5, page
