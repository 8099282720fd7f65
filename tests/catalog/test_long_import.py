"""A large file of goods from the web: long work with a page, called off, killed, sent twice, seen by its office alone."""

import io
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update

from app.accounts.jobs import go_on, sweep
from app.accounts.models import LongWorkPiece, LongWorkUnderWay, Membership, Organisation, Person
from app.accounts.queries.invariants import broken_accounts
from app.accounts.queries.long_work import next_portions
from app.accounts.services.long_work import begin_long_work, cancel_long_work, write_next_portions
from app.engines.db import db
from app.engines.jobs import Job, Stopped, run_due_jobs
from app.engines.long_work import Portion, long_works, packed
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.models import Product
from catalog.services.long_import import LONG_IMPORT
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins

IMPORT = "/fr/sell/tifawin/products/import"
SHELF = "title,price,stock\n" + "".join(f"Pot {number},{number},1\n" for number in range(1, 41)) + "Safran,abc,1\n"


@pytest.fixture
def shop(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Organisation:
    """Tifawin, whose seller is signed in, in a house where forty rows are many."""
    monkeypatch.setattr("catalog.views.importing.WRITTEN_ON_THE_SPOT", 20)
    monkeypatch.setattr("app.accounts.services.long_work.WRITING_SECONDS", 100)
    return a_shop(client)


def a_shop(client: FlaskClient) -> Organisation:
    shop, seller = a_cooperative("Tifawin", slug="tifawin"), a_person("Yasmine")
    joins(seller, shop, "seller")
    sign_in(client, seller)
    return shop


def send(client: FlaskClient, content: str = SHELF) -> Any:
    return post(client, IMPORT, file=(io.BytesIO(content.encode()), "goods.csv"), format="auto", step="write")


def products() -> int:
    return db.session.scalar(select(func.count()).select_from(Product)) or 0


def work() -> LongWorkUnderWay:
    return db.session.scalars(
        select(LongWorkUnderWay).order_by(LongWorkUnderWay.id.desc()).execution_options(populate_existing=True)
    ).first()


def unsound() -> list[str]:
    return [line for line in broken_accounts() if "long work" in line]


def write_pieces(count: int) -> None:
    for _ in range(count):
        ready = next_portions(work().id)
        with transaction():
            write_next_portions(work().id, ready, now())


def test_fifty_rows_are_written_at_once_and_fifty_one_behind_a_page(app: Flask, client: FlaskClient) -> None:
    """Rows without a price: they are counted and read like any other, and cost no second."""
    a_shop(client)
    rows = [f"Pot {number},abc\n" for number in range(51)]
    at_once, behind = (send(client, "title,price\n" + "".join(rows[:count])).status_code for count in (50, 51))
    assert (at_once, behind, work().total) == (200, 303, 51)


def test_a_large_file_is_written_behind_a_page_that_tells_how_far_it_is(client: FlaskClient, shop: Organisation) -> None:
    sent = send(client)
    page = f"/fr/account/work/{work().id}"
    assert (sent.status_code, sent.headers["Location"], products()) == (303, page, 0)
    write_pieces(3)
    shown = text_of(client.get(page))
    assert "30 lignes sur 41" in shown
    assert "data-follow" in client.get(page).get_data(as_text=True)
    for place in ("/fr/sell/tifawin/", "/fr/my-path"):
        assert page in client.get(place).get_data(as_text=True), place
    run_due_jobs()
    ended = client.get(page)
    assert (work().state, work().done, products()) == ("done", 41, 40)
    assert unsound() == []
    assert work().counts == {"created": 40, "changed": 0, "unchanged": 0, "refused": 1}
    assert "40 lignes sur 41" in text_of(ended)
    assert "42" in text_of(ended)
    assert "abc" in text_of(ended)
    assert "data-follow" not in ended.get_data(as_text=True)
    assert page not in client.get("/fr/sell/tifawin/").get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(LongWorkPiece)) == 0


def test_its_page_tells_drafts_and_what_has_to_be_known(client: FlaskClient, shop: Organisation) -> None:
    rows = "".join(f"Pot {number},{number},{'' if number == 7 else 3}\n" for number in range(1, 29))
    send(client, f"title,price,stock\n{rows}Bol,,2\nSafran,abc,1\n")
    run_due_jobs()
    assert work().counts == {"created": 29, "changed": 0, "unchanged": 0, "refused": 1}
    assert (work().drafts, [(one["line"], one["code"]) for one in work().notes]) == (
        1,
        [(8, "catalog-note-no-count"), (30, "catalog-note-no-price")],
    )
    page = text_of(client.get(f"/fr/account/work/{work().id}"))
    assert "Un brouillon : il n’a pas de prix." in page
    assert "épuisé tant que vous ne l’avez pas compté" in page
    send(client, f"title,price,stock\n{rows}Bol,,2\nSafran,abc,1\n")
    run_due_jobs()
    assert (work().counts["unchanged"], work().drafts, work().notes) == (29, 1, [])


def test_what_was_written_stays_when_it_is_called_off_and_nothing_comes_after(
    client: FlaskClient, shop: Organisation
) -> None:
    send(client)
    write_pieces(2)
    page = f"/fr/account/work/{work().id}"
    assert post(client, f"{page}/cancel").status_code == 303
    with pytest.raises(Stopped), transaction():
        write_next_portions(work().id, None, now())
    run_due_jobs()
    assert (work().state, work().done, products()) == ("cancelled", 20, 20)
    assert "20 lignes sur 41" in text_of(client.get(page))
    assert post(client, f"{page}/cancel").status_code == 409
    assert send(client).status_code == 303
    run_due_jobs()
    assert (work().state, work().counts["created"], products()) == ("done", 20, 40)


def test_twice_pressed_is_one_and_another_file_waits_for_its_end(client: FlaskClient, shop: Organisation) -> None:
    first, again = send(client), send(client)
    assert first.headers["Location"] == again.headers["Location"]
    other = send(client, SHELF.replace("Pot", "Vase"))
    assert other.headers["Location"] == first.headers["Location"]
    assert "en cours ici" in text_of(client.get(other.headers["Location"]))
    assert db.session.scalar(select(func.count()).select_from(LongWorkUnderWay)) == 1
    run_due_jobs()
    assert products() == 40


def test_a_worker_that_dies_within_a_piece_leaves_nothing_of_it_and_the_next_goes_on(
    client: FlaskClient, shop: Organisation
) -> None:
    send(client)
    write_pieces(2)
    ready = next_portions(work().id)
    with pytest.raises(KeyboardInterrupt), transaction():  # killed before the piece stands
        write_next_portions(work().id, ready, now())
        raise KeyboardInterrupt
    assert (work().done, products()) == (20, 20)
    with transaction() as session:  # its worker took the row, and its time is over
        session.execute(update(Job).values(state="running", attempts=1, lease_until=now()))
    run_due_jobs()
    assert (work().state, work().done, products()) == ("done", 41, 40)


def test_work_whose_job_was_given_up_says_so_and_the_next_may_begin(client: FlaskClient, shop: Organisation) -> None:
    sent = send(client)
    write_pieces(1)
    sweep()
    assert work().state == "under-way", "its job waits"
    with transaction() as session:
        session.execute(update(Job).values(state="failed", problem="KeyError"))
    sweep()
    assert (work().state, work().done, work().open_key) == ("stopped", 10, None)
    assert unsound() == []
    page = text_of(client.get(sent.headers["Location"]))
    assert ("10 lignes sur 41" in page, "Une erreur du site" in page) == (True, True)
    assert send(client).headers["Location"] != sent.headers["Location"]
    run_due_jobs()
    assert (work().state, work().counts["unchanged"], products()) == ("done", 10, 40)


def test_somebody_elses_work_is_not_there(app: Flask, client: FlaskClient, shop: Organisation) -> None:
    send(client)
    page = f"/fr/account/work/{work().id}"
    chair, packer, stranger = a_person("Nadia"), a_person("Hamid"), a_person("Omar")
    joins(chair, shop, "chair")
    joins(packer, shop, "packer")
    joins(stranger, a_cooperative("Azzar", slug="azzar"), "chair")
    for person in (packer, stranger):
        visitor = app.test_client()
        sign_in(visitor, person)
        assert visitor.get(page).status_code == 404
        assert post(visitor, f"{page}/cancel").status_code == 404
        assert page not in visitor.get("/fr/my-path").get_data(as_text=True)
    assert work().state == "under-way"
    office = app.test_client()
    sign_in(office, chair)
    assert office.get(page).status_code == 200
    assert app.test_client().get(page).status_code == 302


@pytest.mark.parametrize("asks", [True, False])
def test_who_has_lost_the_role_meanwhile_writes_no_more(
    app: Flask, client: FlaskClient, shop: Organisation, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where what writes does not ask again itself."""
    if not asks:
        careless = replace(long_works()["catalog.import"], write=lambda _actor, _shop, read, _until: [[] for _ in read])
        monkeypatch.setitem(app.extensions["long_work"], careless.kind, careless)
    send(client)
    write_pieces(1)
    with transaction() as session:
        session.execute(update(Membership).values(role="packer"))
    run_due_jobs()
    assert (work().state, work().done, products()) == ("stopped", 10, 10 if asks else 0)
    assert (work().open_key, work().problems[0]["code"]) == (None, "role-missing")


def test_a_count_that_cannot_be_is_named(client: FlaskClient, shop: Organisation) -> None:
    send(client)
    with transaction() as session:
        session.execute(update(LongWorkUnderWay).values(done=42))
    assert unsound() == [f"long work {work().id} is in no sound state"]


def test_the_end_is_told_for_thirty_days(client: FlaskClient, shop: Organisation) -> None:
    send(client)
    run_due_jobs()
    with time_machine.travel(now() + timedelta(days=29)):
        sweep()
        assert work() is not None
    with time_machine.travel(now() + timedelta(days=31)):
        sweep()
        assert work() is None


def test_a_transaction_that_lasts_leaves_the_rest_to_the_next(
    client: FlaskClient, shop: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.accounts.services.long_work.WRITING_SECONDS", 0)
    send(client)
    counted = []
    for _ in range(12):
        write_pieces(1)
        counted.append((work().done, products()))
    assert counted == [(number, number) for number in range(1, 13)]
    run_due_jobs()
    assert (work().state, work().done, products()) == ("done", 41, 40)


def test_a_small_file_is_written_on_the_spot(client: FlaskClient, shop: Organisation) -> None:
    rows = "title,price,stock\n" + "".join(f"Pot {number},{number},1\n" for number in range(1, 21))
    assert (send(client, rows).status_code, products(), work()) == (200, 20, None)


def test_work_that_ends_while_the_next_is_asked_for_is_in_nobody_s_way(app: Flask, shop: Organisation) -> None:
    """The moment between seeing that there is work under way and reading which: there, it ends."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writes at a time: there is no such moment")
    seller = actor_of(db.session.scalars(select(Person)).one())
    pieces = packed([Portion(1, {})])

    def begin() -> int:
        with transaction():
            return begin_long_work(seller, LONG_IMPORT, shop.id, pieces, now())

    def cancel() -> None:
        with app.app_context():
            with transaction():
                cancel_long_work(seller, first, now())
            db.session.remove()

    def in_between(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO long_work ") and not ended:
            ended.append(True)
            other = threading.Thread(target=cancel)
            other.start()
            other.join(20)

    first, ended = begin(), list[bool]()
    event.listen(db.engine, "after_cursor_execute", in_between)
    try:
        assert begin() != first
    finally:
        event.remove(db.engine, "after_cursor_execute", in_between)
    assert [row.state for row in db.session.scalars(select(LongWorkUnderWay).order_by(LongWorkUnderWay.id))] == [
        "cancelled",
        "under-way",
    ]


def test_a_row_costs_seven_statements_when_new_and_fourteen_when_changed(client: FlaskClient, shop: Organisation) -> None:
    """New, and with another price and another stock, which is a movement too unless the size is counted by lots."""
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *execution: said.append(execution[2]))
    for price, most in ((12, 70), (13, 140)):
        send(client, "handle,nom,prix,stock\n" + "".join(f"pot-{one},Pot {one},{price},{price}\n" for one in range(30)))
        ready = next_portions(work().id)
        said.clear()
        with transaction():
            write_next_portions(work().id, ready, now())
        assert work().done == 10
        assert len(said) <= most, "\n".join(said)
        run_due_jobs()
    assert work().counts == {"created": 0, "changed": 30, "unchanged": 0, "refused": 0}


def test_a_worker_killed_in_the_middle_is_followed_by_one_that_writes_each_row_once(
    client: FlaskClient, shop: Organisation, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    """Real processes, killed with -9 wherever they happen to be: one, or ten with `--long`; another ends the work."""
    kills = 10 if pytestconfig.getoption("--long") else 1
    monkeypatch.setattr("app.accounts.services.long_work.WRITING_SECONDS", 0)  # a product in a transaction
    rows = 21 + 20 * kills
    send(client, "handle,nom,prix,stock\n" + "".join(f"pot-{one},Pot {one},12,4\n" for one in range(rows)))
    work_id, done = work().id, 0
    for _ in range(kills):
        with worker(work_id) as process:
            done = wait_for(work_id, done + 10)
            os.kill(process, signal.SIGKILL)
            assert os.WTERMSIG(os.waitpid(process, 0)[1]) == signal.SIGKILL
        db.session.rollback()
        done = work().done
        assert done < rows
        assert (work().state, products(), unsound()) == ("under-way", done, [])
    with transaction() as session:  # its worker took the row, and its time is over
        session.execute(update(Job).values(state="running", attempts=1, lease_until=now()))
    run_due_jobs()
    assert (work().state, work().done, work().counts["created"], products()) == ("done", rows, rows, rows)
    assert unsound() == []
    assert db.session.scalar(select(func.count(Product.external_key.distinct()))) == rows


@contextmanager
def worker(work_id: int) -> Iterator[int]:
    """A process of its own that goes on with the work; its id."""
    db.session.remove()
    db.engine.dispose()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            go_on(work_id)
        finally:
            os._exit(9)
    yield child


def wait_for(work_id: int, rows: int) -> int:
    """Until so many rows are written; how many there are then."""
    for _ in range(600):
        db.session.rollback()
        there = db.session.scalar(select(LongWorkUnderWay.done).where(LongWorkUnderWay.id == work_id)) or 0
        if there >= rows:
            return there
        time.sleep(0.02)
    raise AssertionError(f"{rows} rows were not written in 12 seconds")
