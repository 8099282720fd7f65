"""The page about orders shows the states as they are."""

from orders.rules.states import AXES
from tests.house.diagrams import PAGE, axes_shown, drawn


def test_the_diagrams_are_those_of_the_tables() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert axes_shown(page) == set(AXES)
    assert drawn(page) == page, "run python -m tests.house.diagrams"
