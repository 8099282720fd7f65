"""The language is the first part of every address; links stay on this site."""

import pytest

from app.web.access import safe_next
from app.web.paging import address_with, toggled

ELSEWHERE = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "/\tevil",
    "/\n//evil.example",
    " /fr/",
    "fr/",
    "",
    "/fr/\r\nX: y",
    "data:text/html,x",
    "/\x00/",
]


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("ar-MA,ar;q=0.9", "/ar/"),
        ("en-GB,en;q=0.8", "/en/"),
        ("fr-MA", "/fr/"),
        ("de,ja", "/fr/"),
        ("", "/fr/"),
        ("*", "/fr/"),
    ],
)
def test_the_bare_address_goes_to_the_visitors_language(visit, wanted, first):
    answer = visit.get("/", headers={"Accept-Language": wanted})
    assert (answer.status_code, answer.location) == (302, first)
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("code", ["fr", "ar", "en"])
def test_a_page_names_its_language_and_its_sisters(visit, code):
    text = visit.get(f"/{code}/sign-in?x=1").get_data(as_text=True)
    assert f'<html lang="{code}" dir="{"rtl" if code == "ar" else "ltr"}">' in text
    site = visit.application.config["PUBLIC_URL"]
    for other in ("fr", "ar", "en"):
        assert f'<link rel="alternate" hreflang="{other}" href="{site}/{other}/sign-in">' in text
        assert f'href="/{other}/sign-in?x=1"' in text  # whoever changes the language keeps what was asked


def test_links_of_a_page_keep_its_language(visit):
    text = visit.get("/ar/").get_data(as_text=True)
    assert 'href="/ar/legal/terms"' in text
    assert 'href="/fr/legal/terms"' not in text


@pytest.mark.parametrize("code", ["de", "zgh", "FR", "fr-MA", "f"])
def test_a_language_we_do_not_have_is_no_page(visit, code):
    assert visit.get(f"/{code}/legal/terms").status_code == 404


@pytest.mark.parametrize(
    ("path", "leads_to"), [("/fr", "/fr/"), ("/fr?x=1&y=é", "/fr/?x=1&y=%C3%A9"), ("/fr//legal//terms", "/fr/legal/terms")]
)
def test_the_way_to_the_right_address_does_not_repeat_the_host_the_visitor_sent(visit, path, leads_to):
    answer = visit.get(path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.location) == (308, leads_to)
    raw = visit.get("/", environ_overrides={"PATH_INFO": "//evil.example//fr"}, headers={"Host": "evil.example"})
    assert (raw.location or "/").startswith("/")
    assert not (raw.location or "/").startswith("//")


@pytest.mark.parametrize("target", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_nobody_is_led_to_another_site(visit, target):
    assert safe_next(target) is None
    answer = visit.get("/fr/rooms/then", query_string={"next": target})
    assert answer.status_code == 400 if "\x00" in target else answer.location == "/fr/"


@pytest.mark.parametrize("target", ["/fr/market?q=argan&page=2", "/ar/checkout", "/fr/a//b", "/fr/?next=//evil.example"])
def test_a_path_of_ours_is_followed(visit, target):
    assert safe_next(target) == target
    assert visit.get("/fr/rooms/then", query_string={"next": target}).location == target


def test_who_must_sign_in_comes_back_to_the_page(visit):
    answer = visit.get("/ar/rooms/mine?x=1")
    assert (answer.status_code, answer.location) == (302, "/ar/sign-in?next=/ar/rooms/mine?x%3D1")
    assert visit.get("/ar/rooms/mine", headers={"Accept": "application/json"}).status_code in {302, 401}


@pytest.mark.parametrize("host", ["evil.example", "localhost:99", "evil.example@localhost"])
def test_a_forged_host_does_not_get_into_a_page(visit, host):
    answer = visit.get("/fr/", headers={"Host": host})
    assert "evil.example" not in answer.get_data(as_text=True)
    assert "evil" not in (visit.get("/", headers={"Host": host}).location or "")


@pytest.mark.parametrize(
    "name", ["lang", "endpoint", "_scheme", "_external", "_anchor", "_method", "filename", "self", "page "]
)
def test_a_strange_parameter_of_a_list_is_carried_along_and_means_nothing(visit, name):
    """What url_for or the route take for their own arguments is only text here."""
    query = {name: "javascript", "region": "MA-01"}
    with visit.application.test_request_context("/fr/rooms/read", query_string=query):
        visit.application.preprocess_request()
        written = name.replace(" ", "+")
        assert address_with(region=None, page="2") == f"/fr/rooms/read?{written}=javascript&page=2"
        assert toggled("region", "MA-01") == f"/fr/rooms/read?{written}=javascript"
        assert toggled("region", "MA-02") == f"/fr/rooms/read?{written}=javascript&region=MA-01&region=MA-02"


@pytest.mark.parametrize("path", ["/fr/market", "/en/projects", "/ar/cooperatives"])
@pytest.mark.parametrize("query", ["lang=x&region=MA-01", "_scheme=javascript&_external=1&region=MA-01", "endpoint=x"])
def test_lists_answer_whatever_is_asked(client, path, query):
    page = client.get(f"{path}?{query}")
    assert page.status_code == 200
    assert "javascript:" not in page.get_data(as_text=True)
