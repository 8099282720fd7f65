"""The bell and the list: what is unread, what it opens, for its owner alone; without script, in three languages."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.accounts.models import Contact, Person
from app.accounts.queries.people import chosen_contact
from app.accounts.services.erasure import erase_person
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.notices.jobs import sweep
from app.notices.models import Notice
from orders.services.letters import BOUGHT
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.orders import a_purchase, a_variant, orders_of


def noticed(person: Person, count: int = 1, path: str = "/fr/orders/T1") -> list[int]:
    """So many unread notices; their ids."""
    with transaction() as session:
        rows = [
            Notice(
                person_id=person.id,
                kind=BOUGHT,
                event=f"order:{n}",
                subject=f"Avis {n}",
                path=path,
                language="fr",
                told_at=now(),
            )
            for n in range(1, count + 1)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def unread() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(Notice.id).where(Notice.read_at.is_(None)).order_by(Notice.id)))


def verbs() -> list[str]:
    return list(db.session.scalars(select(JournalLine.verb).where(JournalLine.verb.like("read-%")).order_by(JournalLine.id)))


def test_visitors_have_no_bell_and_people_one_with_a_counter(client: FlaskClient) -> None:
    person = a_person("Amina")
    noticed(person, 3)
    assert "/fr/notices" not in client.get("/fr/").get_data(as_text=True)
    assert client.get("/fr/notices").status_code == 302
    sign_in(client, person)
    page = client.get("/fr/").get_data(as_text=True)
    assert page.count('href="/fr/notices"') == 2  # the bell and the menu of the account
    assert '<span class="count" aria-hidden="true">3</span><span class="visually-hidden">3 nouvelles</span>' in page


def test_the_bell_counts_to_ninety_nine(client: FlaskClient) -> None:
    person = a_person("Amina")
    noticed(person, 140)
    sign_in(client, person)
    assert '<span class="count" aria-hidden="true">99+</span>' in client.get("/fr/").get_data(as_text=True)


def statements(client: FlaskClient, address: str) -> list[str]:
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:  # type: ignore[no-untyped-def]  # SQLAlchemy's
        if " notice" in statement:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return seen


def test_a_page_asks_once_for_the_counter_however_many_there_are(client: FlaskClient) -> None:
    person = a_person("Amina")
    assert statements(client, "/fr/market") == []
    sign_in(client, person)
    assert len(statements(client, "/fr/market")) == 1
    noticed(person, 60)
    assert len(statements(client, "/fr/market")) == 1
    assert len(statements(client, "/fr/notices")) == 3


def test_opening_one_marks_it_read_and_leads_to_its_page_in_the_language_on_the_screen(client: FlaskClient) -> None:
    person = a_person("Amina")
    first, second = noticed(person, 2)
    sign_in(client, person)
    answer = post(client, f"/ar/notices/{first}/open")
    assert (answer.status_code, answer.location) == (303, "/ar/orders/T1")
    assert unread() == [second]
    post(client, f"/ar/notices/{first}/open")
    assert verbs() == ["read-notice"]


def test_nobody_opens_what_another_was_told(client: FlaskClient) -> None:
    (notice,) = noticed(a_person("Amina"))
    sign_in(client, a_person("Omar"))
    assert post(client, f"/fr/notices/{notice}/open").status_code == 404
    post(client, "/fr/notices/read", until=notice)
    assert unread() == [notice]
    assert "Avis 1" not in client.get("/fr/notices").get_data(as_text=True)


def test_all_up_to_the_latest_on_the_page_are_read_and_none_that_came_since(client: FlaskClient) -> None:
    person = a_person("Amina")
    ids = noticed(person, 5)
    sign_in(client, person)
    answer = post(client, "/fr/notices/read", until=ids[3])
    assert answer.status_code == 303
    assert unread() == [ids[4]]
    for typed in ("", "-1", "zwei", "99999999999999999999"):
        assert post(client, "/fr/notices/read", until=typed).status_code == 303
    assert verbs()[0] == "read-notices"


def test_the_list_has_pages(client: FlaskClient) -> None:
    person = a_person("Amina")
    noticed(person, 45)
    sign_in(client, person)
    shown = [client.get(f"/fr/notices?page={number}").get_data(as_text=True) for number in (1, 2, 3)]
    assert [page.count('lang="fr">Avis ') for page in shown] == [20, 20, 5]
    assert shown[0].index("Avis 45<") < shown[0].index("Avis 26<")


@pytest.mark.parametrize(("language", "title"), [("fr", "Notifications"), ("ar", "الإشعارات"), ("en", "Notices")])
def test_the_page_in_three_languages(client: FlaskClient, language: str, title: str) -> None:
    sign_in(client, a_person("Amina"))
    assert title in text_of(client.get(f"/{language}/notices"))


def test_every_notice_of_an_order_leads_its_reader_to_a_page_that_opens(client: FlaskClient) -> None:
    chair, buyer = a_person("Chair"), a_person("Buyer")
    house = a_cooperative("Tifawin", chair=chair)
    purchase = a_purchase({a_variant(house.id): 1}, "cash", actor_of(buyer), mail="buyer@example.org")
    assert len(orders_of(purchase)) == 1
    for person in (chair, buyer):
        sign_in(client, person)
        for notice in db.session.scalars(select(Notice.id).where(Notice.person_id == person.id)).all():
            assert client.get(post(client, f"/fr/notices/{notice}/open").location).status_code == 200
    assert unread() == []


def test_what_was_read_long_ago_goes_and_what_nobody_read_in_a_year(app: Flask) -> None:
    person = a_person("Amina")
    old, fresh, unopened, waiting, read_late = noticed(person, 5)
    with transaction() as session:
        session.get_one(Notice, old).read_at = now() - timedelta(days=181)
        session.get_one(Notice, fresh).read_at = now() - timedelta(days=179)
        session.get_one(Notice, unopened).told_at = now() - timedelta(days=366)
        session.get_one(Notice, waiting).told_at = now() - timedelta(days=364)
        late = session.get_one(Notice, read_late)
        late.told_at, late.read_at = now() - timedelta(days=800), now() - timedelta(days=1)
    sweep()
    assert list(db.session.scalars(select(Notice.id).order_by(Notice.id))) == [fresh, waiting, read_late]


def test_with_the_person_go_their_notices_and_nobody_elses(app: Flask) -> None:
    person, other = a_person("Amina"), a_person("Omar")
    noticed(person, 2)
    (kept,) = noticed(other)
    with transaction():
        erase_person(actor_of(person), person.id, "counted", now())
    assert list(db.session.scalars(select(Notice.id))) == [kept]


def test_a_person_chooses_on_the_page_where_letters_go_and_only_among_their_own(client: FlaskClient) -> None:
    person, other = a_person("Amina", "amina@example.org"), a_person("Omar", "omar@example.org")
    own, theirs = (
        db.session.scalars(select(Contact.id).where(Contact.person_id == one.id)).one() for one in (person, other)
    )
    sign_in(client, person)
    page = client.get("/fr/account/preferences").get_data(as_text=True)
    assert f'<option value="{own}">amina@example.org</option>' in page
    assert "omar@example.org" not in page
    assert post(client, "/fr/account/preferences", language="fr", letters_to=theirs).status_code == 422
    assert post(client, "/fr/account/preferences", language="fr", letters_to=own).status_code == 303
    assert chosen_contact(person.id) == own
    assert f'<option selected value="{own}">' in client.get("/fr/account/preferences").get_data(as_text=True)
    assert post(client, "/fr/account/preferences", language="fr", letters_to="").status_code == 303
    assert chosen_contact(person.id) is None
