"""What a sheet must say and which moves there are; without a database."""

import pytest

from app.kernel.errors import Conflict, Invalid
from projectbank.rules import (
    GROUP,
    PITCH_LONGEST,
    SHEET,
    SUMMARY_LONGEST,
    EquipmentFacts,
    EvidenceFacts,
    RiskFacts,
    SheetFacts,
    TextFacts,
    check_facts,
    check_text,
    equipment_total,
    missing_fields,
    require_complete,
    require_enough,
    require_room,
)

COMPLETE = SheetFacts("idea", "MA-04", None, "agriculture", (8,), 25_000_000, None, 5)
WORDS = TextFacts("Miellerie", "Extraire le miel.", need="Le miel part en vrac.")
SHEET_MOVES = {
    ("draft", "submit"): "submitted",
    ("submitted", "publish"): "published",
    ("submitted", "return"): "returned",
    ("returned", "submit"): "submitted",
    ("published", "withdraw"): "archived",
}
GROUP_MOVES = {
    ("forming", "make-ready"): "ready",
    ("ready", "reopen"): "forming",
    ("forming", "dissolve"): "dissolved",
    ("ready", "dissolve"): "dissolved",
}


@pytest.mark.parametrize(("table", "known"), [(SHEET, SHEET_MOVES), (GROUP, GROUP_MOVES)])
def test_every_pair_of_state_and_move_is_either_known_or_refused(table, known):
    for state, move in table.pairs():
        if (state, move) in known:
            assert table.after(state, move) == known[state, move]
        else:
            with pytest.raises(Conflict, match="move-not-possible"):
                table.after(state, move)


def test_a_complete_idea_misses_nothing_and_an_empty_one_misses_eight_fields():
    assert missing_fields(COMPLETE, WORDS) == []
    assert missing_fields(SheetFacts(), TextFacts()) == [
        "title",
        "pitch",
        "need",
        "region",
        "sector",
        "investment",
        "members_min",
        "sdgs",
    ]


def test_a_model_must_also_explain_itself():
    with pytest.raises(Invalid) as refused:
        require_complete(SheetFacts("model", "MA-04", None, "agriculture", (8,), 1, None, 5), WORDS)
    assert (refused.value.code, refused.value.facts["missing"]) == ("sheet-incomplete", "summary,market")


@pytest.mark.parametrize(("name", "limit"), [("pitch", PITCH_LONGEST), ("summary", SUMMARY_LONGEST)])
def test_a_text_may_reach_its_limit_and_not_pass_it(name, limit):
    check_text(TextFacts("Miel", **{name: "x" * limit}))
    with pytest.raises(Invalid) as refused:
        check_text(TextFacts("Miel", **{name: "x" * (limit + 1)}))
    assert (refused.value.code, refused.value.field, refused.value.facts["limit"]) == ("text-too-long", name, limit)


def test_limits_are_160_and_1200():
    assert (PITCH_LONGEST, SUMMARY_LONGEST) == (160, 1200)


def test_equipment_may_cost_the_investment_and_not_one_centime_more():
    lines = (EquipmentFacts({"fr": "Presse"}, 2, 8_500_000), EquipmentFacts({"fr": "Cuve"}, 1, 1))
    assert equipment_total(lines) == 17_000_001
    check_facts(SheetFacts(investment=17_000_001, equipment=lines))
    with pytest.raises(Invalid, match="equipment-above-investment"):
        check_facts(SheetFacts(investment=17_000_000, equipment=lines))


@pytest.mark.parametrize(
    ("facts", "code", "field"),
    [
        ({"kind": "wish"}, "kind-unknown", "kind"),
        ({"sdgs": (1, 2, 3, 4)}, "too-many-goals", "sdgs"),
        ({"sdgs": (18,)}, "too-many-goals", "sdgs"),
        ({"sdgs": (5, 5)}, "too-many-goals", "sdgs"),
        ({"investment": 0}, "amount-out-of-range", "investment"),
        ({"investment": 100, "own_part": 101}, "own-part-too-large", "own_part"),
        ({"members_min": 1}, "members-too-few", "members_min"),
        ({"members_min": 5, "members_target": 4}, "target-below-minimum", "members_target"),
        ({"jobs": -1}, "sheet-number-out-of-range", "jobs"),
        ({"risks": (RiskFacts({"fr": "Gel"}, {}, 6, 1),)}, "risk-out-of-scale", "risks"),
        ({"risks": (RiskFacts({"fr": " "}, {}, 1, 1),)}, "line-needs-words", "risks"),
        ({"risks": (RiskFacts({"fr": "Gel"}, {"fr": "x" * 2001}, 1, 1),)}, "text-too-long", "risks"),
        ({"equipment": (EquipmentFacts({}, 1, 100),)}, "line-needs-words", "equipment"),
        ({"equipment": (EquipmentFacts({"fr": "x" * 201}, 1, 100),)}, "text-too-long", "equipment"),
        ({"equipment": (EquipmentFacts({"fr": "Cuve"}, 10_001, 1),)}, "amount-out-of-range", "equipment"),
        ({"equipment": (EquipmentFacts({"fr": "Cuve"}, 1, 10**13 + 1),)}, "amount-out-of-range", "equipment"),
        ({"equipment": (EquipmentFacts({"fr": "Cuve"}, 1, 100, 0),)}, "sheet-number-out-of-range", "equipment"),
        ({"equipment": (EquipmentFacts({"fr": "Cuve"}, 1, 100, 101),)}, "sheet-number-out-of-range", "equipment"),
        ({"evidence": (EvidenceFacts({"fr": "12 %"}, 10**20, "HCP"),)}, "sheet-number-out-of-range", "evidence"),
    ],
)
def test_impossible_facts_are_refused_on_their_field(facts, code, field):
    with pytest.raises(Invalid) as refused:
        check_facts(SheetFacts(**facts))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_group_needs_the_members_of_its_sheet_and_has_room_for_60():
    require_enough(5, 5)
    with pytest.raises(Conflict, match="too-few-members"):
        require_enough(4, 5)
    require_room(30, 29)
    with pytest.raises(Conflict, match="group-full"):
        require_room(31, 29)
