"""Flask's session over the rows of engines.sessions: read lazily, written only when something was put into it."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from flask import Flask, Request, Response
from flask import request as flask_request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.exc import OperationalError

from app.engines import sessions
from app.engines.transactions import after_transaction, at_the_end, inside_transaction, transaction
from app.kernel.clock import now
from app.web.errors import answer_busy


class ServerSession(SessionMixin):
    """The session of one request. Nothing is read from the database before somebody asks."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.ended: list[str] = []
        self.row_id: int | None = None
        self.created_at: datetime | None = None
        self.fresh_token: str | None = None
        self.modified = False
        self.stale = False
        self._data: dict[str, Any] | None = None

    @property
    def data(self) -> dict[str, Any]:
        if self._data is None:
            self._data = {}
            moment = now()
            row = sessions.find_session(self.token, moment) if self.token else None
            if row is not None:
                self._data = dict(row.data)
                self.row_id, self.created_at = row.id, row.created_at
                self.stale = moment - row.seen_at > sessions.TOUCH_EVERY
        return self._data

    def renew(self) -> None:
        """A new token for the same data: at sign-in, so that a token known before is worth nothing after."""
        kept = self.data
        if self.row_id is not None and self.token:
            self.ended.append(self.token)
        self.token, self.row_id, self._data = None, None, kept
        self.fresh_token = None
        self._changed()

    def _changed(self) -> None:
        """What was put in while a transaction is open is stored with it."""
        self.modified = True
        if inside_transaction():
            self.keep()

    def keep(self) -> None:
        """Store it at the end of the caller's transaction: what was checked there still holds when the session begins."""
        at_the_end("session", self._store)

    def _store(self) -> None:
        for token in self.ended:
            sessions.end_session(token)
        person_id, moment = int(self["_user_id"]) if self.get("_user_id") else None, now()
        if self.row_id is not None and self.created_at is not None:
            sessions.save_session(self.row_id, self.created_at, self.data, person_id, moment)
            after_transaction(self._stored)
        elif self.modified and self.data:
            token = sessions.new_token()
            row_id = sessions.start_session(token, dict(self.data), person_id, _device(), moment)
            after_transaction(partial(self._begun, token, row_id, moment))

    def _begun(self, token: str, row_id: int, moment: datetime) -> None:
        self.token = self.fresh_token = token
        self.row_id, self.created_at = row_id, moment
        self._stored()

    def _stored(self) -> None:
        self.modified = self.stale = False

    def end(self) -> None:
        """Sign-out: the row goes, the cookie goes."""
        if self.data is not None and self.row_id is not None and self.token:
            self.ended.append(self.token)
        self.token, self.row_id, self._data, self.modified = None, None, {}, False
        self.fresh_token = None

    def __getitem__(self, key: str) -> Any:
        return self.data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.data[key] = value
        self._changed()

    def __delitem__(self, key: str) -> None:
        del self.data[key]
        self._changed()

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


class ServerSessions(SessionInterface):
    """Opens and saves ServerSession."""

    def cookie_name(self, app: Flask) -> str:
        return "__Host-tiwizi" if app.config["SECURE"] else "tiwizi"

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        token = request.cookies.get(self.cookie_name(app))
        return ServerSession(token if token and len(token) < 100 else None)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, ServerSession):
            return
        try:
            if session.modified or session.stale or (session.ended and session.fresh_token is None):
                with transaction():
                    session.keep()
        except OperationalError as trouble:  # locked, full or away just now
            if session.modified or session.ended:
                _say_busy(response, trouble)
            return
        if session._data is not None:
            response.vary.add("Cookie")
        if session.fresh_token is not None:
            response.set_cookie(
                self.cookie_name(app),
                session.fresh_token,
                max_age=int(sessions.ABSOLUTE.total_seconds()),
                path="/",
                secure=app.config["SECURE"],
                httponly=True,
                samesite="Lax",
            )
        elif session.ended:
            response.delete_cookie(
                self.cookie_name(app), path="/", secure=app.config["SECURE"], httponly=True, samesite="Lax"
            )


def _say_busy(response: Response, trouble: OperationalError) -> None:
    """The answer was ready, but what it promises could not be kept: it becomes the page that says so."""
    page = answer_busy(trouble)
    for name in ("Location", "Content-Encoding"):
        response.headers.pop(name, None)
    response.headers.update({name: page.headers[name] for name in ("Content-Type", "Retry-After")})
    response.status_code = page.status_code
    response.set_data(page.get_data())


def _device() -> str:
    return str(flask_request.headers.get("User-Agent", ""))
