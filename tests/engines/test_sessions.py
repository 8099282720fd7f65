"""Sessions live in a table: found by a hash, bounded in time, ended on the server."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from app.engines.db import db
from app.engines.sessions import (
    ABSOLUTE,
    IDLE,
    SessionRow,
    end_session,
    end_sessions_of,
    find_session,
    forget_expired_sessions,
    hash_of,
    new_token,
    save_session,
    sessions_of,
    start_session,
)
from app.engines.transactions import transaction

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def begins(token: str, person_id: int | None = None, at: datetime = NOON) -> Row[Any]:
    with transaction():
        start_session(token, {"basket": 3}, person_id, "Firefox", at)
    found = find_session(token, at)
    assert found is not None
    return found


def test_a_session_is_found_by_its_token_which_is_not_stored(app):
    token = new_token()
    assert len(token) >= 43  # 256 bits
    row = begins(token, 7)
    assert (row.person_id, row.data, row.token_hash) == (7, {"basket": 3}, hash_of(token))
    assert find_session("another", NOON) is None
    stored = db.session.execute(select(SessionRow.__table__)).mappings().one()
    assert token not in str(dict(stored))


def test_an_idle_session_ends_and_a_used_one_goes_on(app):
    row = begins("t")
    assert find_session("t", NOON + IDLE - timedelta(seconds=1)) is not None
    assert find_session("t", NOON + IDLE) is None
    with transaction():
        assert save_session(row.id, row.created_at, {"basket": 4}, 7, NOON + timedelta(days=10))
    db.session.expire_all()
    assert find_session("t", NOON + timedelta(days=20)).data == {"basket": 4}


def test_no_session_is_older_than_sixty_days_however_often_it_is_used(app):
    row = begins("t")
    for day in range(1, 61, 7):
        with transaction():
            save_session(row.id, row.created_at, {}, 7, NOON + timedelta(days=day))
    db.session.expire_all()
    assert find_session("t", NOON + ABSOLUTE - timedelta(seconds=1)) is not None
    assert find_session("t", NOON + ABSOLUTE) is None


def test_an_ended_session_is_not_written_back_by_a_page_still_open(app):
    row = begins("t", 7)
    with transaction():
        end_session("t")
    with transaction():
        assert save_session(row.id, row.created_at, {"basket": 9}, 7, NOON) is False
    assert find_session("t", NOON) is None


def test_a_person_sees_and_ends_their_own_sessions_only(app):
    ids = [begins(token, 7, NOON + timedelta(minutes=n)).id for n, token in enumerate("abc")]
    begins("other", 8)
    assert [row.id for row in sessions_of(7, NOON)] == ids[::-1]
    with transaction():
        assert end_sessions_of(8, only=ids[0]) == 0
        assert end_sessions_of(7, only=ids[0]) == 1
        assert end_sessions_of(7, but=ids[2]) == 1
    assert [row.id for row in sessions_of(7, NOON)] == [ids[2]]
    with transaction():
        assert end_sessions_of(7) == 1
    assert find_session("other", NOON) is not None


def test_expired_sessions_are_swept(app):
    begins("old")
    begins("new", at=NOON + timedelta(days=1))
    with transaction():
        forget_expired_sessions(NOON + IDLE)
    assert db.session.scalars(select(SessionRow.token_hash)).all() == [hash_of("new")]


def test_a_device_name_is_kept_short(app):
    with transaction():
        start_session("t", {}, None, "x" * 5000, NOON)
    assert len(find_session("t", NOON).device) == 200
