"""Letters: written once, delivered by a job to a real receiver, in Arabic as well as in French."""

import email
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.policy import default

import pytest
import time_machine
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import func, select

from app.accounts.services.letters import write_code
from app.console.data import check
from app.engines.db import db
from app.engines.envelope import as_page
from app.engines.jobs import Job, run_due_jobs
from app.engines.mail import (
    Letter,
    latest_letters,
    letters_for_a_person,
    post,
    refused_addresses,
    send_letter,
    settle_undelivered,
    undelivered,
)
from app.engines.pauses import LanePause, NeighbourAway, long_pauses
from app.engines.transactions import WriteOutsideTransaction, transaction
from app.kernel.contacts import ContactValue
from tests.builders.relays import Silent
from tests.engines.together import at_once
from tests.ports import free_port

SUBJECT = "طلبيتكم رقم T-1001 في الطريق"
BODY = "السلام عليكم،\n\nأُرسلت طلبيتكم اليوم.\nVotre commande est en route : 120,50 MAD — à bientôt !\n"


class Receiver:
    """A post office of the test: keeps what it is handed; `refuse` makes it answer that it is busy."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], bytes]] = []
        self.refuse = False
        self.unknown = ""
        self.answer = ""

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        if self.unknown:
            return self.unknown
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        if self.refuse:
            return "451 try again later"
        if self.answer:
            return self.answer
        self.letters.append((envelope.rcpt_tos, envelope.content))
        return "250 taken"


@contextmanager
def opened(app, office: Receiver, credentials: str = "", **options) -> Iterator[None]:
    """The office answers on a port of its own, and the settings name it."""
    controller = Controller(office, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    before = app.config["MAIL_URL"]
    app.config["MAIL_URL"] = f"smtp://{credentials}127.0.0.1:{controller.port}"
    try:
        yield
    finally:
        app.config["MAIL_URL"] = before
        controller.stop()


@pytest.fixture
def receiver(app) -> Iterator[Receiver]:
    office = Receiver()
    with opened(app, office):
        yield office


def write(unique_key: str | None = None, channel: str = "mail", recipient: str = "amina@example.org") -> None:
    with transaction():
        post(channel, recipient, SUBJECT, BODY, "ar", unique_key)


def letters() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Letter))


def test_an_arabic_letter_arrives_as_it_was_written(app, receiver):
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False):
        write()
        assert run_due_jobs() == 1
    ((to, content),) = receiver.letters
    message = email.message_from_bytes(content, policy=default)
    assert to == ["amina@example.org"]
    assert message["Subject"] == SUBJECT
    assert message.get_content_type() == "multipart/alternative"
    plain, page = message.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert plain.get_content().replace("\r\n", "\n") == BODY
    assert page.get_content_type() == "text/html"
    assert page.get_content().replace("\r\n", "\n") == as_page(SUBJECT, BODY, "ar", app.config["PUBLIC_URL"])
    assert message["From"] == "Tiwizi <no-reply@tiwizi.example>"
    assert message["Message-ID"] == "<letter-1@localhost>"
    assert message["Content-Language"] == "ar"
    assert message["Date"] == "Mon, 02 Mar 2026 12:00:00 -0000"
    assert latest_letters()[0].sent_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_one_event_is_one_letter(app, receiver):
    write("order-7-shipped")
    write("order-7-shipped")
    assert at_once(app, [lambda: write("order-7-shipped")] * 5) == [None] * 5
    run_due_jobs()
    assert letters() == 1
    assert len(receiver.letters) == 1


def test_a_letter_job_that_runs_twice_sends_once(app, receiver):
    write()
    run_due_jobs()
    send_letter(1)
    send_letter(404)
    assert len(receiver.letters) == 1


def test_a_letter_is_written_in_the_callers_transaction(app, receiver):
    with pytest.raises(ZeroDivisionError), transaction():
        post("mail", "amina@example.org", SUBJECT, BODY, "ar")
        raise ZeroDivisionError
    with pytest.raises(WriteOutsideTransaction):
        post("mail", "amina@example.org", SUBJECT, BODY, "ar")
    assert letters() == 0
    assert run_due_jobs() == 0
    assert receiver.letters == []


def test_a_post_office_that_is_busy_is_asked_again(app, receiver):
    receiver.refuse = True
    write()
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        run_due_jobs()
        assert latest_letters()[0].sent_at is None
        assert "451" in db.session.scalar(select(Job.problem))
        db.session.rollback()
        receiver.refuse = False
        traveller.shift(5)
        run_due_jobs()
    assert len(receiver.letters) == 1
    assert latest_letters()[0].sent_at is not None


def test_a_refused_address_stands_in_no_log(app, receiver, caplog):
    """The post office's words repeat the address; the row and the log keep its number."""
    receiver.unknown = "550 5.1.1 <amina@example.org> user unknown"
    write()
    run_due_jobs()
    assert refusal() == ("SMTPRecipientsRefused 550 5.1.1", True)
    assert [one.refusal for one in caplog.records if one.name == "tiwizi.mail"] == ["SMTPRecipientsRefused 550 5.1.1"]
    assert "amina" not in str([vars(one) for one in caplog.records])


def refusal() -> tuple[str, bool] | None:
    """What the only letter's row says; None when it is not refused."""
    db.session.rollback()
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.refused_at is None) == (letter.refusal is None)
    return None if letter.refusal is None else (letter.refusal, letter.refused_address)


@pytest.mark.parametrize(
    ("at", "reply", "verdict"),
    [
        ("rcpt", "550 no such user", ("SMTPRecipientsRefused 550", True)),
        ("rcpt", "553 5.1.3 not an address", ("SMTPRecipientsRefused 553 5.1.3", True)),
        ("rcpt", "550 5.7.1 we do not like you", ("SMTPRecipientsRefused 550 5.7.1", False)),
        ("data", "550 5.1.1 no such user", ("SMTPDataError 550 5.1.1", True)),
        ("data", "552 5.3.4 too large", ("SMTPDataError 552 5.3.4", False)),
        ("data", "554 looks like spam", ("SMTPDataError 554", False)),
    ],
)
def test_a_refusal_for_good_is_final_at_once_and_a_fact_to_be_settled(app, receiver, at, reply, verdict):
    setattr(receiver, "unknown" if at == "rcpt" else "answer", reply)
    write()
    run_due_jobs()
    assert refusal() == verdict
    assert db.session.scalars(select(Job.state)).all() == ["done"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
        assert run_due_jobs() == 0
    assert receiver.letters == []
    bad = {"amina@example.org"} if verdict[1] else set()
    assert refused_addresses("mail", ["amina@example.org", "omar@example.org"]) == bad
    assert letters_for_a_person() == ["letters to 1 addresses were refused: the desk settles them (Undelivered letters)"]
    assert checked(app) == (
        0,
        [
            "needs a person: letters to 1 addresses were refused: the desk settles them (Undelivered letters)",
            "Everything holds.",
        ],
    )


def checked(app) -> tuple[int, list[str]]:
    result = app.test_cli_runner().invoke(check)
    return result.exit_code, result.output.splitlines()


def test_letters_to_an_address_are_settled_or_sent_again_together(app, receiver):
    receiver.unknown = "550 5.1.1 unknown"
    for _ in range(2):
        write()
    write(recipient="omar@example.org")
    run_due_jobs()
    lines, total = undelivered(1, 10)
    assert [(one.recipient, one.count) for one in lines] == [("omar@example.org", 1), ("amina@example.org", 2)]
    assert total == 2
    receiver.unknown = ""
    with transaction():
        assert settle_undelivered(lines[0].letter_id, again=False) == (1, 0)
        assert settle_undelivered(lines[1].letter_id, again=True) == (2, 2)
        assert settle_undelivered(lines[1].letter_id, again=True) == (0, 0)
        assert settle_undelivered(404, again=True) == (0, 0)
    run_due_jobs()
    assert [to for to, _content in receiver.letters] == [["amina@example.org"]] * 2
    assert undelivered(1, 10) == ([], 0)
    assert letters_for_a_person() == []
    assert refused_addresses("mail", ["amina@example.org", "omar@example.org"]) == set()


@pytest.mark.parametrize("reply", ["421 closing", "530 5.7.0 authentication required"])
def test_what_the_post_office_says_of_us_is_no_fault_of_the_address(app, receiver, reply):
    receiver.unknown = reply
    write()
    run_due_jobs()
    assert refusal() is None
    assert db.session.execute(select(Job.state, Job.attempts)).all() == [("waiting", 0)]
    assert [pause.lane for pause in db.session.scalars(select(LanePause))] == ["letters"]


@pytest.mark.parametrize(
    "recipient",
    [
        "=?utf-8?q?omar=40other.org?=@example.org",
        "<amina@example.org>",
        "Amina <amina@example.org>",
        "mailto:amina@example.org",
        "amina@example.org,",
        "amina@example.org, omar@other.org",
        "amina@example.org\u200f",
        '"amina"@example.org',
    ],
)
def test_a_letter_whose_header_would_name_somebody_else_stays_here(app, receiver, recipient):
    """Rows from before may hold an address that the library reads as another one."""
    write(recipient=recipient)
    run_due_jobs()
    assert receiver.letters == []
    assert latest_letters()[0].sent_at is None
    assert refusal() == ("the recipient is not one address", True)


@pytest.mark.parametrize("recipient", ["o'brien+a.b@example.org", "a" * 64 + "@" + "b" * 60 + ".org", "=x?=@example.org"])
def test_a_letter_goes_to_its_recipient_and_nobody_else(app, receiver, recipient):
    write(recipient=recipient)
    run_due_jobs()
    assert [to for to, _content in receiver.letters] == [[recipient]]


def test_a_post_office_that_is_away_keeps_the_letter(app, receiver, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_URL", "smtp://127.0.0.1:9")
    write()
    with pytest.raises(NeighbourAway, match="ConnectionRefusedError"):
        send_letter(1)
    assert latest_letters()[0].sent_at is None


def pause() -> tuple[int, int] | None:
    """(failures, seconds still to wait) of the letters' lane; None when it does not wait."""
    db.session.rollback()
    row = db.session.scalars(select(LanePause)).one_or_none()
    return None if row is None else (row.failures, round((row.until - datetime.now(UTC)).total_seconds()))


def test_while_the_post_office_is_away_all_letters_wait_longer_each_time_and_one_is_the_probe(app, monkeypatch):
    """The waits are stored, no try is counted against a letter, and afterwards each letter is there once."""
    monkeypatch.setitem(app.config, "MAIL_URL", "smtp://127.0.0.1:9")
    waits = []
    with time_machine.travel(datetime(2026, 3, 2, 12, tzinfo=UTC), tick=False) as traveller:
        for number in range(5):
            write(recipient=f"reader{number}@example.org")
        for failures in range(1, 9):
            assert run_due_jobs() == 1, "one letter knocks, not five"
            assert pause()[0] == failures
            waits.append(pause()[1])
            traveller.shift(waits[-1] - 1)
            assert run_due_jobs() == 0
            traveller.shift(1)
        assert waits == [15, 30, 60, 120, 240, 480, 600, 600]
        assert db.session.execute(select(Job.state, Job.attempts)).all() == [("waiting", 0)] * 5
        assert long_pauses() == [
            "the lane letters waits since 2026-03-02 12:00 UTC for its neighbour, asked 8 times: ConnectionRefusedError"
        ]
        office = Receiver()
        with opened(app, office):
            assert run_due_jobs() == 5
    assert sorted(to for to, _content in office.letters) == [[f"reader{number}@example.org"] for number in range(5)]
    assert pause() is None
    assert long_pauses() == []


@pytest.mark.parametrize("drips", [b"", b"2"])
def test_a_post_office_that_accepts_and_is_silent_or_slow_has_one_time_in_all(app, monkeypatch, drips):
    office = Silent(drips)
    monkeypatch.setitem(app.config, "MAIL_URL", f"smtp://127.0.0.1:{office.port}")
    monkeypatch.setitem(app.config, "MAIL_SECONDS", 1)
    write()
    begun = time.monotonic()
    try:
        assert run_due_jobs() == 1
        assert 0.9 < time.monotonic() - begun < 2
    finally:
        office.close()
    assert pause() == (1, 15)
    assert latest_letters()[0].sent_at is None


def test_a_code_goes_before_all_other_letters(app):
    letters = {name: work for name, work in app.extensions["jobs"].items() if name.startswith("mail.send")}
    assert {work.lane for work in letters.values()} == {"letters"}
    assert letters["mail.send-soon"].priority > letters["mail.send"].priority
    with transaction():
        write_code(ContactValue("mail", "amina@example.org"), "reset", "123456", "fr")
    assert db.session.scalars(select(Job.name)).all() == ["mail.send-soon"]


PASSWORD = "tiwizi:p%40ss@"


class Keeper:
    """Lets the office of the test in with one name and one password, and remembers who knocked."""

    def __init__(self) -> None:
        self.knocked: list[tuple[bytes, bytes]] = []

    def __call__(self, _server, _session, _envelope, _mechanism, given: LoginPassword) -> AuthResult:
        self.knocked.append((given.login, given.password))
        return AuthResult(success=given == LoginPassword(b"tiwizi", b"p@ss"))


@pytest.fixture
def authority(tmp_path, monkeypatch) -> trustme.CA:
    """Whose certificates this machine trusts during the test."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


def test_a_post_office_that_offers_tls_gets_the_password_and_the_letter_through_it(app, authority):
    office, keeper = Receiver(), Keeper()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with opened(app, office, PASSWORD, tls_context=tls, require_starttls=True, authenticator=keeper, auth_required=True):
        write()
        assert run_due_jobs() == 1
    assert keeper.knocked == [(b"tiwizi", b"p@ss")]
    assert [to for to, _content in office.letters] == [["amina@example.org"]]


def test_a_certificate_of_a_stranger_gets_nothing(app):
    office, keeper = Receiver(), Keeper()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with opened(app, office, PASSWORD, tls_context=tls, authenticator=keeper, auth_require_tls=False):
        write()
        run_due_jobs()
    assert (keeper.knocked, office.letters) == ([], [])
    assert db.session.scalar(select(Letter.sent_at)) is None


def test_a_password_is_never_sent_in_clear(app):
    office, keeper = Receiver(), Keeper()
    with opened(app, office, PASSWORD, authenticator=keeper, auth_require_tls=False):
        write()
        run_due_jobs()
    assert (keeper.knocked, office.letters) == ([], [])
    assert db.session.scalar(select(Letter.sent_at)) is None
    assert "TLS" in db.session.scalar(select(Job.problem))
    assert pause()[0] == 1, "it is so for every letter"


def test_a_subject_cannot_smuggle_a_header_in(app, receiver):
    with transaction():
        post("mail", "amina@example.org", "Bonjour\r\nBcc: all@example.org", "…", "fr")
    run_due_jobs()
    ((to, content),) = receiver.letters
    message = email.message_from_bytes(content, policy=default)
    assert message["Bcc"] is None
    assert message["Subject"] == "Bonjour Bcc: all@example.org"
    assert to == ["amina@example.org"]


def test_the_demonstration_prints_letters_and_text_messages(app, capsys):
    write()
    write(channel="phone", recipient="+212612345678")
    assert run_due_jobs() == 2
    printed = capsys.readouterr().out
    assert "mail to amina@example.org" in printed
    assert "phone to +212612345678" in printed
    assert printed.count(SUBJECT) == 2
    assert [letter.recipient for letter in latest_letters(1)] == ["+212612345678"]
