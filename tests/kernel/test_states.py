"""A state table allows its moves and refuses every other."""

import pytest

from app.kernel.errors import Conflict
from app.kernel.states import States

PARCEL = States(
    "parcel",
    "packed",
    {
        "packed": {"ship": "on-the-way", "cancel": "cancelled"},
        "on-the-way": {"hand-over": "delivered"},
        "delivered": {},
        "cancelled": {},
    },
)


def test_every_pair_is_allowed_by_the_table_or_refused():
    allowed = {
        ("packed", "ship"): "on-the-way",
        ("packed", "cancel"): "cancelled",
        ("on-the-way", "hand-over"): "delivered",
    }
    assert len(PARCEL.pairs()) == 4 * 3
    for state, move in PARCEL.pairs():
        assert PARCEL.knows(state, move) is ((state, move) in allowed)
        if (state, move) in allowed:
            assert PARCEL.after(state, move) == allowed[state, move]
            continue
        with pytest.raises(Conflict) as refused:
            PARCEL.after(state, move)
        assert refused.value.code == "move-not-possible"
        assert refused.value.facts == {"states": "parcel", "state": state, "move": move}


def test_a_state_or_move_that_nobody_knows_is_refused():
    with pytest.raises(Conflict):
        PARCEL.after("lost", "ship")
    assert not PARCEL.knows("lost", "ship")
    assert PARCEL.moves("packed") == ["ship", "cancel"]
    assert (PARCEL.moves("delivered"), PARCEL.moves("cancelled")) == ([], [])


def test_a_table_with_a_hole_is_not_built():
    with pytest.raises(ValueError, match="gone"):
        States("broken", "a", {"a": {"leave": "gone"}})
    with pytest.raises(ValueError, match="broken"):
        States("broken", "z", {"a": {}})


def test_the_diagram_is_drawn_from_the_table():
    assert PARCEL.mermaid().splitlines() == [
        "stateDiagram-v2",
        "    [*] --> packed",
        "    packed --> on-the-way: ship",
        "    packed --> cancelled: cancel",
        "    on-the-way --> delivered: hand-over",
        "    delivered --> [*]",
        "    cancelled --> [*]",
    ]
