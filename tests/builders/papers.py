"""Private papers for tests: rows and files that stand when the function returns."""

import io
from datetime import date
from functools import cache

from PIL import Image

from app.accounts.models import Organisation, Person
from app.accounts.rules.papers import FILE_ROLES, ORGANISATION
from app.accounts.services.papers import PaperFacts, add_paper
from app.engines.files import store
from app.engines.transactions import transaction
from app.kernel.clock import now
from tests.builders.accounts import actor_of


@cache
def _drawn(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (12, 17), colour).save(out, "WEBP")
    return out.getvalue()


def a_stored_paper(colour: str = "white") -> tuple[str, bytes]:
    """A file as `store_paper` gives it, without the process that makes it anew."""
    key, content = store.new_key("papers", "webp"), _drawn(colour)
    store.put(key, content)
    return key, content


def a_paper(
    person: Person, organisation: Organisation, kind: str = "statutes", number: str = "", expires_on: date | None = None
) -> int:
    """A paper of an organisation's file, given by its chair or treasurer."""
    facts = PaperFacts(kind, ORGANISATION, organisation.id, FILE_ROLES, number, expires_on)
    with transaction():
        return add_paper(actor_of(person), organisation.id, facts, a_stored_paper(), now())
