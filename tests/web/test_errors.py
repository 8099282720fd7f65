"""Everything that goes wrong is told in the reader's language, as a page or as problem+json, and never more than that."""

import json
import logging
import re

import pytest

from app.engines.language import speaking, translate
from app.web.errors import PAGES

ADDRESSES = {
    400: "abort/400",
    403: "refuse/403",
    404: "refuse/404",
    405: "write",
    409: "refuse/409",
    413: "abort/413",
    415: "abort/415",
    422: "refuse/422",
    429: "refuse/429",
    500: "broken",
    503: "busy",
}
DIRECTIONS = {"fr": "ltr", "ar": "rtl", "en": "ltr"}


@pytest.mark.parametrize("code", ["fr", "ar", "en"])
@pytest.mark.parametrize(("status", "address"), ADDRESSES.items(), ids=map(str, ADDRESSES))
def test_a_page_says_what_happened_in_the_readers_language(visit, status, address, code):
    answer = visit.get(f"/{code}/rooms/{address}")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    text = answer.get_data(as_text=True)
    with speaking(code):
        title = translate(PAGES[status][0])
    assert (title == PAGES[status][0]) is (code == "en"), "the title is translated"
    assert title in text
    assert f'<html lang="{code}" dir="{DIRECTIONS[code]}">' in text
    assert answer.headers["X-Request-Id"] in text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("code", ["fr", "ar", "en"])
@pytest.mark.parametrize(("status", "address"), ADDRESSES.items(), ids=map(str, ADDRESSES))
def test_a_program_gets_the_same_as_problem_json(visit, status, address, code):
    for accepted in ("application/json", "application/problem+json"):
        answer = visit.get(f"/{code}/rooms/{address}", headers={"Accept": accepted})
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
        problem = answer.get_json()
        with speaking(code):
            assert problem["title"] == translate(PAGES[status][0])
        assert (problem["type"], problem["status"]) == ("about:blank", status)
        assert problem["detail"]
        assert problem["request_id"] == answer.headers["X-Request-Id"]


def test_a_refusal_tells_its_code_its_facts_and_its_sentence(visit):
    problem = visit.get("/fr/rooms/refuse/409", headers={"Accept": "application/json"}).get_json()
    assert (problem["code"], problem["facts"]["available"]) == ("of-the-tests", 3)
    assert problem["detail"].endswith(": 3.") or " 3" in problem["detail"]
    assert "%(" not in problem["detail"]


def test_who_is_busy_says_when_to_come_back(visit):
    assert visit.get("/fr/rooms/refuse/429").headers["Retry-After"] == "42"
    assert visit.get("/fr/rooms/busy").headers["Retry-After"] == "5"


def test_what_may_be_done_instead_is_named(visit):
    assert set(visit.get("/fr/rooms/write").headers["Allow"].split(", ")) == {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def test_nothing_of_the_inside_is_shown_and_the_log_has_it(visit, caplog):
    with caplog.at_level(logging.ERROR):
        answer = visit.get("/fr/rooms/broken")
    text = answer.get_data(as_text=True)
    assert not re.search(r"Traceback|ZeroDivision|division|\.py\b", text)
    assert "ZeroDivisionError" in caplog.text
    busy = visit.get("/fr/rooms/busy").get_data(as_text=True)
    assert "secret" not in busy
    assert "locked" not in busy


@pytest.mark.parametrize(
    "path", ["/fr/no-such-page", "/no-such-page", "/fr", "/xx/", "/fr/rooms/things/abc", "/api/v1/nothing"]
)
def test_an_address_of_nothing_is_404_or_leads_to_the_right_one(visit, path):
    answer = visit.get(path)
    assert answer.status_code in ({308} if path == "/fr" else {404})
    if path.startswith("/api/"):
        assert json.loads(answer.data)["status"] == 404


def test_the_page_of_an_error_is_in_the_browsers_language_where_the_address_has_none(visit):
    text = visit.get("/nothing", headers={"Accept-Language": "ar-MA,ar;q=0.9,en;q=0.5"}).get_data(as_text=True)
    assert '<html lang="ar" dir="rtl">' in text
