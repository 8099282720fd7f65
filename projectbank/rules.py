"""Project bank's rules: states of sheets and groups, what a sheet must say, limits. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from app.kernel import names
from app.kernel.errors import Conflict, Faults, Invalid
from app.kernel.states import States
from app.kernel.text import paragraphs
from app.kernel.typed import visible

SHEET = States(
    "sheet",
    "draft",
    {
        "draft": {"submit": "submitted"},
        "submitted": {"publish": "published", "return": "returned"},
        "returned": {"submit": "submitted"},
        "published": {"withdraw": "archived"},
        "archived": {},
    },
)
GROUP = States(
    "group",
    "forming",
    {
        "forming": {"make-ready": "ready", "dissolve": "dissolved"},
        "ready": {"reopen": "forming", "dissolve": "dissolved"},
        "dissolved": {},
    },
)
EDITABLE = frozenset({"draft", "returned"})
LIVING = frozenset({"forming", "ready"})
# The decision that a sheet's state must be explained by.
DECIDED_BY = {"published": "published", "returned": "returned", "archived": "withdrawn"}
FOUNDER, MEMBER = ROLES = ("founder", "member")  # of a person in a founding group
KINDS = ("idea", "model", "opportunity")

TITLE_LONGEST = 80
PITCH_LONGEST = 160
SUMMARY_LONGEST = 1200
TEXT_LONGEST = 2000
LINE_LONGEST = 200
REASON_LONGEST = 2000
GROUP_NAME_LONGEST = 80
MOST_SDGS = 3
MOST_LINES = 50
LONGEST_LIFE = 100  # years a piece of equipment may last
YEARS = range(1900, 2201)  # of the figures that show a need
MOST_MEMBERS = 60
MOST_IN_A_SHEET = 10_000
MOST_MONEY = 10**13
MOST_OPEN_INVITATIONS = 30
INVITATION_LIFE = timedelta(days=14)

_ALWAYS = ("title", "pitch", "need", "region", "sector", "investment", "members_min", "sdgs")
# What a sheet must say before the office reads it: an idea is short, a model or an opportunity explains itself.
MANDATORY: Mapping[str, tuple[str, ...]] = {
    "idea": _ALWAYS,
    "model": (*_ALWAYS, "summary", "market"),
    "opportunity": (*_ALWAYS, "summary", "market"),
}


@dataclass(frozen=True)
class TextFacts:
    """A sheet's words in one language."""

    title: str = ""
    pitch: str = ""
    summary: str = ""
    need: str = ""
    market: str = ""
    permits: str = ""


@dataclass(frozen=True)
class EquipmentFacts:
    """A line of the equipment list; `unit_price` in minor units of the sheet's currency."""

    names: Mapping[str, str]
    quantity: int
    unit_price: int
    life_years: int | None = None


@dataclass(frozen=True)
class RiskFacts:
    """A risk and its answer by language; likelihood and impact from 1 to 5."""

    texts: Mapping[str, str]
    answers: Mapping[str, str]
    likelihood: int
    impact: int


@dataclass(frozen=True)
class EvidenceFacts:
    """A figure that shows the need, by language, with its year and where it was read (a name or an address)."""

    figures: Mapping[str, str]
    year: int | None
    source: str


@dataclass(frozen=True)
class SheetFacts:
    """What a sheet says in figures and keys; money in minor units. None and empty mean: not said yet."""

    kind: str = "idea"
    region: str | None = None
    province: str | None = None
    sector: str | None = None
    sdgs: Sequence[int] = ()
    investment: int | None = None
    own_part: int | None = None
    members_min: int | None = None
    members_target: int | None = None
    jobs: int | None = None
    category: str | None = None
    training: Sequence[str] = ()
    equipment: Sequence[EquipmentFacts] = field(default_factory=tuple)
    risks: Sequence[RiskFacts] = field(default_factory=tuple)
    evidence: Sequence[EvidenceFacts] = field(default_factory=tuple)


_LIMITS = {
    "title": TITLE_LONGEST,
    "pitch": PITCH_LONGEST,
    "summary": SUMMARY_LONGEST,
    "need": TEXT_LONGEST,
    "market": TEXT_LONGEST,
    "permits": TEXT_LONGEST,
}


def check_text(text: TextFacts) -> None:
    """A draft needs a title; every text has its limit. Raises Invalid on the field."""
    faults = Faults()
    with faults.noted():
        if not visible(text.title):
            raise Invalid("title-needed", "title")
    for name, limit in _LIMITS.items():
        with faults.noted():
            if len(getattr(text, name)) > limit:
                raise Invalid("text-too-long", name, limit=limit)
    faults.refuse()


def check_facts(facts: SheetFacts) -> None:
    """What is said must be possible; what is not said yet may stay out of a draft. Raises Invalid on the field."""
    faults = Faults()
    with faults.noted():
        if facts.kind not in KINDS:
            raise Invalid("kind-unknown", "kind")
    with faults.noted():
        _check_goals(facts.sdgs)
    with faults.noted():
        _check_money(facts)
    for name, lowest in (("members_min", 1), ("members_target", 1), ("jobs", 0)):
        with faults.noted():
            value = getattr(facts, name)
            if value is not None and not lowest <= value <= MOST_IN_A_SHEET:
                raise Invalid("sheet-number-out-of-range", name, limit=MOST_IN_A_SHEET)
    with faults.noted():
        _check_members(facts)
    with faults.noted():
        _check_lines(facts)
    faults.refuse()


def _check_goals(sdgs: Sequence[int]) -> None:
    if len(sdgs) > MOST_SDGS or len(set(sdgs)) != len(sdgs) or any(not 1 <= n <= 17 for n in sdgs):
        raise Invalid("too-many-goals", "sdgs", limit=MOST_SDGS)


def _check_members(facts: SheetFacts) -> None:
    if facts.members_min == 1:
        raise Invalid("members-too-few", "members_min")
    if facts.members_min and facts.members_target and facts.members_target < facts.members_min:
        raise Invalid("target-below-minimum", "members_target")


def _check_money(facts: SheetFacts) -> None:
    if facts.investment is not None and not 0 < facts.investment <= MOST_MONEY:
        raise Invalid("amount-out-of-range", "investment")
    if facts.own_part is not None and not 0 <= facts.own_part <= (facts.investment or 0):
        raise Invalid("own-part-too-large", "own_part")
    if any(not (1 <= line.quantity <= MOST_IN_A_SHEET and 0 <= line.unit_price <= MOST_MONEY) for line in facts.equipment):
        raise Invalid("amount-out-of-range", "equipment")
    if facts.investment is not None and equipment_total(facts.equipment) > facts.investment:
        raise Invalid("equipment-above-investment", "equipment")


def _check_lines(facts: SheetFacts) -> None:
    if max(len(facts.equipment), len(facts.risks), len(facts.evidence), len(facts.training)) > MOST_LINES:
        raise Invalid("too-many-lines", limit=MOST_LINES)
    if any(not (1 <= risk.likelihood <= 5 and 1 <= risk.impact <= 5) for risk in facts.risks):
        raise Invalid("risk-out-of-scale", "risks")
    if any(line.life_years is not None and not 1 <= line.life_years <= LONGEST_LIFE for line in facts.equipment):
        raise Invalid("sheet-number-out-of-range", "equipment", limit=LONGEST_LIFE)
    if any(item.year is not None and item.year not in YEARS for item in facts.evidence):
        raise Invalid("sheet-number-out-of-range", "evidence", limit=YEARS[-1])
    for name, limit, lines in (
        ("equipment", LINE_LONGEST, [line.names for line in facts.equipment]),
        ("risks", TEXT_LONGEST, [risk.texts for risk in facts.risks]),
        ("evidence", TEXT_LONGEST, [item.figures for item in facts.evidence]),
    ):
        _check_words(name, limit, lines)
    _check_words("risks", TEXT_LONGEST, [risk.answers for risk in facts.risks if risk.answers])


def _check_words(name: str, limit: int, lines: Sequence[Mapping[str, str]]) -> None:
    """A line without a word would be counted and never seen."""
    if any(not any(visible(text) for text in words.values()) for words in lines):
        raise Invalid("line-needs-words", name)
    if any(len(text) > limit for words in lines for text in words.values()):
        raise Invalid("text-too-long", name, limit=limit)


def equipment_total(lines: Sequence[EquipmentFacts]) -> int:
    """The sum of an equipment list in minor units."""
    return sum(line.quantity * line.unit_price for line in lines)


def missing_fields(facts: SheetFacts, text: TextFacts) -> list[str]:
    """The fields a sheet still needs before it can be sent to the office or published, in the order of the form."""
    said = {
        **{name: paragraphs(getattr(text, name)) for name in _LIMITS},
        "region": facts.region,
        "sector": facts.sector,
        "investment": facts.investment,
        "members_min": facts.members_min,
        "sdgs": tuple(facts.sdgs),
    }
    return [name for name in MANDATORY[facts.kind] if not said[name]]


def require_complete(facts: SheetFacts, text: TextFacts) -> None:
    """Raises Invalid("sheet-incomplete") whose fact `missing` names the fields, comma apart."""
    missing = missing_fields(facts, text)
    if missing:
        raise Invalid("sheet-incomplete", missing=",".join(missing), count=len(missing))


def group_name(text: str) -> str:
    """A group's name on one line. Raises Invalid."""
    name = names.name(text)
    if not name or len(name) > GROUP_NAME_LONGEST:
        raise Invalid("group-name-needed", "name", limit=GROUP_NAME_LONGEST)
    return name


def require_living(state: str) -> None:
    """A dissolved group takes nobody in."""
    if state not in LIVING:
        raise Conflict("group-dissolved")


def require_room(members: int, invited: int) -> None:
    """So many members and open invitations leave room for one more. Raises Conflict."""
    if members + invited >= MOST_MEMBERS or invited >= MOST_OPEN_INVITATIONS:
        raise Conflict("group-full", limit=MOST_MEMBERS)


def require_enough(members: int, needed: int) -> None:
    """A group is ready when it has as many members as its sheet asks for. Raises Conflict."""
    if members < needed:
        raise Conflict("too-few-members", members=members, needed=needed)
