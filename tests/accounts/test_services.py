"""Services of accounts on a real database: one effect each, and nothing on refusal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, func, select, update

from app.accounts.models import (
    Attempt,
    Code,
    Contact,
    Invitation,
    Membership,
    Organisation,
    OrganisationIdentifier,
    OrganisationText,
    Person,
)
from app.accounts.queries import (
    Filters,
    contacts_of,
    load_visitor,
    organisation_by_slug,
    organisation_card,
    people_with_role,
    person_names,
    region_counts,
    sector_counts,
    verified_organisations,
)
from app.accounts.queries.identifiers import account_of, public_identifiers
from app.accounts.queries.invariants import broken_accounts
from app.accounts.rules.limits import LIMITS
from app.accounts.services.bank import set_bank
from app.accounts.services.codes import ask_contact, ask_reset, ask_sign_up, forget_codes, try_code
from app.accounts.services.limits import count_attempt, forgive
from app.accounts.services.members import accept_invitation, invite, leave, set_roles, withdraw_invitation
from app.accounts.services.organisations import (
    OrganisationFacts,
    Words,
    edit_facts,
    edit_words,
    found_organisation,
)
from app.accounts.services.people import (
    add_own_contact,
    finish_sign_up,
    promote,
    remove_own_contact,
    set_password,
    set_preferences,
)
from app.accounts.services.verification import (
    reinstate_organisation,
    return_organisation,
    submit_organisation,
    suspend_organisation,
    verify_organisation,
)
from app.accounts.signals import organisation_suspended, organisation_verified
from app.engines import sessions
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, Actor, guest
from app.kernel.clock import now
from app.kernel.contacts import ContactValue
from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, an_organisation, joins

pytestmark = pytest.mark.usefixtures("app")
MAIL = ContactValue("mail", "nadia@example.org")
FACTS = OrganisationFacts(
    "cooperative",
    "MA-09",
    "argan",
    commune="Aït Baha",
    phone="0528000117",
    identifiers={"local_register": "RLC-1/2026", "ice": "003114533000013"},
)
RIB = "225010000000000026137768"


def letters() -> list[tuple[str, str]]:
    return [(one.recipient, one.body) for one in db.session.scalars(select(Letter).order_by(Letter.id))]


def digits_of(letter: str) -> str:
    return next(word for word in letter.replace("\n", " ").split() if word.isdigit() and len(word) == 6)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def asked_sign_up(contact: ContactValue = MAIL, name: str = "Nadia") -> tuple[int, str]:
    with transaction():
        code_id = ask_sign_up(guest(), contact, name, "a hash", now())
    return code_id, digits_of(letters()[-1][1])


# codes and people


def test_an_account_opens_when_the_code_comes_back() -> None:
    code_id, code = asked_sign_up()
    assert count(Person) == 0
    with transaction():
        tried = try_code(code_id, "sign-up", code, now())
        assert tried.asked is not None
        person_id = finish_sign_up(guest(), tried.asked, now())
    assert [(one.kind, one.value) for one in contacts_of(person_id)] == [("mail", "nadia@example.org")]
    assert person_names([person_id]) == {person_id: "Nadia"}
    assert db.session.scalar(select(Code.facts)) == {}


def test_a_code_is_worth_something_once_for_ten_minutes_and_five_tries() -> None:
    code_id, code = asked_sign_up()
    wrong = "000000" if code != "000000" else "111111"
    with transaction():
        assert [try_code(code_id, "sign-up", wrong, now()).left for _ in range(5)] == [4, 3, 2, 1, 0]
        assert try_code(code_id, "sign-up", code, now()).asked is None
    code_id, code = asked_sign_up()
    with transaction():
        assert try_code(code_id, "sign-up", code, now() + timedelta(minutes=11)).asked is None
        assert try_code(code_id, "reset", code, now()).asked is None
        assert try_code(code_id, "sign-up", code, now()).asked is not None
        assert try_code(code_id, "sign-up", code, now()).asked is None


def test_signing_up_with_a_known_contact_tells_its_owner_and_nobody_else() -> None:
    a_person("Nadia", "nadia@example.org", language="ar")
    with transaction():
        code_id = ask_sign_up(guest(), MAIL, "A stranger", "a hash", now())
    [(recipient, body)] = letters()
    assert recipient == "nadia@example.org"
    assert "لديكم حساب من قبل" in body
    row = db.session.get_one(Code, code_id)
    assert (row.sent, row.facts) == (False, {})
    with transaction():
        assert all(try_code(code_id, "sign-up", f"{n:06}", now()).asked is None for n in range(5))
    assert count(Person) == 1


def test_nobody_prepares_an_account_behind_somebody_else_s_address() -> None:
    stranger_id, _seen_by_owner = asked_sign_up(name="Stranger")
    own_id, own_code = asked_sign_up(name="Nadia")
    with transaction():
        assert try_code(own_id, "sign-up", own_code, now()).asked.facts["name"] == "Nadia"  # type: ignore[union-attr]
    assert stranger_id != own_id


def test_two_who_confirm_one_contact_make_one_account() -> None:
    first, second = asked_sign_up(), asked_sign_up()
    with transaction():
        finish_sign_up(guest(), try_code(first[0], "sign-up", first[1], now()).asked, now())  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="contact-taken"), transaction():
        finish_sign_up(guest(), try_code(second[0], "sign-up", second[1], now()).asked, now())  # type: ignore[arg-type]
    assert (count(Person), count(Contact)) == (1, 1)


def test_a_reset_for_an_unknown_contact_sends_nothing() -> None:
    with transaction():
        code_id = ask_reset(guest(), MAIL, now())
    assert letters() == []
    assert db.session.get_one(Code, code_id).sent is False


def test_a_new_password_ends_every_other_session_and_warns_every_contact() -> None:
    person = a_person("Nadia", "nadia@example.org")
    tokens = [sessions.new_token() for _ in range(3)]
    with transaction():
        for token in tokens:
            sessions.start_session(token, {"_user_id": str(person.id)}, person.id, "phone", now())
    kept = sessions.find_session(tokens[0], now()).id  # type: ignore[union-attr]
    with transaction():
        set_password(actor_of(person), person.id, "another hash", keep_session=kept)
    assert [row.id for row in sessions.sessions_of(person.id, now())] == [kept]
    assert [recipient for recipient, _body in letters()] == ["nadia@example.org"]


def test_a_contact_is_added_by_its_code_and_the_last_one_stays() -> None:
    person = a_person("Nadia", "nadia@example.org")
    phone = ContactValue("phone", "+212612345678")
    with transaction():
        code_id = ask_contact(actor_of(person), phone, now())
    code = digits_of(letters()[-1][1])
    with transaction():
        add_own_contact(actor_of(person), try_code(code_id, "contact", code, now()).asked, now())  # type: ignore[arg-type]
    first, second = contacts_of(person.id)
    assert (first.value, second.value) == ("nadia@example.org", "+212612345678")
    with transaction():
        remove_own_contact(actor_of(person), first.id)
    with pytest.raises(Conflict, match="last-contact"), transaction():
        remove_own_contact(actor_of(person), second.id)
    stranger = actor_of(a_person("Brahim"))
    with pytest.raises(NotFound), transaction():
        remove_own_contact(stranger, second.id)
    assert [one.value for one in contacts_of(person.id)] == ["+212612345678"]


def test_preferences_keep_what_is_off() -> None:
    person = a_person()
    with transaction():
        set_preferences(actor_of(person), "ar", {"mail": ["news", "unheard-of"]})
    row = db.session.get_one(Person, person.id)
    assert (row.language, row.preferences) == ("ar", {"mail": ["news"], "phone": []})
    with pytest.raises(Invalid), transaction():
        set_preferences(actor_of(person), "xx", {})


def test_only_the_office_promotes() -> None:
    person = a_person()
    with pytest.raises(NotFound), transaction():
        promote(actor_of(person), person.id, operator=True)
    with transaction():
        promote(SYSTEM, person.id, operator=True)
    assert load_visitor(person.id, "fr").is_operator  # type: ignore[union-attr]


def test_limits_count_within_their_window_and_forget() -> None:
    most = LIMITS["sign-in-contact"].most
    with time_machine.travel("2026-03-02 10:00Z", tick=False) as clock:
        for _ in range(most):
            with transaction():
                count_attempt({"sign-in-contact": "a", "sign-in-address": "b"}, now())
        with pytest.raises(TooMany) as refused, transaction():
            count_attempt({"sign-in-contact": "a", "sign-in-address": "b"}, now())
        assert refused.value.facts["retry_after"] == 901
        assert count(Attempt) == 2 * most
        with transaction():
            count_attempt({"sign-in-contact": "somebody else", "sign-in-address": "b"}, now())
            forgive({"sign-in-contact": "a"}, {"sign-in-address": "b"})
            assert count(Attempt) == 2  # what somebody else failed from the same address stays
            count_attempt({"sign-in-contact": "a"}, now())
        clock.shift(timedelta(minutes=16))
        with transaction():
            count_attempt({"sign-in-contact": "a"}, now())


def test_codes_that_are_over_go_with_what_they_kept() -> None:
    asked_sign_up()
    with transaction():
        forget_codes(now() + timedelta(minutes=11))
    assert count(Code) == 0


# organisations


def founded(person: Person, facts: OrganisationFacts = FACTS, name: str = "Tifawin") -> int:
    with transaction():
        return found_organisation(actor_of(person), facts, Words(name, "Huile d’argane"), "fr", now(), "morocco")


def test_who_founds_is_chair_and_founding_twice_founds_once() -> None:
    person = a_person()
    organisation_id = founded(person)
    assert founded(person) == organisation_id
    assert count(Organisation) == 1
    row = db.session.get_one(Organisation, organisation_id)
    assert (row.slug, row.state, row.phone, row.drawing) == ("tifawin", "draft", "+212528000117", "argan-oil")
    assert people_with_role(organisation_id, ["chair"]) == [person.id]
    assert list(broken_accounts()) == []


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"region": "MA-99"}, "choose-one", "region"),
        ({"sector": "magic"}, "choose-one", "sector"),
        ({"kind": "bank"}, "choose-one", "kind"),
        ({"province": "MA-TNG"}, "province-elsewhere", "province"),
        ({"founded": 1700}, "year-out-of-range", "founded"),
        ({"members": -1}, "number-out-of-range", "members"),
        ({"members": 5, "women": 6}, "more-women-than-members", "women"),
        ({"identifiers": {"ice": "123"}}, "ice-not-valid", "ice"),
        ({"phone": "12"}, "phone-not-understood", "phone"),
        ({"mail": "x"}, "mail-not-understood", "mail"),
        ({"identifiers": {"local_register": "abc"}}, "identifier-not-valid", "local_register"),
        ({"commune": "x" * 201}, "text-too-long", "commune"),
    ],
)
def test_a_wrong_fact_is_refused_on_its_field_and_nothing_is_founded(change: dict, code: str, field: str) -> None:
    person = a_person()
    with pytest.raises(Invalid) as refused:
        founded(person, OrganisationFacts(**{**vars(FACTS), **change}))
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (count(Organisation), count(Membership), count(OrganisationText)) == (0, 0, 0)


def test_two_organisations_do_not_share_a_number() -> None:
    founded(a_person())
    with pytest.raises(Conflict) as refused:
        founded(a_person("Brahim"), name="Another")
    assert (refused.value.code, refused.value.field) == ("number-taken", "local_register")
    assert count(Organisation) == 1


def test_two_organisations_may_be_paid_to_the_same_account_and_numbers_of_two_territories_do_not_meet() -> None:
    chair = a_person()
    for name, place, region, sector in (("A", "morocco", "MA-09", "argan"), ("B", "morocco", "MA-09", "argan")):
        one = a_cooperative(name, territory=place, region=region, sector=sector, chair=chair)
        with transaction():
            set_bank(actor_of(chair), one.id, RIB)
        assert account_of(actor_of(chair), one.id) == RIB
    a_cooperative("C", identifiers={"local_register": "1160000000"})
    north = a_cooperative("D", territory="quebec", region="QC-03", chair=chair, identifiers={"neq": "1160000000"})
    with transaction():
        set_bank(actor_of(chair), north.id, "12345-678-9012345")
    assert account_of(actor_of(chair), north.id) == "12345-678-9012345"
    with pytest.raises(Invalid, match="identifier-not-valid"), transaction():
        set_bank(actor_of(chair), north.id, RIB)


def test_a_number_of_a_kind_the_territory_does_not_know_is_named() -> None:
    one = a_cooperative(chair=a_person(), identifiers={"ice": "003114533000013"})
    assert list(broken_accounts()) == []
    with transaction() as session:
        session.execute(update(OrganisationIdentifier).values(kind="neq"))
    assert list(broken_accounts()) == [f"organisation {one.slug} bears a number of a kind unknown in its territory: neq"]


def test_the_same_name_gets_another_address() -> None:
    bare = OrganisationFacts("cooperative", "MA-09", "argan")
    founded(a_person(), bare)
    second = founded(a_person("Brahim"), bare)
    assert db.session.get_one(Organisation, second).slug == "tifawin-2"


def test_the_way_to_being_verified_and_back() -> None:
    chair, office = a_person("Aïcha", "aicha@example.org"), an_operator()
    organisation_id = founded(chair)
    heard: list[tuple[str, int]] = []

    def on_verified(_sender: object, organisation_id: int) -> None:
        heard.append(("verified", organisation_id))

    def on_suspended(_sender: object, organisation_id: int) -> None:
        heard.append(("suspended", organisation_id))

    with organisation_verified.connected_to(on_verified), organisation_suspended.connected_to(on_suspended):
        with transaction():
            submit_organisation(actor_of(chair), organisation_id, now())
        with pytest.raises(Conflict), transaction():
            submit_organisation(actor_of(chair), organisation_id, now())
        with pytest.raises(Invalid, match="reason-needed"), transaction():
            return_organisation(actor_of(office), organisation_id, "  ", now())
        with transaction():
            return_organisation(actor_of(office), organisation_id, "Le PV n’est pas signé.", now())
        with transaction():
            submit_organisation(actor_of(chair), organisation_id, now())
        with pytest.raises(NotFound), transaction():
            verify_organisation(actor_of(chair), organisation_id, now())
        with transaction():
            verify_organisation(actor_of(office), organisation_id, now())
        with transaction():
            suspend_organisation(actor_of(office), organisation_id, "Plainte grave.", now())
        with transaction():
            reinstate_organisation(actor_of(office), organisation_id, now())
    assert heard == [("verified", organisation_id), ("suspended", organisation_id)]
    assert db.session.get_one(Organisation, organisation_id).state == "verified"
    assert [recipient for recipient, _ in letters()] == ["aicha@example.org"] * 4
    assert "Le PV n’est pas signé." in letters()[0][1]


def test_papers_that_are_missing_stop_the_sending() -> None:
    person = a_person()
    organisation_id = founded(person, OrganisationFacts("cooperative", "MA-09", "argan"))
    with pytest.raises(Invalid, match="papers-missing"), transaction():
        submit_organisation(actor_of(person), organisation_id, now())
    assert db.session.get_one(Organisation, organisation_id).state == "draft"


def test_what_the_office_has_verified_stands_still() -> None:
    chair = a_person()
    numbers = {"ice": "003114533000013"}
    organisation = a_cooperative(chair=chair, identifiers=numbers)
    actor = actor_of(chair)
    with pytest.raises(Conflict) as refused, transaction():
        edit_facts(actor, organisation.id, OrganisationFacts("cooperative", "MA-09", "argan"), now())
    assert (refused.value.code, refused.value.field) == ("fact-is-fixed", "ice")
    with transaction():
        edit_facts(actor, organisation.id, OrganisationFacts("cooperative", "MA-01", "fishing", identifiers=numbers), now())
    row = db.session.get_one(Organisation, organisation.id)
    assert (row.region, row.drawing) == ("MA-01", "fish")
    assert public_identifiers([organisation.id]) == {organisation.id: numbers}


def test_a_change_of_the_original_marks_the_translations() -> None:
    chair = a_person()
    organisation = a_cooperative("Tifawin", chair=chair)
    with transaction():
        edit_words(actor_of(chair), organisation.id, "ar", Words("تيفاوين"))
    page = organisation_by_slug("tifawin", "ar")
    assert (page.card.name, page.stale) == ("تيفاوين", False)
    with transaction():
        edit_words(actor_of(chair), organisation.id, "fr", Words("Tifawin n Aït Baha"))
    assert organisation_by_slug("tifawin", "ar").stale is True
    assert organisation_by_slug("tifawin", "en").card.name == "Tifawin n Aït Baha"
    assert organisation_by_slug("tifawin", "en").card.language == "fr"


def test_bank_details_are_for_chair_and_treasurer_who_are_told_once() -> None:
    chair, treasurer, seller = (a_person(name, f"{name}@example.org") for name in "abc")
    organisation = a_cooperative(chair=chair)
    joins(treasurer, organisation, "treasurer")
    joins(seller, organisation, "seller")
    with pytest.raises(NotAllowed), transaction():
        set_bank(actor_of(seller), organisation.id, RIB)
    with pytest.raises(Invalid, match="rib-not-valid"), transaction():
        set_bank(actor_of(treasurer), organisation.id, RIB[:-1] + "9")
    assert account_of(actor_of(treasurer), organisation.id) is None
    for _ in range(2):
        with transaction():
            set_bank(actor_of(treasurer), organisation.id, RIB)
    assert [recipient for recipient, _ in letters()] == ["a@example.org", "b@example.org"]
    assert account_of(actor_of(treasurer), organisation.id) == RIB
    assert public_identifiers([organisation.id]) == {}
    assert all("7768" in body and RIB not in body for _, body in letters())


# members


def test_an_invitation_is_one_letter_and_one_place() -> None:
    chair, guest_person, other = a_person(), a_person("Nora"), a_person("Omar")
    organisation = a_cooperative("Tifawin", chair=chair)
    with transaction():
        assert invite(actor_of(chair), organisation.id, MAIL, "seller", "secret-1", "http://x/join/secret-1", now())
    with transaction():
        assert not invite(actor_of(chair), organisation.id, MAIL, "seller", "secret-2", "http://x/join/secret-2", now())
    assert len(letters()) == 1
    assert "secret-1" in letters()[0][1]
    for _ in range(2):
        with transaction():
            assert accept_invitation(actor_of(guest_person), "secret-1", now()) == "tifawin"
    with pytest.raises(NotFound), transaction():
        accept_invitation(actor_of(other), "secret-1", now())
    with pytest.raises(NotFound), transaction():
        accept_invitation(actor_of(other), "no such secret", now())
    assert people_with_role(organisation.id, ["seller"]) == [guest_person.id]
    assert count(Membership) == 2


def test_an_old_or_withdrawn_invitation_opens_nothing() -> None:
    chair, person = a_person(), a_person("Nora")
    organisation = a_cooperative(chair=chair)
    with transaction():
        invite(actor_of(chair), organisation.id, MAIL, "packer", "old", "http://x", now() - timedelta(days=15))
        invite(actor_of(chair), organisation.id, MAIL, "packer", "new", "http://x", now())
    with pytest.raises(NotFound), transaction():
        accept_invitation(actor_of(person), "old", now())
    newest = db.session.scalar(select(func.max(Invitation.id))) or 0
    with transaction():
        withdraw_invitation(actor_of(chair), organisation.id, newest)
    with pytest.raises(NotFound), transaction():
        accept_invitation(actor_of(person), "new", now())
    assert people_with_role(organisation.id, ["packer"]) == []


def test_only_the_chair_invites_and_strangers_find_nothing() -> None:
    organisation = a_cooperative(chair=a_person())
    seller = a_person("Nora")
    joins(seller, organisation, "seller")
    with pytest.raises(NotAllowed), transaction():
        invite(actor_of(seller), organisation.id, MAIL, "seller", "s", "http://x", now())
    stranger = actor_of(a_person("Omar"))
    with pytest.raises(NotFound), transaction():
        invite(stranger, organisation.id, MAIL, "seller", "s", "http://x", now())
    assert (count(Invitation), letters()) == (0, [])


def test_a_chair_who_is_voted_out_has_left_no_door_open() -> None:
    """Who invites a second self as chair and is then removed does not come back by that letter."""
    chair, removed, friend = a_person(), a_person("Nora"), a_person("Omar")
    organisation = a_cooperative(chair=chair)
    joins(removed, organisation, "chair")
    with transaction():
        invite(actor_of(removed), organisation.id, MAIL, "chair", "back-door", "http://x", now())
        invite(actor_of(chair), organisation.id, MAIL, "seller", "honest", "http://x", now())
    with transaction():
        set_roles(actor_of(chair), organisation.id, removed.id, ["member"], now())
    with pytest.raises(NotFound), transaction():
        accept_invitation(actor_of(friend), "back-door", now())
    with transaction():
        accept_invitation(actor_of(friend), "honest", now())
    assert people_with_role(organisation.id, ["chair"]) == [chair.id]
    assert people_with_role(organisation.id, ["seller"]) == [friend.id]


def test_one_chair_always_stays() -> None:
    chair, second = a_person(), a_person("Nora")
    organisation = a_cooperative(chair=chair)
    joins(second, organisation, "seller")
    with pytest.raises(Conflict, match="last-chair"), transaction():
        leave(actor_of(chair), organisation.id, now())
    with pytest.raises(Conflict, match="last-chair"), transaction():
        set_roles(actor_of(chair), organisation.id, chair.id, ["seller"], now())
    with transaction():
        set_roles(actor_of(chair), organisation.id, second.id, ["chair", "seller"], now())
    with transaction():
        leave(actor_of(chair), organisation.id, now())
    assert people_with_role(organisation.id, ["chair"]) == [second.id]
    with pytest.raises(NotFound), transaction():
        set_roles(actor_of(second), organisation.id, chair.id, ["packer"], now())


# queries


def test_the_directory_shows_verified_cooperatives_and_counts_them(app: Flask) -> None:
    first = a_cooperative("Alpha", region="MA-01", sector="fishing")
    second = a_cooperative("Beta", region="MA-09")
    a_cooperative("Gamma", state="draft")
    an_organisation("Delta", kind="funder")
    cards, total = verified_organisations("fr")
    assert ([card.name for card in cards], total) == (["Beta", "Alpha"], 2)
    assert [card.id for card in verified_organisations("fr", Filters(ids=[first.id, second.id]))[0]] == [first.id, second.id]
    assert verified_organisations("fr", Filters(regions=["MA-01"]))[1] == 1
    assert region_counts(Filters(regions=["MA-01"])) == {"MA-01": 1, "MA-09": 1}
    assert sector_counts(Filters(regions=["MA-01"])) == {"fishing": 1}
    assert organisation_card([second.id], "ar")[second.id].language == "fr"
    with pytest.raises(NotFound):
        organisation_by_slug("gamma", "fr")


def test_the_visitor_is_loaded_in_two_statements(app: Flask) -> None:
    person = a_person("Aïcha")
    for name in ("One", "Two", "Three"):
        organisation = a_cooperative(name, chair=person)
        joins(person, organisation, "seller")
    statements: list[str] = []
    from_engine = lambda *args: statements.append(args[2])  # noqa: E731 a listener is one expression here
    event.listen(db.engine, "before_cursor_execute", from_engine)
    card = load_visitor(person.id, "ar")
    event.remove(db.engine, "before_cursor_execute", from_engine)
    assert card is not None
    assert [(place.name, place.roles) for place in card.workplaces] == [
        (name, frozenset({"chair", "seller"})) for name in ("One", "Two", "Three")
    ]
    assert len([one for one in statements if one.startswith("SELECT")]) == 2


def test_two_who_confirm_one_contact_at_the_same_moment_make_one_account(app: Flask) -> None:
    asked = [asked_sign_up(), asked_sign_up()]
    ready = Barrier(2)

    def confirm(code_id: int, code: str) -> str:
        with app.app_context():
            ready.wait(5)
            try:
                with transaction():
                    tried = try_code(code_id, "sign-up", code, now())
                    finish_sign_up(guest(), tried.asked, now())  # type: ignore[arg-type]
            except Conflict as refused:
                return refused.code
            return "opened"

    with ThreadPoolExecutor(2) as both:
        outcomes = sorted(both.map(lambda pair: confirm(*pair), asked))
    db.session.rollback()
    assert outcomes == ["contact-taken", "opened"]
    assert (count(Person), count(Contact)) == (1, 1)


def test_one_invitation_used_by_two_at_the_same_moment_is_one_place(app: Flask) -> None:
    chair = a_person()
    organisation = a_cooperative(chair=chair)
    with transaction():
        invite(actor_of(chair), organisation.id, MAIL, "packer", "secret", "http://x", now())
    actors = [actor_of(a_person("Nora")), actor_of(a_person("Omar"))]
    ready = Barrier(2)

    def join(actor: Actor) -> str:
        with app.app_context():
            ready.wait(5)
            try:
                with transaction():
                    return accept_invitation(actor, "secret", now())
            except NotFound:
                return "not found"

    with ThreadPoolExecutor(2) as both:
        outcomes = sorted(both.map(join, actors))
    db.session.rollback()
    assert outcomes == ["not found", organisation.slug]
    assert len(people_with_role(organisation.id, ["packer"])) == 1
