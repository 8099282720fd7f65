"""What a service says of a thing that is not there and of a word that nobody knows, for each thing it is given."""

import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.errors import Refusal
from tests.kinds.deeds import Deed, last_line, written_after
from tests.kinds.test_journal_lines import DEEDS, Undone
from tests.kinds.world import World
from tests.kinds.written import check_kept

pytestmark = pytest.mark.sqlite_only
NOT_THERE, NO_WORD = 987_654_321, "zz"


def instead(value: Any) -> list[Any]:
    """What is given instead of this; nothing where it is neither a number nor a word."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [NOT_THERE]
    return [NO_WORD, ""] if isinstance(value, str) else []


def strange(deed: Deed) -> Iterator[tuple[str, partial[Any]]]:
    """(what is given instead of what, the call) for each thing the service is given after its actor."""
    if not isinstance(deed.call, partial):
        return
    call = deed.call
    names = list(inspect.signature(call.func).parameters)
    for place, value in list(enumerate(call.args))[1:]:
        for other in instead(value):
            given = [*call.args[:place], other, *call.args[place + 1 :]]
            yield f"{names[min(place, len(names) - 1)]}={other}", partial(call.func, *given, **call.keywords)
    for name, value in call.keywords.items():
        for other in instead(value):
            yield f"{name}={other}", partial(call.func, *call.args, **call.keywords | {name: other})


def said(call: partial[Any]) -> str:
    """The word of the refusal, else the lines that were left; it is undone."""
    mark = last_line()
    part = db.session.begin_nested()
    try:
        call()
        db.session.flush()
        return ", ".join(f"{one.verb} {one.subject}" for one in written_after(mark))
    except Refusal as refused:
        return f"refused: {refused.code}"
    except Exception as failed:  # what no door lets through; it is written down as well
        return type(failed).__name__
    finally:
        part.rollback()


def test_what_is_not_there_is_refused_as_it_was_written(world: World, write_pages: bool) -> None:
    found = {}
    for name, prepare in DEEDS.items():
        with pytest.raises(Undone), transaction():
            deed = prepare(world)
            db.session.flush()
            found[name] = "".join(f"{what}: {said(call)}\n" for what, call in strange(deed))
            raise Undone
        db.session.rollback()
    check_kept("unknown", {name: lines for name, lines in found.items() if lines}, write_pages)
