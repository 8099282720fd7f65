"""A visitor who only reads leaves no row; a new token at sign-in; an ended session is worth nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.exc import OperationalError

from app.engines.db import db
from app.engines.sessions import SessionRow, hash_of
from app.engines.transactions import at_the_end, transaction
from app.factory import create_app
from app.web.sessions import ServerSession
from tests.browsing import HOST, post

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_sessions(rooms_house: Flask):
    with rooms_house.app_context(), transaction() as session:
        session.execute(delete(SessionRow))


def rows(house: Flask) -> int:
    with house.app_context():
        return db.session.scalar(select(func.count()).select_from(SessionRow))


def token(visit) -> str | None:
    cookie = visit.get_cookie("tiwizi", domain=HOST)
    return cookie.value if cookie else None


def kept(visit) -> str | None:
    return visit.get("/fr/rooms/read").get_json()["x"]


def test_who_only_reads_leaves_no_row_and_gets_no_cookie(visit, rooms_house):
    for path in ("/fr/", "/ar/legal/terms", "/fr/rooms/read", "/fr/nothing"):
        visit.get(path)
    assert (rows(rooms_house), token(visit)) == (0, None)


def test_the_first_writing_makes_a_row_and_a_guarded_cookie(visit, rooms_house):
    answer = post(visit, "/fr/rooms/session/basket")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("tiwizi="))
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Path=/"))
    assert (rows(rooms_house), kept(visit)) == (1, "basket")


def test_a_public_site_gives_secure_cookies_of_its_host_only(tmp_path):
    house = create_app(INSTANCE=tmp_path, PUBLIC_URL="https://coop.example", SECRET_KEY="k" * 40)
    with house.app_context():
        db.create_all()
    answer = house.test_client().post("/fr/sign-in", data={"contact": "x"}, base_url="https://coop.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tiwizi-csrf=")
    assert "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("planted", ["planted-by-a-stranger", "x" * 99, "x" * 3_000, "é", "' OR 1=1 --"])
def test_a_token_that_somebody_planted_is_not_taken_over(visit, rooms_house, planted):
    visit.set_cookie("tiwizi", planted, domain=HOST)
    assert kept(visit) is None
    post(visit, "/fr/rooms/session/basket")
    assert token(visit) not in {planted, None}


def test_a_renewed_session_keeps_its_data_under_a_new_token_and_the_old_is_worth_nothing(visit, rooms_house):
    post(visit, "/fr/rooms/session/basket")
    before = token(visit)
    post(visit, "/fr/rooms/session/renew")
    assert token(visit) != before
    assert rows(rooms_house) == 1
    thief = rooms_house.test_client()
    thief.set_cookie("tiwizi", before, domain=HOST)
    assert kept(thief) is None
    assert kept(visit) == "renew"


def test_an_ended_session_is_gone_on_the_server(visit, rooms_house):
    post(visit, "/fr/rooms/session/basket")
    copied = token(visit)
    post(visit, "/fr/rooms/session-gone")
    assert (token(visit), rows(rooms_house)) == (None, 0)
    thief = rooms_house.test_client()
    thief.set_cookie("tiwizi", copied, domain=HOST)
    assert kept(thief) is None


def test_a_second_tab_does_not_bring_an_ended_session_back(visit, rooms_house):
    post(visit, "/fr/rooms/session/basket")
    other_tab = rooms_house.test_client()
    other_tab.set_cookie("tiwizi", token(visit), domain=HOST)
    post(visit, "/fr/rooms/session-gone")
    post(other_tab, "/fr/rooms/session/late")
    with rooms_house.app_context():
        hashes = db.session.scalars(select(SessionRow.token_hash)).all()
    assert hash_of(token(other_tab)) in hashes
    assert len(hashes) == 1, "the second tab has a new session of a guest, not the ended one"


def test_what_is_put_in_during_a_transaction_is_stored_with_it_or_not_at_all(rooms_house):
    with rooms_house.test_request_context():
        mine = ServerSession(None)
        for undone in (lambda: 1 / 0, lambda: at_the_end("later", lambda: 1 / 0)):
            with pytest.raises(ZeroDivisionError), transaction():
                mine["x"] = "kept"
                undone()
            assert (rows(rooms_house), mine.fresh_token, mine.modified) == (0, None, True)
        with transaction():
            mine["x"] = "kept"
        assert (rows(rooms_house), mine.modified) == (1, False)
        assert ServerSession(mine.fresh_token)["x"] == "kept"
        with transaction():
            mine["x"] = "changed"
        assert (rows(rooms_house), ServerSession(mine.token)["x"]) == (1, "changed")


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_a_session_that_cannot_be_stored_is_told_and_not_promised(visit, rooms_house, monkeypatch, lang):
    """The database is locked between the work and the session: no cookie without a row, and no 500."""

    def locked(*_facts: object) -> None:
        raise OperationalError("INSERT INTO session", {}, Exception("database is locked"))

    monkeypatch.setattr("app.engines.sessions.start_session", locked)
    answer = post(visit, f"/{lang}/rooms/session/x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert f'<html lang="{lang}"' in answer.get_data(as_text=True)
    assert not [cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("tiwizi=")]


def test_reading_goes_on_when_the_moment_of_it_cannot_be_noted(visit, rooms_house, monkeypatch):
    def locked(*_facts: object) -> None:
        raise OperationalError("UPDATE session", {}, Exception("database is locked"))

    post(visit, "/fr/rooms/session/x")
    monkeypatch.setattr("app.engines.sessions.save_session", locked)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1)):
        answer = visit.get("/fr/rooms/read")
    assert (answer.status_code, answer.get_json()["x"]) == (200, "x")


def test_two_tabs_share_one_session(visit, rooms_house):
    post(visit, "/fr/rooms/session/first")
    other_tab = rooms_house.test_client()
    other_tab.set_cookie("tiwizi", token(visit), domain=HOST)
    post(other_tab, "/fr/rooms/session/second")
    assert (kept(visit), kept(other_tab), rows(rooms_house)) == ("second", "second", 1)


def test_a_session_ends_when_it_was_idle_for_14_days_and_lives_60_at_most(visit, rooms_house):
    with time_machine.travel(NOON, tick=False) as traveller:
        post(visit, "/fr/rooms/session/basket")
        for _ in range(5):
            traveller.shift(timedelta(days=13))
            if kept(visit) is None:
                break
        assert traveller is not None
        assert datetime.now(UTC) - NOON == timedelta(days=65)
        post(visit, "/fr/rooms/session/again")
        traveller.shift(timedelta(days=13, hours=23))
        assert kept(visit) == "again"
        traveller.shift(timedelta(days=14))
        assert kept(visit) is None


def test_reading_moves_the_idle_limit_at_most_every_ten_minutes(visit, rooms_house):
    def seen_at() -> datetime:
        with rooms_house.app_context():
            return db.session.scalar(select(SessionRow.seen_at))

    with time_machine.travel(NOON, tick=False) as traveller:
        post(visit, "/fr/rooms/session/basket")
        traveller.shift(timedelta(minutes=9))
        kept(visit)
        assert seen_at() == NOON
        traveller.shift(timedelta(minutes=2))
        kept(visit)
        assert seen_at() == NOON + timedelta(minutes=11)


def test_a_page_that_depends_on_the_session_says_so_to_caches(visit):
    assert "Cookie" in visit.get("/fr/rooms/read").headers["Vary"]
    assert visit.get("/fr/rooms/read").headers["Cache-Control"] == "no-store"
