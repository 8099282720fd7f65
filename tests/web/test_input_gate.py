"""What no person types is refused before any handler sees it; what people do type gets through."""

import io
import json
import time
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from werkzeug.exceptions import RequestEntityTooLarge

from app.web.bodies import IN_MEMORY, MOST_FILES, MOST_HEAD, MOST_HEADS, MOST_PARTS, Heads
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


PART = b'--b\r\nContent-Disposition: form-data; name="title"'
FILE = PART + b'; filename="f"\r\n\r\n'
COSTLY_PARTS = {
    "a name of megabytes": PART + b"; a=" + b'\\"' * 1_500_000,
    "a name of many words": PART + b"; a=b" * 600_000 + b"\r\n\r\n1\r\n--b--\r\n",
    "many lines before the content": PART + b"\r\nX: y" * 400_000 + b"\r\n\r\n1\r\n--b--\r\n",
    "a name that does not end": PART + b"x" * 3_000_000,
    "a boundary that never comes": b"\r\n" * 1_500_000,
    "half boundaries": PART + b"\r\n\r\n" + b"\r\n--" * 900_000 + b"\r\n--b--\r\n",
    "ten thousand fields": (PART + b"\r\n\r\n1\r\n") * 10_000 + b"--b--\r\n",
    "ten thousand files": (FILE + b"1\r\n") * 10_000 + b"--b--\r\n",
    "a thousand heads of many words": (PART + b';a="\\"\\""' * 400 + b"\r\n\r\n1\r\n") * 900 + b"--b--\r\n",
    "a file more than any form brings": (FILE + b"1\r\n") * (MOST_FILES + 1) + b"--b--\r\n",
}


@pytest.mark.parametrize("body", COSTLY_PARTS.values(), ids=COSTLY_PARTS)
def test_parts_are_bounded_before_they_are_read(visit, seen, body):
    begun = time.process_time()
    answer = visit.post("/fr/rooms/write", data=body, content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, seen.writes) == (413, 0)
    assert time.process_time() - begun < 0.5  # it took up to 1.3 s of processor time


def test_a_form_of_many_files_and_long_names_gets_through(visit, seen):
    """Whatever the pieces are in which it comes."""
    name, rows = "é" * 2_000, io.BytesIO(b"a,1\r\n\r\n--b,2\r\n" * 20_000)
    files = {f"file-{number}": (io.BytesIO(b"x"), f"{name}{number}.jpg") for number in range(MOST_FILES - 1)}
    assert post(visit, "/fr/rooms/write", title="Thym", table=(rows, "goods.csv"), **files).status_code == 200
    assert seen.writes == 1


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1_000])
def test_a_form_is_read_as_it_was_sent_in_whatever_pieces_it_comes(size):
    body = FILE + b"a\r\n\r\n--bb\n\n\r\n" + PART + b"\r\n\r\nThym\r\n--b--\r\n"
    stream = Heads(io.BytesIO(body), "b")
    assert b"".join(iter(lambda: stream.read(size), b"")) == body
    long = Heads(io.BytesIO(FILE.replace(b"title", b"x" * MOST_HEAD)), "b")
    with pytest.raises(RequestEntityTooLarge):
        b"".join(iter(lambda: long.read(size), b""))


HEAD_OF_1024 = PART.ljust(1_023, b" ") + b"\r\n\r\n"  # "--b" is not of it


@pytest.mark.parametrize(
    ("form", "most"),
    [
        (lambda parts: (PART + b"\r\n\r\n1\r\n") * parts + b"--b--\r\n", MOST_PARTS),
        (lambda parts: HEAD_OF_1024 * parts + b"--b--\r\n", MOST_HEADS // 1024),
    ],
    ids=["parts", "heads"],
)
def test_parts_and_all_their_heads_are_counted_before_any_is_read(form, most):
    """A thousand heads of four thousand letters each took up to two seconds of processor time."""
    stream = Heads(io.BytesIO(form(most)), "b")
    assert stream.read() == form(most)
    with pytest.raises(RequestEntityTooLarge):
        Heads(io.BytesIO(form(most + 1)), "b").read()


@pytest.mark.parametrize("more", [b"", b"; filename=f"])
def test_a_part_without_a_name_is_refused(visit, seen, more):
    body = b"--b\r\nContent-Disposition: form-data" + more + b"\r\n\r\n1\r\n--b--\r\n"
    answer = visit.post("/fr/rooms/write", data=body, content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, seen.writes) == (400, 0)


def test_no_more_of_a_file_than_its_beginning_is_kept_in_memory(visit):
    """Of fifty at once, of eight visitors."""
    body = FILE + b"x" * (IN_MEMORY + 1) + b"\r\n--b--\r\n"
    sent = {"method": "POST", "data": body, "content_type": "multipart/form-data; boundary=b"}
    with visit.application.test_request_context("/fr/rooms/write", **sent) as context:
        upload = context.request.files["title"]
        assert upload.stream._rolled
        assert upload.read() == b"x" * (IN_MEMORY + 1)
        upload.close()


def test_a_form_without_files_is_bounded_as_a_form_where_files_are_taken(app, monkeypatch):
    """It is read in one, so that 64 MB of it would stand in memory twice."""
    taking = [rule for rule in app.url_map.iter_rules() if getattr(app.view_functions[rule.endpoint], "takes_files", False)]
    assert len(taking) > 3
    monkeypatch.setitem(app.config, "MAX_FORM_MEMORY_SIZE", 1_000)
    for rule in taking:
        address = rule.build(dict.fromkeys(rule.arguments, 1) | {"lang": "fr"})
        assert address is not None
        answer = app.test_client().post(address[1], data={"title": "x" * 1_001})
        assert answer.status_code == 413, rule


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
