"""A neighbour that is ill stops nobody: a real house, letters or buyers all the time, and everything counted afterwards."""

import pytest

from bench.neighbours import ILLNESSES, measure


@pytest.mark.long
@pytest.mark.sqlite_only
@pytest.mark.parametrize("illness", ILLNESSES)
def test_an_ill_neighbour_delays_nothing_else_and_everything_happens_once(illness: str) -> None:
    """The waits of the settings are short here, so that half a minute holds as many of them as ten minutes of an office."""
    figures = measure(illness, 30)
    assert figures.broken == []
    assert len(figures.delays) > 10
    assert max(figures.delays) <= 5, figures.line()
    assert max(figures.health) <= 0.5, figures.line()
    assert figures.p95() <= 1, figures.line()
    assert figures.asked > 20
    assert figures.each_once, figures.line()
