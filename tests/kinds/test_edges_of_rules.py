"""Rules that reckon, at their edge: what still counts, and what one more or one less makes of it. Nothing is stored here."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from academy.rules.kinds import KINDS as QUESTIONS
from academy.rules.questions import Result
from app.accounts.rules.passwords import check_password, person_name
from app.kernel import typed
from app.kernel.errors import Refusal
from app.kernel.messages import parts_of
from app.kernel.money import Money, names_currency, names_money
from app.kernel.typed import own_whole, reason
from app.web.reading import choices, whole
from catalog.gateway.goods import language_of, spoken_in
from catalog.gateway.report import Outcome, report_on
from orders.rules.amounts import amounts, checked_count
from orders.rules.trust import Standing, must_wait, require_room
from projectbank.forms import ProposalForm
from projectbank.rules import EquipmentFacts, EvidenceFacts, RiskFacts, SheetFacts, check_facts, group_name, require_enough
from projectbank.rules import require_room as room_in_group
from tests.builders.projectbank import some_facts

KINDS = {kind: QUESTIONS[kind] for kind in ("choice", "several", "numeric", "ordering")}
POT = EquipmentFacts({"fr": "Pot"}, 1, 100)
DRY = RiskFacts({"fr": "La sécheresse"}, {"fr": "Un puits"}, 1, 1)
SEEN = EvidenceFacts({"fr": "60 %"}, 2024, "La commune")
MAD = "MAD"


def told(does: Callable[[], Any]) -> Any:
    """The answer, or the word of the refusal."""
    try:
        return does()
    except Refusal as refused:
        return refused.code


def sheet(**facts: Any) -> Callable[[], Any]:
    return lambda: check_facts(some_facts(**facts))


def marked(number: str) -> Callable[[], bool]:
    return lambda: KINDS["numeric"].mark({"number": number}, {"value": "12.5", "tolerance": "0.5"})


def fee(goods: int) -> int:
    return amounts([(Money(goods, MAD), 1)], Money(500, MAD), 1_000, 0).delivery.amount


SPACED = "d i r h a m s"
EDGES: dict[str, tuple[Callable[[], Any], Any]] = {
    "a name of money of thirty signs": (lambda: names_currency(SPACED + " " * (30 - len(SPACED)), MAD), True),
    "one of thirty-one": (lambda: names_currency(SPACED + " " * (31 - len(SPACED)), MAD), False),
    "a sign of money among thirty": (lambda: names_money("x" * 29 + "€"), True),
    "among thirty-one": (lambda: names_money("x" * 30 + "€"), False),
    "less money": (
        lambda: (Money(1, MAD) < Money(1, MAD), Money(1, MAD) <= Money(1, MAD), Money(0, MAD) < Money(1, MAD)),
        (False, True, True),
    ),
    "a share rounded from both sides": (lambda: [Money(n, MAD).share(5_000).amount for n in (1, 0, -1)], [1, 0, -1]),
    "a name of two letters": (lambda: person_name("Al"), "Al"),
    "of one": (lambda: person_name("A"), "name-needed"),
    "a name of eighty": (lambda: len(person_name("A" * 80)), 80),
    "of eighty-one": (lambda: person_name("A" * 81), "name-needed"),
    "five signs in all": (lambda: told(lambda: check_password("kvzmxkzvxmvk")), "kvzmxkzvxmvk"),
    "four signs in all": (lambda: check_password("kvzmkzvmkmvz"), "password-too-common"),
    "a piece of six again, and a part of it": (
        lambda: told(lambda: check_password("qzvmkxqzvmkxqz")),
        "password-too-common",
    ),
    "a piece of seven": (lambda: told(lambda: check_password("qzvmkxwqzvmkxwqz")), "qzvmkxwqzvmkxwqz"),
    "seven steps of ten along the keys": (lambda: check_password("qwertyuiopxasdfghkzmv"), "password-too-common"),
    "fewer": (lambda: check_password("qwertyuiopxasdfgxkzmv"), "qwertyuiopxasdfgxkzmv"),
    "eight letters beside one's own name": (lambda: check_password("samirakvzmxqwd", ["Samira"]), "samirakvzmxqwd"),
    "seven": (lambda: check_password("samirakvzmxqw", ["Samira"]), "password-is-own-name"),
    "a part of a name of three letters": (lambda: check_password("alikvzmxalib", ["Ali"]), "password-is-own-name"),
    "of two": (lambda: check_password("ikvzmxikbwqd", ["Ik"]), "ikvzmxikbwqd"),
    "two common words": (lambda: check_password("bonjour-soleil1"), "password-too-common"),
    "a number within its tolerance": (marked("13"), True),
    "beyond it": (marked("13.01"), False),
    "below it": (marked("12"), True),
    "further below": (marked("11.99"), False),
    "no tolerance": (lambda: KINDS["numeric"].measure("5", "0"), ("5", "0")),
    "one below nothing": (lambda: KINDS["numeric"].measure("5", "-1"), "tolerance-negative"),
    "one answer to choose from": (lambda: KINDS["choice"].problem(1, 1), "question-needs-options"),
    "two, one right": (lambda: KINDS["choice"].problem(2, 1), None),
    "two, both right": (lambda: KINDS["choice"].problem(2, 2), "question-needs-one-right"),
    "several of one": (lambda: KINDS["several"].problem(1, 1), "question-needs-options"),
    "several of two": (lambda: KINDS["several"].problem(2, 1), None),
    "several, all right": (lambda: KINDS["several"].problem(2, 2), "question-needs-right-and-wrong"),
    "several, none right": (lambda: KINDS["several"].problem(2, 0), "question-needs-right-and-wrong"),
    "two chosen where one is right": (lambda: KINDS["choice"].read(["a", "b"], ["a", "b"]), "answer-unknown"),
    "all chosen where several are": (lambda: KINDS["several"].read(["a", "b"], ["a", "b"]), {"options": ["a", "b"]}),
    "a place left out": (lambda: KINDS["ordering"].read(["1", ""], ["a", "b"]), "place-missing"),
    "a place given twice": (lambda: KINDS["ordering"].read(["1", "1"], ["a", "b"]), "place-twice"),
    "seventy of a hundred": (lambda: Result(7, 10, 70).passed, True),
    "a little less": (lambda: Result(69, 100, 70).passed, False),
    "of nothing": (lambda: (Result(0, 0, 0).passed, Result(0, 0, 0).percent), (False, 0)),
    "a message of one part": (lambda: [parts_of("a" * n) for n in (160, 161, 306, 307)], [1, 2, 2, 3]),
    "one in Arabic": (lambda: [parts_of("ن" * n) for n in (70, 71, 134, 135)], [1, 2, 2, 3]),
    "letters of two places": (lambda: [parts_of("€" * n) for n in (80, 81, 152, 153)], [1, 2, 2, 3]),
    "the most digits": (lambda: told(lambda: typed.decimal("9" * typed.WHOLE_DIGITS)), Decimal("9" * typed.WHOLE_DIGITS)),
    "one more": (lambda: typed.decimal("9" * (typed.WHOLE_DIGITS + 1)), "not-a-number"),
    "the most behind the sign": (
        lambda: typed.decimal(f"1,{'3' * typed.FRACTION_DIGITS}"),
        Decimal(f"1.{'3' * typed.FRACTION_DIGITS}"),
    ),
    "one more behind it": (lambda: typed.decimal(f"1,{'3' * (typed.FRACTION_DIGITS + 1)}"), "not-a-number"),
    "a thousand, or one and a bit": (lambda: typed.decimal("1,500"), "number-ambiguous"),
    "thousands alone": (lambda: typed.decimal("1.500.000"), Decimal(1_500_000)),
    "both signs": (lambda: typed.decimal("1.500,25"), Decimal("1500.25")),
    "a number of our own of eighteen digits": (lambda: own_whole("9" * 18), 10**18 - 1),
    "of nineteen": (lambda: own_whole("9" * 19), None),
    "a reason of the last length": (lambda: len(reason("x" * 500, 500)), 500),
    "of one more": (lambda: reason("x" * 501, 500), "text-too-long"),
    "the fewest and the most in a basket": (
        lambda: [told(lambda n=n: checked_count(n)) for n in (0, 1, 999, 1000)],
        ["count-out-of-range", 1, 999, "count-out-of-range"],
    ),
    "free from a thousand": (lambda: [fee(999), fee(1_000), fee(1_001)], [500, 0, 0]),
    "cash that need not be confirmed": (
        lambda: [must_wait(Standing(owed=400), Money(n, MAD), 1_000) for n in (600, 601)],
        [False, True],
    ),
    "cash without a bound": (lambda: must_wait(Standing(owed=400), Money(10**9, MAD), None), False),
    "as many as may wait of a contact": (
        lambda: [told(lambda n=n: require_room(Standing(of_contact=n))) for n in (2, 3)],
        [None, "too-many-waiting"],
    ),
    "of an address": (
        lambda: [told(lambda n=n: require_room(Standing(of_address=n))) for n in (29, 30)],
        [None, "too-many-waiting"],
    ),
    "three goals": (sheet(sdgs=(1, 2, 17)), None),
    "four": (sheet(sdgs=(1, 2, 3, 17)), "too-many-goals"),
    "a goal beyond the last": (sheet(sdgs=(18,)), "too-many-goals"),
    "a goal before the first": (sheet(sdgs=(0,)), "too-many-goals"),
    "money for nothing": (sheet(investment=0), "amount-out-of-range"),
    "the smallest coin": (sheet(investment=1), None),
    "the most money": (sheet(investment=10_000_000_000_000), None),
    "a coin more": (sheet(investment=10_000_000_000_001), "amount-out-of-range"),
    "all of it one's own": (sheet(own_part=25_000_000), None),
    "more than all": (sheet(own_part=25_000_001), "own-part-too-large"),
    "nothing of one's own": (sheet(own_part=0), None),
    "two members": (sheet(members_min=2), None),
    "one member": (sheet(members_min=1), "members-too-few"),
    "no member": (sheet(members_min=0), "sheet-number-out-of-range"),
    "as many wanted as needed": (sheet(members_min=5, members_target=5), None),
    "fewer wanted": (sheet(members_min=5, members_target=4), "target-below-minimum"),
    "no job": (sheet(jobs=0), None),
    "ten thousand jobs": (sheet(jobs=10_000), None),
    "one more job": (sheet(jobs=10_001), "sheet-number-out-of-range"),
    "equipment for all the money": (sheet(investment=100, own_part=None, equipment=(POT,)), None),
    "for more than all": (sheet(investment=99, own_part=None, equipment=(POT,)), "equipment-above-investment"),
    "a pot for nothing": (sheet(equipment=(replace(POT, unit_price=0),)), None),
    "no pot": (sheet(equipment=(replace(POT, quantity=0),)), "amount-out-of-range"),
    "a pot for a hundred years": (sheet(equipment=(replace(POT, life_years=100),)), None),
    "for one more": (sheet(equipment=(replace(POT, life_years=101),)), "sheet-number-out-of-range"),
    "for a year": (sheet(equipment=(replace(POT, life_years=1),)), None),
    "for none": (sheet(equipment=(replace(POT, life_years=0),)), "sheet-number-out-of-range"),
    "fifty lines": (sheet(equipment=(POT,) * 50), None),
    "fifty-one": (sheet(equipment=(POT,) * 51), "too-many-lines"),
    "fifty-one risks": (sheet(risks=(DRY,) * 51), "too-many-lines"),
    "fifty-one figures": (sheet(evidence=(SEEN,) * 51), "too-many-lines"),
    "a risk of five": (sheet(risks=(replace(DRY, likelihood=5, impact=5),)), None),
    "of six": (sheet(risks=(replace(DRY, likelihood=6),)), "risk-out-of-scale"),
    "of six in its effect": (sheet(risks=(replace(DRY, impact=6),)), "risk-out-of-scale"),
    "of none": (sheet(risks=(replace(DRY, likelihood=0),)), "risk-out-of-scale"),
    "of no effect": (sheet(risks=(replace(DRY, impact=0),)), "risk-out-of-scale"),
    "a pot's longest name": (sheet(equipment=(replace(POT, names={"fr": "p" * 200}),)), None),
    "a longer one": (sheet(equipment=(replace(POT, names={"fr": "p" * 201}),)), "text-too-long"),
    "the longest answer to a risk": (sheet(risks=(replace(DRY, answers={"fr": "p" * 2000}),)), None),
    "a longer answer": (sheet(risks=(replace(DRY, answers={"fr": "p" * 2001}),)), "text-too-long"),
    "a group's longest name": (lambda: len(group_name("n" * 80)), 80),
    "one letter more": (lambda: group_name("n" * 81), "group-name-needed"),
    "sixty in a group": (lambda: [told(lambda n=n: room_in_group(n, 1)) for n in (58, 59)], [None, "group-full"]),
    "thirty invited": (lambda: [told(lambda n=n: room_in_group(1, n)) for n in (29, 30)], [None, "group-full"]),
    "as many as are needed": (lambda: [told(lambda n=n: require_enough(n, 5)) for n in (4, 5)], ["too-few-members", None]),
    "half of the letters Arabic": (
        lambda: [language_of(text, "fr") for text in ("زيت oil", "زيتي oil", "١ oil")],
        ["fr", "ar", "fr"],
    ),
    "as many words of both languages": (lambda: spoken_in(["the honey with le miel avec"]), "fr"),
    "two hundred problems are told": (lambda: problems(201), (200, 201)),
}


def problems(count: int) -> tuple[int, int]:
    """(told, counted) of so many refused rows."""
    report = report_on([])
    report.add([Outcome(line, "refused", Refusal("catalog-row-price")) for line in range(count)])
    return len(report.problems), report.counts["refused"]


@pytest.mark.parametrize("name", EDGES)
def test_a_rule_at_its_edge(name: str) -> None:
    does, answer = EDGES[name]
    assert told(does) == answer


def test_what_an_address_may_ask(app: Flask) -> None:
    """Fifty choices of a hundred signs; numbers within their bounds."""
    many = "&".join(f"c={number}" for number in range(60))
    with app.test_request_context(f"/fr/?{many}&page=3&long={'x' * 100}&longer={'x' * 101}&none="):
        assert choices("c") == [str(number) for number in range(50)]
        assert (choices("long"), choices("longer"), choices("none")) == (["x" * 100], [], [])
        assert [whole("page", low, high) for low, high in ((3, 3), (4, 9), (0, 2))] == [3, None, None]


@pytest.mark.parametrize(("members", "money", "kept"), [("5", "100", (5, 10_000)), ("6", "99,99", (None, None))])
def test_what_an_author_does_not_type_is_kept_while_it_fits(
    app: Flask, members: str, money: str, kept: tuple[Any, Any]
) -> None:
    """As many members are hoped for as are needed; the own part is as large as all the money."""
    with app.test_request_context("/fr/projects/mine/1", method="POST", data={"members_min": members, "investment": money}):
        facts = ProposalForm().facts("morocco", SheetFacts(members_target=5, own_part=10_000))
    assert (facts.members_target, facts.own_part) == kept
