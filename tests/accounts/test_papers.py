"""Private papers: given by who may, made anew, opened by who may and never unnoticed, in backups, gone when taken away."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.accounts.models import Organisation, Paper, Person
from app.engines.db import db
from app.engines.files import store
from app.engines.files.named import forget_unnamed, missing_files
from app.engines.journal import JournalLine
from app.kernel.clock import now
from app.kernel.errors import Invalid
from app.kernel.typed import day
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, an_operator, joins

STATUTES = {"kind": "statutes", "number": "RLC-1/2026", "expires_on": ""}
GPS = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x0e\0\2\0\0\0\x0c\0\0\0\x1aTaroudannt7\0\0\0\0\0"


def a_photograph(colour: str = "white") -> io.BytesIO:
    """A JPEG as a phone makes it, with where it was taken."""
    out = io.BytesIO()
    Image.new("RGB", (120, 170), colour).save(out, "JPEG", exif=GPS)
    out.seek(0)
    return out


@pytest.fixture
def chair() -> Person:
    return a_person("Aïcha", "aicha@example.org")


@pytest.fixture
def tifawin(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair)


def papers() -> list[Paper]:
    db.session.rollback()
    return list(db.session.scalars(select(Paper).order_by(Paper.id)))


def openings() -> list[tuple[int | None, Any]]:
    db.session.rollback()
    asked = select(JournalLine).where(JournalLine.verb == "open-paper").order_by(JournalLine.id)
    return [(line.actor_id, line.facts["paper"]) for line in db.session.scalars(asked)]


def give(client: FlaskClient, **fields: Any) -> Any:
    return post(client, "/fr/sell/tifawin/papers", **{**STATUTES, "paper": (a_photograph(), "statuts.jpg"), **fields})


def open_it(client: FlaskClient, paper_id: int, back: str | None = None) -> Any:
    return post(client, f"/fr/papers/{paper_id}/open", **({"back": back} if back else {}))


def test_a_paper_is_made_anew_kept_apart_and_opened_by_who_may_with_a_line_each_time(
    client: FlaskClient, chair: Person, tifawin: Organisation
) -> None:
    office, treasurer = a_person("Omar"), client.application.test_client()
    joins(office, tifawin, "treasurer")
    sign_in(client, chair)
    assert give(client).status_code == 303
    (paper,) = papers()
    assert (paper.kind, paper.number, paper.expires_on, paper.given_by) == ("statutes", "RLC-1/2026", None, chair.id)
    kept = store.get(str(paper.file))
    assert (kept[:4], b"Taroudannt" in kept, str(paper.file).split("/")[0]) == (b"RIFF", False, "papers")
    listed = text_of(client.get("/fr/sell/tifawin/papers"))
    assert ("Statuts" in listed, "RLC-1/2026" in listed, openings()) == (True, True, [])
    sign_in(treasurer, office)
    for browser, person in ((client, chair), (treasurer, office)):
        shown = browser.get(open_it(browser, paper.id).location, buffered=True)
        assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/webp", kept)
        assert shown.headers["Cache-Control"] == "no-store"
        assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert openings()[-1] == (person.id, paper.id)
    folder, name = str(paper.file).split("/")[1:]
    assert client.get(f"/pictures/{folder}/{name}").status_code == 404
    assert client.get(f"/pictures/..%2Fpapers/{name}").status_code == 404


def test_the_office_reads_a_paper_beside_its_decision(client: FlaskClient, chair: Person, tifawin: Organisation) -> None:
    sign_in(client, chair)
    give(client)
    (paper,) = papers()
    desk, operator = client.application.test_client(), an_operator()
    sign_in(desk, operator)
    address = "/fr/desk/organisations/tifawin"
    assert "Statuts" in text_of(desk.get(address))
    led = open_it(desk, paper.id, address)
    assert (led.status_code, led.location.startswith(f"{address}?paper={paper.id}-")) == (303, True)
    page = text_of(desk.get(led.location))
    ticket = led.location.split("paper=")[1].removesuffix("#opened-paper")
    assert (f'src="/files/papers/{ticket}"' in page, "Suspendre" in page) == (True, True)
    assert (desk.get(f"/files/papers/{ticket}", buffered=True).status_code, openings()) == (200, [(operator.id, paper.id)])
    assert "Document ouvert" in text_of(desk.get(address))


@pytest.mark.parametrize("who", ["seller", "packer", "chair elsewhere", "buyer"])
def test_nobody_else_opens_or_takes_away_a_paper(
    client: FlaskClient, chair: Person, tifawin: Organisation, who: str
) -> None:
    sign_in(client, chair)
    give(client)
    (paper,) = papers()
    ticket = open_it(client, paper.id).location
    other, browser = a_person("Omar"), client.application.test_client()
    if who == "chair elsewhere":
        a_cooperative("Anzar", chair=other)
    elif who != "buyer":
        joins(other, tifawin, who)
    sign_in(browser, other)
    before = openings()
    assert open_it(browser, paper.id).status_code == 404
    assert browser.get(ticket).status_code == 404  # what opened it for somebody else
    assert post(browser, f"/fr/sell/tifawin/papers/{paper.id}/remove").status_code in (403, 404)
    assert post(browser, f"/fr/sell/anzar/papers/{paper.id}/remove").status_code in (403, 404)
    assert (openings(), [one.removed_at for one in papers()]) == (before, [None])


def test_an_opening_ends_after_ten_minutes_and_with_the_right_to_it(
    client: FlaskClient, chair: Person, tifawin: Organisation
) -> None:
    sign_in(client, chair)
    give(client)
    (paper,) = papers()
    with time_machine.travel(now(), tick=False) as clock:
        ticket = open_it(client, paper.id).location
        clock.shift(timedelta(minutes=9, seconds=59))
        assert client.get(ticket, buffered=True).status_code == 200
        clock.shift(timedelta(seconds=2))
        assert client.get(ticket).status_code == 404
    mine, until, mark = client_ticket(open_it(client, paper.id).location)
    for other in (f"{mine}-{until + 60}-{mark}", f"{mine + 1}-{until}-{mark}", f"{mine}", "-", f"{mine}-{until}-"):
        assert client.get(f"/files/papers/{other}").status_code == 404


def client_ticket(address: str) -> tuple[int, int, str]:
    paper, until, mark = address.rpartition("/")[2].split("-")
    return int(paper), int(until), mark


def test_taken_away_it_is_opened_by_nobody_and_its_file_goes(
    client: FlaskClient, chair: Person, tifawin: Organisation
) -> None:
    sign_in(client, chair)
    give(client)
    (paper,) = papers()
    ticket, file = open_it(client, paper.id).location, str(paper.file)
    forget_unnamed(now() + timedelta(days=2))
    assert file in set(store.all_keys())
    assert missing_files() == []
    assert [post(client, f"/fr/sell/tifawin/papers/{paper.id}/remove").status_code for _ in range(2)] == [303, 303]
    assert (client.get(ticket).status_code, open_it(client, paper.id).status_code) == (404, 404)
    assert "Statuts ·" not in text_of(client.get("/fr/sell/tifawin/papers"))
    db.session.rollback()
    taken = select(JournalLine.id).where(JournalLine.verb == "remove-paper")
    assert len(db.session.scalars(taken).all()) == 1
    forget_unnamed(now() + timedelta(days=2))
    assert file not in set(store.all_keys())


def test_a_file_that_is_lost_is_told(client: FlaskClient, chair: Person, tifawin: Organisation) -> None:
    sign_in(client, chair)
    give(client)
    (paper,) = papers()
    store.remove(str(paper.file))
    assert missing_files() == [f"files: paper {paper.id} names {paper.file}, which is not there"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"paper": (io.BytesIO(b"%PDF-1.7 no picture"), "statuts.pdf")}, "JPEG, PNG ou WebP."),
        ({"paper": (io.BytesIO(b""), "")}, "Choisissez d’abord une photo du document."),
        ({"expires_on": "2026-02-30"}, "Écrivez une date en chiffres : jour, mois et année."),
        ({"expires_on": "2020-01-31"}, "Cette date est passée"),
        ({"kind": "a-kind-of-mine"}, "choix"),
        ({"number": "1" * 61}, "60"),
    ],
)
def test_what_is_no_paper_is_refused_beside_its_field_and_nothing_is_kept(
    client: FlaskClient, chair: Person, tifawin: Organisation, fields: dict[str, Any], sentence: str
) -> None:
    sign_in(client, chair)
    answer = give(client, **fields)
    assert (answer.status_code, sentence in text_of(answer), papers()) == (422, True, [])


def test_the_same_paper_sent_twice_is_one(client: FlaskClient, chair: Person, tifawin: Organisation) -> None:
    sign_in(client, chair)
    assert [give(client).status_code for _ in range(2)] == [303, 303]
    assert len(papers()) == 1
    give(client, paper=(a_photograph("grey"), "statuts.jpg"), expires_on="٣١/١٢/٢٠٩٩")
    assert [one.expires_on for one in papers()] == [None, date(2099, 12, 31)]


@pytest.mark.parametrize("text", ["2027-03-31", "31/03/2027", "31.3.2027", "31-03-2027", "٣١/٠٣/٢٠٢٧", "2027/3/31"])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert day(text) == date(2027, 3, 31)


@pytest.mark.parametrize("text", ["", "31", "31/03/27", "03/31/2027", "2027-02-29", "0000-01-01", "31/03/1899", "mars 2027"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        day(text, "expires_on")
    assert (refused.value.code, refused.value.field) == ("not-a-day", "expires_on")
