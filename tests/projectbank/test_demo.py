"""The demo's sheets and group stand as promised, twice loaded like once."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.accounts.module import MODULE as ACCOUNTS
from app.engines.db import db
from projectbank.demo.load import load
from projectbank.models import FoundingGroup, GroupMember, Sheet
from projectbank.queries.checks import broken_groups, incomplete_sheets, unexplained_states


def unseen(done, total):
    """A progress bar nobody looks at."""


@pytest.fixture
def people(app):
    ACCOUNTS.demo("small", unseen)


def states():
    return Counter(db.session.scalars(select(Sheet.state)))


def test_16_sheets_and_a_group_of_four_of_five(people):
    load("small", unseen), load("small", unseen)
    assert states() == {"published": 13, "submitted": 2, "returned": 1}
    groups = select(FoundingGroup.state, func.count()).join(GroupMember).group_by(FoundingGroup.id)
    assert db.session.execute(groups).one() == ("forming", 4)
    assert [*incomplete_sheets(), *unexplained_states(), *broken_groups()] == []


def test_the_large_demo_has_500_sheets_that_hold(people):
    load("large", unseen), load("large", unseen)
    assert sum(states().values()) == 500
    assert len(set(db.session.scalars(select(Sheet.region).where(Sheet.state == "published")))) == 12
    assert [*incomplete_sheets(), *unexplained_states(), *broken_groups()] == []
