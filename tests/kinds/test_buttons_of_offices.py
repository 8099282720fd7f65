"""A button of organisations, ideas and groups stands exactly where the house agrees to it: each state, each role."""

from collections.abc import Iterator
from datetime import date
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Invitation, Membership, Organisation, OrganisationIdentifier
from app.accounts.queries.typed import ContactValue
from app.accounts.rules.organisations import INVITATION_LIFE
from app.accounts.services.bank import set_bank
from app.accounts.services.members import invite
from app.accounts.services.organisations import set_picture
from app.accounts.services.papers import add_file_paper
from app.accounts.services.verification import return_organisation, submit_organisation, suspend_organisation
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.transactions import transaction
from app.kernel.clock import now
from projectbank.models import FoundingGroup, GroupInvitation, GroupMember, Sheet
from projectbank.rules import EquipmentFacts, EvidenceFacts, RiskFacts, TextFacts
from projectbank.services.deciding import return_sheet, withdraw_sheet
from projectbank.services.groups import dissolve_group, make_ready
from projectbank.services.saving import save_sheet
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.papers import a_stored_paper
from tests.builders.projectbank import a_group, a_sheet, invited, some_words
from tests.kinds.pressing import Button, Stage
from tests.kinds.written import Page, check_written, standing_still
from tests.schema import empty_tables

pytestmark = pytest.mark.sqlite_only
STATES = ("draft", "incomplete", "submitted", "returned", "verified", "suspended")
IDEAS = ("draft", "submitted", "returned", "published", "archived")
GROUPS = ("too few", "enough", "ready", "dissolved")
ICES = ("003114533000013", "003114533000110", "003114533000207", "003114533000304", "003114533000401", "003114533000498")
PAPERS = {"phone": "+212528000117", "commune": "Aït Baha"}


class Offices:
    """An organisation in every state, an idea in every state, a group in every state, and who belongs to them."""

    def __init__(self, house: Flask) -> None:
        names = ("chair", "seller", "member", "founder", "friend", "newcomer", "stranger")
        self.people = {name: a_person(name.title(), f"{name}@example.org") for name in names}
        self.people |= {"office": an_operator("Samira"), "author": an_operator("Fatima")}
        self.slugs = {state: self._organisation(number, state) for number, state in enumerate(STATES)}
        self._ideas()
        self._groups()
        self._whole()
        self.people_ids = {name: person.id for name, person in self.people.items()}
        drain_search()
        self.stage = Stage(house, self.people)

    def _organisation(self, number: int, state: str) -> str:
        papers = {**PAPERS, "identifiers": {"local_register": f"RC {number}", "ice": ICES[number]}}
        first = {"incomplete": "draft", "returned": "submitted"}.get(state, state)
        facts = {} if state == "incomplete" else papers
        made = a_cooperative(f"Coop {state}", state=first, chair=self.people["chair"], **facts)
        joins(self.people["seller"], made, "seller")
        joins(self.people["member"], made, "member")
        joins(self.people["seller"], made, "packer")  # two roles, one person
        slug = made.slug
        with transaction():
            if state == "returned":
                return_organisation(actor_of(self.people["office"]), made.id, "Un papier manque", now())
            if state == "verified":
                chair = actor_of(self.people["chair"])
                invite(chair, made.id, ContactValue("mail", "x@example.org"), "packer", "a-secret", "http://x", now())
                over = now() - INVITATION_LIFE  # over at this very moment
                invite(chair, made.id, ContactValue("mail", "over@example.org"), "packer", "another", "http://x", over)
        return slug

    def _ideas(self) -> None:
        author, office = self.people["founder"], actor_of(self.people["office"])
        self.sheets = {}
        for state in IDEAS:
            first = {"draft": "draft", "submitted": "submitted", "returned": "submitted"}.get(state, "published")
            self.sheets[state] = a_sheet(author, f"Miellerie {state}", state=first)
        with transaction():
            return_sheet(office, self.sheets["returned"], 1, "Plus de chiffres")
            withdraw_sheet(office, self.sheets["archived"], 1, "Fermé")
            save_sheet(actor_of(self.people["friend"]), self.sheets["published"])
        self.own = {
            "submitted": a_sheet(self.people["author"], "Moulin", state="submitted"),
            "published": a_sheet(self.people["author"], "Laiterie", state="published"),
        }
        self.addresses = {state: db.session.get_one(Sheet, made).slug for state, made in self.sheets.items()}

    def _groups(self) -> None:
        founder, friend = self.people["founder"], self.people["friend"]
        self.groups = {}
        for state in GROUPS:
            sheet = a_sheet(founder, members_min=3 if state == "too few" else 2)
            self.groups[state] = a_group(founder, sheet, friend)
            if state != "dissolved":
                invited(
                    founder, self.groups[state], f"{state.replace(' ', '')}@example.org", f"secret-{state.replace(' ', '-')}"
                )
        gone = invited(founder, self.groups["dissolved"], "dissolved@example.org", "secret-dissolved")
        assert gone
        with transaction():
            make_ready(actor_of(founder), self.groups["ready"])
            dissolve_group(actor_of(founder), self.groups["dissolved"])
        over = invited(founder, self.groups["enough"], "over@example.org", "secret-over")
        with transaction() as session:
            ended = update(GroupInvitation).where(GroupInvitation.contact == "over@example.org")
            session.execute(ended.values(expires_at=now()))
        assert over
        found = select(GroupInvitation.group_id, GroupInvitation.id).where(
            GroupInvitation.used_at.is_(None), GroupInvitation.expires_at > now()
        )
        self.invitations = {state: dict(db.session.execute(found).all())[made] for state, made in self.groups.items()}

    def _whole(self) -> None:
        """An organisation about which everything is known, and one whose papers wait; ideas told in full and hardly."""
        chair, office, founder = self.people["chair"], actor_of(self.people["office"]), self.people["founder"]
        papers = {"local_register": "RC 77", "ice": "003114533000595"}
        whole = a_cooperative("Coop entière", chair=chair, slug="coop-entiere", **PAPERS | {"identifiers": papers})
        waits = a_cooperative("Coop en attente", state="draft", chair=chair, slug="coop-en-attente", **PAPERS)
        with transaction() as session:
            set_bank(actor_of(chair), whole.id, "225010000000000026137768")
            set_picture(actor_of(chair), whole.id, "pictures/ab/house")
            for kind, number, day in (("statutes", "", None), ("registration", "RLC-1/2026", date(2028, 12, 31))):
                add_file_paper(actor_of(chair), whole.id, kind, number, day, a_stored_paper(), now())
            numbers = {"local_register": "RC 78", "ice": "003114533000692"}
            foreign = {"territory": "quebec", "kind": "neq", "value": "1160000001"}
            session.add_all(
                OrganisationIdentifier(organisation_id=waits.id, territory="morocco", kind=kind, value=value)
                for kind, value in numbers.items()
            )
            session.add(OrganisationIdentifier(organisation_id=whole.id, **foreign))
        with transaction():
            submit_organisation(actor_of(chair), waits.id, now())
            suspend_organisation(office, whole.id, "Une plainte", now())
        lines = (EquipmentFacts({"fr": "Four"}, 1, 1_000_000, 10), EquipmentFacts({"fr": "Pots"}, 100, 500))
        risks = (
            RiskFacts({"fr": "La sécheresse"}, {"fr": "Un puits"}, 4, 3),
            RiskFacts({"fr": "Le prix"}, {"fr": "Un contrat"}, 1, 5),
        )
        told = {"summary": "On cuit.", "market": "Le souk.", "permits": "Aucun."}
        figures = (
            EvidenceFacts({"fr": "60 % en vrac"}, 2024, "https://figures.example/60"),
            EvidenceFacts({"fr": "Peu de fours"}, None, "La commune"),
        )
        facts = {"kind": "model", "own_part": 5_000_000, "members_target": 9, "training": ("prix", "marges")}
        in_full = a_sheet(
            founder,
            texts={"fr": some_words("Four commun", **told)},
            **facts,
            equipment=lines,
            risks=risks,
            evidence=figures,
        )
        bare = {"investment": None, "members_min": None, "jobs": None, "sdgs": (), "region": None}
        self.hardly = a_sheet(founder, texts={"fr": TextFacts("Une idée")}, state="draft", **bare)
        arabic = a_sheet(founder, texts={"ar": some_words("مخبزة")})
        with transaction() as session:
            session.get_one(Sheet, arabic).slug = "boulangerie"  # such a title has a slug drawn by lot
        self.in_full = in_full
        self.told = {name: db.session.get_one(Sheet, made).slug for name, made in (("full", in_full), ("arabic", arabic))}
        sheet = select(Sheet.slug).join(FoundingGroup, FoundingGroup.sheet_id == Sheet.id)
        self.own_group = db.session.scalars(sheet.where(FoundingGroup.id == self.groups["enough"])).one()


@pytest.fixture(scope="module")
def offices(_house: Flask) -> Iterator[Offices]:
    with _house.app_context(), standing_still():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield Offices(_house)
        db.session.remove()


REASON = {"reason": "Une plainte"}
DECISIONS = {"submitted": {"verify", "return"}, "verified": {"suspend"}, "suspended": {"reinstate"}}


@pytest.mark.parametrize(("state", "who"), [*product(STATES, ("office",)), ("submitted", "chair"), ("verified", "stranger")])
def test_the_office_decides_about_an_organisation(offices: Offices, state: str, who: str) -> None:
    page = f"/fr/desk/organisations/{offices.slugs[state]}"
    buttons = {move: Button(f"{page}/{move}", {}, REASON) for move in ("verify", "return", "suspend", "reinstate")}
    seen = offices.stage.look(who, page, buttons)
    right = DECISIONS.get(state, set()) if who == "office" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize(("state", "who"), list(product(STATES, ("chair", "seller", "member", "stranger"))))
def test_the_chair_sends_the_papers(offices: Offices, state: str, who: str) -> None:
    page = f"/fr/sell/{offices.slugs[state]}"
    seen = offices.stage.look(who, f"{page}/", {"submit": Button(f"{page}/submit")})
    right = {"submit"} if who == "chair" and state in ("draft", "returned") else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize("who", ["chair", "seller", "member", "stranger", "office"])
def test_members_are_invited_by_the_chair_and_leave_by_themselves(offices: Offices, who: str) -> None:
    """The last chair cannot leave, and is not offered to."""
    home = f"/fr/sell/{offices.slugs['verified']}"
    open_one = db.session.scalars(select(Invitation.id).where(Invitation.expires_at > now())).one()
    buttons = {
        "invite": Button(f"{home}/members/invite", {}, {"contact": "new@example.org", "role": "packer"}),
        "withdraw": Button(f"{home}/invitations/{open_one}/withdraw"),
        "leave": Button(f"{home}/leave"),
    }
    seen = offices.stage.look(who, f"{home}/members", buttons)
    right = {"chair": {"invite", "withdraw"}, "seller": {"leave"}, "member": {"leave"}}.get(who, set())
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize("who", ["chair", "seller", "stranger", "office"])
def test_the_chair_gives_roles(offices: Offices, who: str) -> None:
    member = offices.stage
    person = db.session.scalar(
        select(Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Organisation.slug == offices.slugs["verified"], Membership.role == "member")
    )
    page = f"/fr/sell/{offices.slugs['verified']}/members/{person}"
    seen = member.look(who, page, {"save": Button(page, {}, {"roles": "packer"})})
    right = {"save"} if who == "chair" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


def decide_buttons(page: str) -> dict[str, Button]:
    sent = {"version": "1", "reason": "Plus de chiffres"}
    return {
        "publish": Button(page, {}, {**sent, "decision": "publish"}),
        "return": Button(page, {}, {**sent, "decision": "return"}),
        "withdraw": Button(f"{page}/withdraw", {}, sent),
    }


@pytest.mark.parametrize(
    ("state", "who"), [*product(IDEAS, ("office",)), *product(("submitted", "published"), ("founder",))]
)
def test_the_office_decides_about_an_idea(offices: Offices, state: str, who: str) -> None:
    page = f"/fr/desk/projects/{offices.sheets[state]}"
    seen = offices.stage.look(who, page, decide_buttons(page))
    decisions = {"submitted": {"publish", "return"}, "published": {"withdraw"}}
    right = decisions.get(state, set()) if who == "office" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize("state", ["submitted", "published"])
def test_nobody_of_the_office_decides_about_the_own_idea(offices: Offices, state: str) -> None:
    page = f"/fr/desk/projects/{offices.own[state]}"
    seen = offices.stage.look("author", page, decide_buttons(page))
    assert (seen.shown, seen.agreed, seen.unknown) == (set(), set(), [])


IDEA = {
    "title": "Un moulin",
    "pitch": "Moudre",
    "need": "Il manque",
    "region": "MA-04",
    "sector": "agri_beekeeping",
    "investment": "250000",
    "members_min": "5",
    "sdgs": "8",
    "anyway": "1",
}


@pytest.mark.parametrize(
    ("state", "who"), [*product(IDEAS, ("founder",)), *product(("draft", "returned"), ("stranger", "office"))]
)
def test_an_author_sends_the_own_idea(offices: Offices, state: str, who: str) -> None:
    page = f"/fr/projects/mine/{offices.sheets[state]}"
    seen = offices.stage.look(who, page, {"send": Button(page, {}, {"version": "1", **IDEA, "do": "send"})})
    right = {"send"} if who == "founder" and state in ("draft", "returned") else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize(("state", "who"), list(product(("published", "archived"), ("stranger", "friend", "guest"))))
def test_a_published_idea_is_kept_and_begun(offices: Offices, state: str, who: str) -> None:
    """The friend has kept it already."""
    page = f"/fr/projects/{offices.addresses[state]}"
    buttons = {
        "save": Button(f"{page}/save"),
        "unsave": Button(f"{page}/unsave"),
        "begin": Button(f"{page}/group", {}, {"name": "Les abeilles"}),
    }
    seen = offices.stage.look(who, page, buttons)
    people = {"stranger": {"save", "begin"}, "friend": {"unsave", "begin"}}
    right = people.get(who, set()) if state == "published" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


IN_A_GROUP = {
    ("too few", "founder"): {"invite", "revoke", "remove", "dissolve"},
    ("enough", "founder"): {"invite", "revoke", "remove", "dissolve", "ready"},
    ("ready", "founder"): {"invite", "revoke", "remove", "dissolve"},
    ("too few", "friend"): {"leave"},
    ("enough", "friend"): {"leave"},
    ("ready", "friend"): {"leave"},
}


@pytest.mark.parametrize(("state", "who"), list(product(GROUPS, ("founder", "friend", "stranger"))))
def test_what_is_done_in_a_group(offices: Offices, state: str, who: str) -> None:
    group = offices.groups[state]
    page = f"/fr/projects/groups/{group}"
    members = select(GroupMember.person_id).where(GroupMember.group_id == group, GroupMember.role == "member")
    friend = db.session.scalars(members).one()
    buttons = {
        "invite": Button(f"{page}/invite", {}, {"contact": "new@example.org"}),
        "revoke": Button(f"{page}/invitations/{offices.invitations[state]}/revoke"),
        "remove": Button(f"{page}/members/{friend}/remove"),
        "ready": Button(f"{page}/ready"),
        "dissolve": Button(f"{page}/dissolve"),
        "leave": Button(f"{page}/leave"),
    }
    seen = offices.stage.look(who, page, buttons)
    right = IN_A_GROUP.get((state, who), set())
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize(("state", "who"), [*product(GROUPS, ("newcomer",)), ("enough", "guest")])
def test_an_invitation_is_accepted_while_the_group_lives(offices: Offices, state: str, who: str) -> None:
    page = f"/fr/projects/invitations/secret-{state.replace(' ', '-')}"
    seen = offices.stage.look(who, page, {"join": Button(page)})
    right = {"join"} if who == "newcomer" and state != "dissolved" else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


def test_every_state_of_a_group_was_looked_at(offices: Offices) -> None:
    there = db.session.scalars(select(FoundingGroup.state).order_by(FoundingGroup.id)).all()
    assert there == ["forming", "forming", "ready", "dissolved"]


PARTS = ("facts", "words/fr", "words/en", "bank", "members", "papers", "picture")
READERS = ("guest", "friend", "founder", "office")
IN_IT = ("founder", "friend")


def pages_to_read(offices: Offices) -> dict[str, Page]:
    """Every state of an organisation, an idea and a group, for everybody who reads it differently."""
    slugs, sheets, groups = offices.slugs, offices.sheets, offices.groups
    home = f"/fr/sell/{slugs['verified']}"
    member = offices.people_ids["member"]
    return {
        **{f"office of a {state} one": Page("chair", f"/fr/sell/{slugs[state]}/") for state in STATES},
        **{f"office for a {who}": Page(who, f"{home}/") for who in ("seller", "member")},
        **{f"desk, a {state} one": Page("office", f"/fr/desk/organisations/{slugs[state]}") for state in STATES},
        **{f"{part} of the office": Page("chair", f"{home}/{part}") for part in PARTS},
        "words not there yet": Page("chair", f"/ar/sell/{slugs['verified']}/words/ar"),
        "facts of a draft": Page("chair", f"/fr/sell/{slugs['incomplete']}/facts"),
        "an invitation by who may not": Page("seller", f"{home}/members/invite", {"contact": "a@example.org"}),
        "members for a member": Page("member", f"{home}/members"),
        "a member's roles": Page("chair", f"{home}/members/{member}"),
        "my organisations": Page("chair", "/fr/account/organisations"),
        "no organisations": Page("stranger", "/fr/account/organisations"),
        **{f"desk, a {state} idea": Page("office", f"/fr/desk/projects/{sheets[state]}") for state in IDEAS},
        "desk, an own idea": Page("author", f"/fr/desk/projects/{offices.own['submitted']}"),
        "desk, ideas": Page("office", "/fr/desk/projects"),
        "desk, organisations": Page("office", "/fr/desk/organisations"),
        "desk": Page("office", "/fr/desk/"),
        **{f"home of {who}": Page(who, "/fr/") for who in ("friend", "stranger")},
        **{f"ideas as {who} finds them": Page(who, "/fr/projects") for who in ("friend", "stranger")},
        "ideas, narrowed": Page("guest", "/fr/projects?investment_min=1500&investment_max=900000,50&kind=idea&sort=large"),
        "ideas, none of the kind": Page("guest", "/fr/projects?q=zanzibar"),
        "ideas, none kept": Page("stranger", "/fr/projects?saved=1"),
        "ideas, no such page": Page("guest", "/fr/projects?page=9"),
        "desk, no such organisation": Page("office", "/fr/desk/organisations?q=zanzibar"),
        "desk, no such person": Page("office", "/fr/desk/people?q=zanzibar"),
        **{f"an idea for {who}": Page(who, f"/fr/projects/{offices.addresses['published']}") for who in READERS},
        "an idea in Arabic": Page("guest", f"/ar/projects/{offices.addresses['published']}", whole=True),
        "an archived idea": Page("founder", f"/fr/projects/{offices.addresses['archived']}"),
        **{f"writing a {state} idea": Page("founder", f"/fr/projects/mine/{sheets[state]}") for state in IDEAS},
        "a new idea": Page("friend", "/fr/projects/propose"),
        **{f"ideas of {who}": Page(who, "/fr/projects/mine") for who in ("founder", "friend", "stranger")},
        **{f"path of {who}": Page(who, "/fr/my-path") for who in ("founder", "chair", "stranger")},
        **{
            f"group {state} for {who}": Page(who, f"/fr/projects/groups/{groups[state]}")
            for state in GROUPS
            for who in IN_IT
        },
        **{
            f"invited, {state}": Page("newcomer", f"/fr/projects/invitations/secret-{state}")
            for state in ("enough", "dissolved")
        },
        "invited, a guest": Page("guest", "/fr/projects/invitations/secret-enough"),
        "invited, already in": Page("friend", "/fr/projects/invitations/secret-enough"),
        **rare_pages(offices),
    }


def rare_pages(offices: Offices) -> dict[str, Page]:
    """What pages of offices, ideas and groups say only now and then."""
    desk, whole, waits = "/fr/desk", "coop-entiere", "coop-en-attente"
    published, in_full = offices.addresses["published"], offices.told["full"]
    decide = f"{desk}/projects/{offices.sheets['submitted']}"
    late = {**IDEA, "version": "0", "do": "save"}
    return {
        **{f"desk, {slug}": Page("office", f"{desk}/organisations/{slug}") for slug in (whole, waits)},
        **{f"office of {slug}": Page("chair", f"/fr/sell/{slug}/") for slug in (whole, waits)},
        **{
            f"{part} of a whole one": Page("chair", f"/fr/sell/{whole}/{part}")
            for part in ("bank", "papers", "picture", "members")
        },
        "papers of a whole one, one opened": Page("chair", f"/fr/sell/{whole}/papers?paper=7"),
        "papers in Arabic": Page("chair", f"/ar/sell/{whole}/papers"),
        "a paper without a photograph": Page(
            "chair", f"/fr/sell/{whole}/papers", {"kind": "statutes", "expires_on": "demain"}
        ),
        "desk, a paper opened": Page("office", f"{desk}/organisations/{whole}?paper=7"),
        **{f"cooperative page of {slug}": Page("chair", f"/fr/cooperatives/{slug}") for slug in (whole, waits)},
        **{f"idea in full for {who}": Page(who, f"/fr/projects/{in_full}") for who in ("guest", "stranger")},
        **{f"idea in full in {code}": Page("guest", f"/{code}/projects/{in_full}") for code in ("en", "ar")},
        "idea in full at the desk": Page("office", f"{desk}/projects/{offices.in_full}"),
        "idea in Arabic alone": Page("guest", f"/fr/projects/{offices.told['arabic']}"),
        "idea with one's own group": Page("founder", f"/fr/projects/{offices.own_group}"),
        "an idea hardly told": Page("founder", f"/fr/projects/mine/{offices.hardly}"),
        "an idea hardly told, sent": Page("founder", f"/fr/projects/mine/{offices.hardly}", {"version": "1", "do": "send"}),
        "an idea like another": Page(
            "stranger", "/fr/projects/propose", {**IDEA, "anyway": "", "title": "Four commun", "do": "send"}
        ),
        "an idea with mistakes": Page("stranger", "/fr/projects/propose", {"title": "", "do": "send", "investment": "x"}),
        "an idea changed meanwhile": Page("founder", f"/fr/projects/mine/{offices.sheets['draft']}", late),
        "a group without a name": Page("stranger", f"/fr/projects/{published}/group", {"name": ""}),
        "deciding about an old version": Page("office", decide, {"version": "9", "decision": "publish", "reason": "Bien"}),
        "returning without a reason": Page("office", decide, {"version": "1", "decision": "return", "reason": ""}),
        "withdrawing without a reason": Page("office", f"{desk}/projects/{offices.in_full}/withdraw", {"version": "1"}),
        "inviting nobody": Page("founder", f"/fr/projects/groups/{offices.groups['enough']}/invite", {"contact": "x"}),
        **{f"desk, ideas {state}": Page("office", f"{desk}/projects?state={state}") for state in ("returned", "archived")},
        "ideas, words that nothing has all of": Page("guest", "/fr/projects?q=four zanzibar"),
        "ideas, a word misspelt": Page("guest", "/fr/projects?q=miellorie"),
        "invited, used before": Page("guest", "/fr/join/another"),
        "another organisation, mistaken": Page("chair", "/fr/account/organisations/new", {"name": "", "phone": "12"}),
    }


def test_pages_of_offices_ideas_and_groups_are_as_they_were_written(offices: Offices, write_pages: bool) -> None:
    check_written("offices", offices.stage.browsers, pages_to_read(offices), write_pages, offices.stage.ids)
