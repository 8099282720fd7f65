"""Letters: written once, delivered by a job to a real receiver, in Arabic as well as in French."""

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.policy import default

import pytest
import time_machine
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from sqlalchemy import func, select

from app.engines.db import db
from app.engines.jobs import Job, run_due_jobs
from app.engines.mail import Letter, latest_letters, post, send_letter
from app.engines.transactions import WriteOutsideTransaction, transaction
from tests.engines.together import at_once
from tests.postgres import free_port

SUBJECT = "طلبيتكم رقم T-1001 في الطريق"
BODY = "السلام عليكم،\n\nأُرسلت طلبيتكم اليوم.\nVotre commande est en route : 120,50 MAD — à bientôt !\n"


class Receiver:
    """A post office of the test: keeps what it is handed; `refuse` makes it answer that it is busy."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], bytes]] = []
        self.refuse = False
        self.unknown = ""

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        if self.unknown:
            return self.unknown
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        if self.refuse:
            return "451 try again later"
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
    assert message.get_content().replace("\r\n", "\n") == BODY
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
    assert db.session.scalar(select(Job.problem)) == "NotHandedOver: SMTPRecipientsRefused 550"
    assert "SMTPRecipientsRefused 550" in caplog.text
    assert "amina" not in caplog.text


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
    assert db.session.scalar(select(Job.problem)) == "NotHandedOver: the recipient is not one address"


@pytest.mark.parametrize("recipient", ["o'brien+a.b@example.org", "a" * 64 + "@" + "b" * 60 + ".org", "=x?=@example.org"])
def test_a_letter_goes_to_its_recipient_and_nobody_else(app, receiver, recipient):
    write(recipient=recipient)
    run_due_jobs()
    assert [to for to, _content in receiver.letters] == [[recipient]]


def test_a_post_office_that_is_away_keeps_the_letter(app, receiver, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_URL", "smtp://127.0.0.1:9")
    write()
    with pytest.raises(OSError, match="refused"):
        send_letter(1)
    assert latest_letters()[0].sent_at is None


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


def test_a_subject_cannot_smuggle_a_header_in(app, receiver):
    with transaction():
        post("mail", "amina@example.org", "Bonjour\r\nBcc: all@example.org", "…", "fr")
    run_due_jobs()
    ((to, content),) = receiver.letters
    message = email.message_from_bytes(content, policy=default)
    assert message["Bcc"] is None
    assert message["Subject"] == "Bonjour Bcc: all@example.org"
    assert to == ["amina@example.org"]


def test_by_default_letters_and_text_messages_are_printed(app, capsys):
    write()
    write(channel="phone", recipient="+212612345678")
    assert run_due_jobs() == 2
    printed = capsys.readouterr().out
    assert "mail to amina@example.org" in printed
    assert "phone to +212612345678" in printed
    assert printed.count(SUBJECT) == 2
    assert [letter.recipient for letter in latest_letters(1)] == ["+212612345678"]
