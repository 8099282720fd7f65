"""The figures for who watches the house: counted by rule, told to who may read them, with nobody's words in them."""

import re

import pytest

from app.engines.jobs import enqueue
from app.engines.transactions import transaction

TOKEN = "a token of thirty-two characters"
HERE = {"REMOTE_ADDR": "127.0.0.1"}


def read(visit, headers=None, address="127.0.0.1", host="127.0.0.1:8000"):
    return visit.get("/metrics", headers=headers, base_url=f"http://{host}", environ_overrides={"REMOTE_ADDR": address})


def figure(text, name):
    """The value of one line."""
    return float(re.search(rf"^{re.escape(name)} ([0-9.e+-]+)$", text, re.MULTILINE)[1])


def test_requests_are_counted_by_the_rule_that_answered(visit):
    for path in ("/fr/rooms/things/7", "/fr/rooms/things/8?q=CANARY", "/CANARY/nowhere"):
        visit.get(path)
    text = read(visit).text
    rule = 'method="GET",route="/<any(fr,ar,en):lang>/rooms/things/<int:thing_id>",status="200"'
    assert figure(text, f"tiwizi_requests_total{{{rule}}}") >= 2
    assert 'route="-",status="404"' in text
    assert figure(text, 'tiwizi_request_seconds_count{method="GET"}') >= 2
    assert figure(text, "process_resident_memory_bytes") > 1_000_000
    assert "CANARY" not in text


def test_what_waits_is_told_by_lane(visit, rooms_house):
    with rooms_house.app_context():
        before = figure(read(visit).text, 'tiwizi_jobs_due{lane="search"}')
        with transaction():
            enqueue("house.optimise-search")
        text = read(visit).text
    assert figure(text, 'tiwizi_jobs_due{lane="search"}') == before + 1
    assert figure(text, 'tiwizi_jobs_oldest_seconds{lane="search"}') >= 0
    assert figure(text, 'tiwizi_jobs_given_up{lane="letters"}') == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "localhost", "[::1]:8000"])
def test_without_a_token_this_machine_reads_them(visit, address, host):
    assert read(visit, address=address, host=host).status_code == 200


@pytest.mark.parametrize(
    ("headers", "address", "host"),
    [
        ({}, "192.0.2.7", "127.0.0.1:8000"),
        ({}, "127.0.0.1", "coop.example"),  # a proxy that says nothing but the name it was asked for
        *(
            ({name: "127.0.0.1"}, "127.0.0.1", "127.0.0.1:8000")
            for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via")
        ),
        ({"Authorization": f"Bearer {TOKEN}"}, "192.0.2.7", "coop.example"),
        ({"Authorization": "Bearer "}, "192.0.2.7", "coop.example"),
    ],
)
def test_without_a_token_nobody_else_finds_them(visit, headers, address, host):
    answer = read(visit, headers, address, host)
    assert (answer.status_code, "tiwizi_" in answer.text) == (404, False)


@pytest.mark.parametrize("said", ["", TOKEN, f"Bearer {TOKEN}x", f"bearer {TOKEN}", "Bearer é", "Basic x"])
def test_with_a_token_it_alone_opens_them_also_here(visit, rooms_house, monkeypatch, said):
    monkeypatch.setitem(rooms_house.config, "METRICS_TOKEN", TOKEN)
    headers = {"Authorization": said} if said else {}
    assert read(visit, headers).status_code == 404
    answer = read(visit, {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.7"}, "192.0.2.7", "coop.example")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
