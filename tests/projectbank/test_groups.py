"""Founding groups: who joins, how often a link works, who may do what; also by two at once."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts.queries.typed import ContactValue
from app.engines.db import db
from app.engines.journal import lines_of
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Conflict, NotAllowed, NotFound, Refusal
from projectbank.models import FoundingGroup, GroupInvitation, GroupMember, SheetDecision
from projectbank.queries.checks import broken_groups
from projectbank.queries.groups import group_page, in_a_group
from projectbank.services.deciding import publish_sheet, return_sheet
from projectbank.services.groups import (
    accept_invitation,
    dissolve_group,
    invite,
    leave_group,
    make_ready,
    remove_member,
    revoke_invitation,
    start_group,
)
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.builders.projectbank import a_group, a_sheet, invited, joins_group
from tests.projectbank.test_services import address, do


def members(group_id):
    return db.session.scalar(
        select(func.count()).select_from(GroupMember).where(GroupMember.group_id == group_id, GroupMember.state == "active")
    )


def state_of(group_id):
    return db.session.scalar(select(FoundingGroup.state).where(FoundingGroup.id == group_id))


@pytest.fixture
def founder(app):
    return a_person("Ilyas")


@pytest.fixture
def sheet_id(app):
    return a_sheet(a_person("Auteur"), "Miel", members_min=3)


def test_a_group_started_twice_is_one_group_and_its_founder_is_in_it(founder, sheet_id):
    first, second = (do(start_group, founder, sheet_id, "Les abeilles") for _ in range(2))
    assert first == second
    groups = db.session.execute(select(FoundingGroup.id, FoundingGroup.sheet_id, FoundingGroup.founder_id)).all()
    assert groups == [(first, sheet_id, founder.id)]
    assert [(line.verb, line.facts) for line in lines_of("group", first)] == [("start", {"sheet": sheet_id})]
    assert (members(first), in_a_group(founder.id), list(broken_groups())) == (1, True, [])


def test_no_group_starts_from_what_is_not_published(founder):
    draft = a_sheet(founder, state="draft")
    with pytest.raises(NotFound):
        do(start_group, founder, draft, "Les abeilles")


def test_the_letter_speaks_the_language_of_who_is_invited(founder, sheet_id):
    group_id = a_group(founder, sheet_id)
    a_person("Salma", "salma@example.org", language="ar")
    invited(founder, group_id, "salma@example.org", "secret-of-salma")
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.recipient, letter.language) == ("salma@example.org", "ar")
    assert letter.subject == "دعوة إلى الانضمام إلى مجموعة مؤسِّسة"
    assert "http://localhost/ar/secret-of-salma" in letter.body
    assert db.session.scalar(select(GroupInvitation.token_hash)) != "secret-of-salma"


def test_a_link_takes_in_one_person_once(founder, sheet_id):
    group_id = a_group(founder, sheet_id)
    secret, salma = invited(founder, group_id), a_person("Salma")
    assert do(accept_invitation, salma, secret, address) == group_id
    assert do(accept_invitation, salma, secret, address) == group_id
    with pytest.raises(Conflict, match="invitation-closed"):
        do(accept_invitation, a_person("Rachid"), secret, address)
    assert members(group_id) == 2
    subjects = db.session.scalars(select(Letter.subject).order_by(Letter.id)).all()
    assert subjects[-1] == "Votre groupe a un nouveau membre"


def test_a_link_is_worth_fourteen_days_and_nothing_once_taken_back(founder, sheet_id):
    group_id = a_group(founder, sheet_id)
    late = invited(founder, group_id, "late@example.org")
    after = now() + timedelta(days=14, seconds=1)
    with time_machine.travel(after, tick=False), pytest.raises(Conflict, match="invitation-closed"):
        do(accept_invitation, a_person("Tard"), late, address)
    revoked = invited(founder, group_id, "revoked@example.org")
    do(revoke_invitation, founder, group_id, db.session.scalar(select(func.max(GroupInvitation.id))))
    with pytest.raises(Conflict, match="invitation-closed"):
        do(accept_invitation, a_person("Salma"), revoked, address)
    assert members(group_id) == 1


def test_a_contact_is_not_asked_twice_but_again_after_it_was_taken_back(founder, sheet_id):
    group_id = a_group(founder, sheet_id)
    invited(founder, group_id, "amie@example.org")
    with pytest.raises(Conflict) as refused:
        invited(founder, group_id, "amie@example.org")
    assert (refused.value.code, refused.value.field) == ("already-invited", "contact")
    do(revoke_invitation, founder, group_id, db.session.scalar(select(GroupInvitation.id)))
    invited(founder, group_id, "amie@example.org")
    assert db.session.scalar(select(func.count()).select_from(GroupInvitation)) == 1


def test_a_group_is_ready_with_enough_members_and_forming_again_when_one_leaves(founder, sheet_id):
    salma, touria = a_person("Salma"), a_person("Touria")
    group_id = a_group(founder, sheet_id, salma)
    with pytest.raises(Conflict) as refused:
        do(make_ready, founder, group_id)
    assert (refused.value.facts["members"], refused.value.facts["needed"]) == (2, 3)
    joins_group(founder, group_id, touria)
    do(make_ready, founder, group_id), do(make_ready, founder, group_id)
    assert state_of(group_id) == "ready"
    do(leave_group, touria, group_id)
    assert (state_of(group_id), members(group_id), list(broken_groups())) == ("forming", 2, [])


def test_only_the_founder_invites_removes_and_ends_and_strangers_find_nothing(founder, sheet_id):
    salma, stranger = a_person("Salma"), a_person("Rachid")
    group_id = a_group(founder, sheet_id, salma)
    acts = [
        (remove_member, (founder.id,)),
        (make_ready, ()),
        (dissolve_group, ()),
        (invite, (ContactValue("mail", "x@example.org"), "s", address)),
        (revoke_invitation, (1,)),
    ]
    for service, more in acts:
        with pytest.raises(NotAllowed, match="founder-only"):
            do(service, salma, group_id, *more)
        with pytest.raises(NotFound):
            do(service, stranger, group_id, *more)
    with pytest.raises(NotFound):
        group_page(actor_of(stranger), group_id, "fr", now())
    with pytest.raises(NotFound):
        do(leave_group, stranger, group_id)
    assert (members(group_id), state_of(group_id)) == (2, "forming")


def test_the_founder_stays_and_a_removed_member_is_a_stranger_who_can_come_back(founder, sheet_id):
    salma = a_person("Salma")
    group_id = a_group(founder, sheet_id, salma)
    for service, more in ((leave_group, ()), (remove_member, (founder.id,))):
        with pytest.raises(NotAllowed, match="founder-stays"):
            do(service, founder, group_id, *more)
    do(remove_member, founder, group_id, salma.id), do(remove_member, founder, group_id, salma.id)
    assert (members(group_id), in_a_group(salma.id)) == (1, False)
    joins_group(founder, group_id, salma)
    assert members(group_id) == 2


def test_a_dissolved_group_takes_nobody_in_and_the_founder_may_begin_again(founder, sheet_id):
    group_id = a_group(founder, sheet_id)
    secret = invited(founder, group_id)
    do(dissolve_group, founder, group_id), do(dissolve_group, founder, group_id)
    with pytest.raises(Conflict, match="group-dissolved"):
        do(accept_invitation, a_person("Salma"), secret, address)
    assert in_a_group(founder.id) is False
    assert do(start_group, founder, sheet_id, "Encore") != group_id


def test_in_a_dissolved_group_nothing_is_done_any_more(founder, sheet_id):
    """Each is refused and nothing changes; ending it twice is ending it."""
    salma = a_person("Salma")
    group_id = a_group(founder, sheet_id, salma, a_person("Rachid"))
    invited(founder, group_id)
    invitation = db.session.scalars(select(GroupInvitation.id).order_by(GroupInvitation.id.desc())).first()
    do(dissolve_group, founder, group_id)
    acts = [
        (founder, invite, (ContactValue("mail", "x@example.org"), "s", address)),
        (founder, revoke_invitation, (invitation,)),
        (founder, remove_member, (salma.id,)),
        (salma, leave_group, ()),
    ]
    before = (members(group_id), db.session.scalar(select(func.count()).select_from(GroupInvitation)))
    for person, service, more in acts:
        with pytest.raises(Conflict, match="group-dissolved"):
            do(service, person, group_id, *more)
    with pytest.raises(Conflict, match="move-not-possible"):
        do(make_ready, founder, group_id)
    assert (members(group_id), db.session.scalar(select(func.count()).select_from(GroupInvitation))) == before
    assert (before[0], state_of(group_id)) == (3, "dissolved")


def at_once(app, *acts):
    """Run each (person, service, arguments) in its own thread at the same moment; returns what each got."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, actor, service, arguments):
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    results[place] = service(actor, *arguments)
            except Refusal as refusal:
                results[place] = refusal.code
            finally:
                db.session.remove()

    acting = [(place, actor_of(person), service, arguments) for place, (person, service, *arguments) in enumerate(acts)]
    db.session.rollback()
    threads = [threading.Thread(target=run, args=one) for one in acting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_people_using_one_link_at_once_one_joins(app, founder, sheet_id):
    group_id = a_group(founder, sheet_id)
    secret = invited(founder, group_id)
    results = at_once(app, *[(a_person(f"Person {n}"), accept_invitation, secret, address) for n in range(4)])
    assert sorted(map(str, results)) == sorted([str(group_id), *["invitation-closed"] * 3])
    assert members(group_id) == 2


def test_a_group_started_four_times_at_once_is_one(app, founder, sheet_id):
    results = at_once(app, *[(founder, start_group, sheet_id, "Les abeilles")] * 4)
    assert len(set(results)) == 1
    assert db.session.scalar(select(func.count()).select_from(FoundingGroup)) == 1


def test_two_of_the_office_deciding_at_once_one_decides(app, founder):
    waiting = a_sheet(founder, state="submitted")
    results = at_once(
        app, (an_operator("A"), publish_sheet, waiting, 1), (an_operator("B"), return_sheet, waiting, 1, "Non.")
    )
    assert sorted(map(str, results)) == ["None", "move-not-possible"]
    assert db.session.scalar(select(func.count()).select_from(SheetDecision)) == 1
