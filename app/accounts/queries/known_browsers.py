"""Is this browser known to a person?"""

import hashlib
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import KnownBrowser
from app.accounts.rules.limits import BROWSER_LIFE
from app.engines.db import db


def hash_of_browser(token: str) -> str:
    """What is kept of what a browser keeps: a long random one needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def known_browser(person_id: int, token: str, moment: datetime) -> int | None:
    """The row of a browser the person has signed in with within half a year."""
    return db.session.scalar(
        select(KnownBrowser.id).where(
            KnownBrowser.token_hash == hash_of_browser(token),
            KnownBrowser.person_id == person_id,
            KnownBrowser.known_at > moment - BROWSER_LIFE,
        )
    )
