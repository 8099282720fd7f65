"""What no person types is refused before any handler sees it; what people do type gets through."""

import io
import json
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest

from app.web.safety import MAX_FIELDS, MAX_TEXT
from tests.browsing import csrf_of, post

BAD = {"nul": "%00", "surrogate": "%ED%A0%80", "other half": "%ED%BF%BF", "half a letter": "%D8", "overlong": "%C0%AF"}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_an_address_that_is_not_text_is_refused(visit, bad):
    for query in (f"q=a{bad}b", f"{bad}=1"):
        assert visit.get(f"/fr/rooms/read?{query}").status_code == 400, query
    for path in (f"/fr/legal/terms{bad}", f"/{bad}", f"/static/{bad}", f"/fr/rooms/things/1{bad}"):
        raw = unquote_to_bytes(path).decode("latin-1")  # as a server hands it over; the test client would mend it
        assert visit.get("/", environ_overrides={"PATH_INFO": raw}).status_code == 400, path


@pytest.mark.parametrize("name", ["title", "ti\x00tle"])
def test_a_form_with_nul_is_refused_and_nothing_is_written(visit, seen, name):
    assert post(visit, "/fr/rooms/write", **{name: "a\x00b"}).status_code == 400
    assert seen.writes == 0


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_no_lone_surrogate_comes_in_by_a_form(visit, seen, kind):
    token = csrf_of(visit).encode()
    if kind.startswith("multipart"):
        body = (
            b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'
            + token
            + b'\r\n--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n'
        )
    else:
        body = b"csrf_token=" + token + b"&title=%ED%A0%80"
    visit.post("/fr/rooms/write", data=body, content_type=kind)
    with visit.application.test_request_context("/fr/rooms/write", method="POST", data=body, content_type=kind) as context:
        assert not any(0xD800 <= ord(letter) <= 0xDFFF for letter in context.request.form.get("title", ""))


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("7", 200),
        (str(2**63 - 1), 200),
        (str(2**63), 404),
        ("9" * 40, 404),
        ("9" * 5_000, 404),
        ("-1", 404),
        ("1.5", 404),
        ("١٢", 404),
    ],
)
def test_numbers_in_addresses_stop_at_63_bits(visit, number, status):
    assert visit.get(f"/fr/rooms/things/{number}").status_code == status


@pytest.mark.parametrize("number", [str(2**63), "9" * 5_000, "-1", "1e3", "0x10", "", " ", "1.250", "nan"])
def test_numbers_in_queries_stop_there_too(visit, number):
    answer = visit.get("/fr/rooms/read", query_string={"number": number})
    assert (answer.status_code, answer.get_json()["number"]) == (200, None)


@pytest.mark.parametrize("number", ["12", "١٢", "۱۲", "\u200e12", " 12 ", "'12"])
def test_a_number_in_a_query_is_read_in_any_digits(visit, number):
    assert visit.get("/fr/rooms/read", query_string={"number": number}).get_json()["number"] == 12


@pytest.mark.parametrize("page", ["0", "-1", "9" * 5_000, str(2**64), "x", "1.5", "", "٣", "1" * 9])
def test_a_page_number_of_nothing_is_the_first_or_the_last(visit, page):
    assert visit.get("/fr/rooms/read", query_string={"page": page}).status_code == 200


def test_a_field_that_does_not_end_is_refused(visit, seen):
    assert post(visit, "/fr/rooms/write", title="x" * (MAX_TEXT + 1)).status_code == 413
    assert post(visit, "/fr/rooms/write", **{"x" * (MAX_TEXT + 1): "1"}).status_code == 413
    assert post(visit, "/fr/rooms/write", **{f"field-{n}": "1" for n in range(MAX_FIELDS + 1)}).status_code == 413
    assert visit.get("/fr/rooms/read", query_string={"q": "x" * (MAX_TEXT + 1)}).status_code == 413
    assert seen.writes == 0
    assert post(visit, "/fr/rooms/write", title="x" * MAX_TEXT).status_code == 200


@pytest.mark.parametrize("body", [b"&" * 3_000_000, b"a&" * 1_500_000, b"a=1&" * MAX_FIELDS])
def test_fields_are_counted_before_they_are_read(visit, seen, body):
    sent = {"data": body, "content_type": "application/x-www-form-urlencoded"}
    assert visit.post("/fr/rooms/write", **sent).status_code == 413
    assert visit.get("/fr/rooms/read", query_string=body[: 2 * MAX_FIELDS + 4].decode()).status_code in (200, 413)
    assert seen.writes == 0


def test_a_form_larger_than_any_of_ours_is_refused(visit, seen, monkeypatch):
    fields = {f"field-{n}": "x" * 90_000 for n in range(60)}
    assert post(visit, "/fr/rooms/write", **fields).status_code == 413
    assert visit.application.config["MAX_CONTENT_LENGTH"] == 64 * 1024 * 1024
    large = {"data": b"x" * (4 * 1024 * 1024 + 1), "content_type": "multipart/form-data; boundary=b"}
    assert visit.post("/fr/rooms/write", **large).status_code == 413  # it takes no files
    monkeypatch.setitem(visit.application.config, "MAX_CONTENT_LENGTH", 100_000)
    big = (io.BytesIO(b"x" * 100_001), "big.jpg")
    assert post(visit, "/fr/rooms/write", picture=big).status_code == 413
    assert seen.writes == 0


def test_a_file_name_with_nul_is_refused(visit, seen):
    assert post(visit, "/fr/rooms/write", picture=(io.BytesIO(b"x"), "a\x00b.jpg")).status_code in {400, 200}
    assert post(visit, "/fr/rooms/write", picture=(io.BytesIO(b"x"), "x" * (MAX_TEXT + 1))).status_code in {400, 413}
    assert seen.writes <= 1


def test_a_long_search_is_cut_and_white_space_folded(visit):
    answer = visit.get("/fr/rooms/read", query_string={"q": "  huile \t d’argane\n" + "x" * 500})
    assert answer.get_json()["q"] == ("huile d’argane " + "x" * 500)[:200]


def test_naughty_strings_get_through_the_gate_without_harm(visit, seen, shared: Path):
    """Five hundred strings that broke other sites, as words and as fields."""
    strings = json.loads((shared / "data/messy/blns.json").read_text(encoding="utf-8"))
    for text in strings:
        refused = "\x00" in text
        assert visit.get("/fr/rooms/read", query_string={"q": text}).status_code == (400 if refused else 200), text
        assert post(visit, "/fr/rooms/write", title=text).status_code == (400 if refused else 200), text
    assert len(strings) > 500


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/ab/" + "x" * 300 + ".webp",
        "/pictures/../ab/x.webp",
        "/pictures/ab/..%2f..%2fsecret.webp",
        "/static/..%2f..%2fsettings.py",
        "/static/" + "x" * 300,
        "/static/.",
        "/static/../factory.py",
    ],
)
def test_no_file_outside_is_reached(visit, path):
    assert visit.get(path).status_code == 404


def test_a_body_that_does_not_say_its_length_is_refused(visit, seen, monkeypatch):
    monkeypatch.setitem(visit.environ_base, "HTTP_TRANSFER_ENCODING", "chunked")
    monkeypatch.setitem(visit.environ_base, "wsgi.input_terminated", True)  # as gunicorn says, which reads the chunks
    assert (post(visit, "/fr/rooms/write", title="Thym").status_code, seen.writes) == (400, 0)
    monkeypatch.undo()
    assert (post(visit, "/fr/rooms/write", title="Thym").status_code, seen.writes) == (200, 1)
