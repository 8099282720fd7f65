"""What letters said is kept for a time and then forgotten; a code is forgotten as soon as it has left."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.engines.db import db
from app.engines.housekeeping import sweep
from app.engines.jobs import run_due_jobs
from app.engines.mail import Letter, post, recipient_mark, settle_undelivered, undelivered
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Invalid
from tests.engines.test_mail import Receiver, opened

TO = "amina@example.org"


def write(key: str, secret: bool = False) -> None:
    with transaction():
        post("mail", TO, f"Subject of {key}", f"Words of {key}", "fr", key, secret=secret)


def kept() -> dict[str | None, tuple[str, str, str]]:
    """Of each letter: whom it went to, its subject, its words."""
    db.session.rollback()
    rows = db.session.execute(select(Letter.unique_key, Letter.recipient, Letter.subject, Letter.body))
    return {row.unique_key: (row.recipient, row.subject, row.body) for row in rows}


WHOLE = (TO, "Subject of one", "Words of one")


@pytest.mark.parametrize(("secret", "left"), [(True, (TO, "", "")), (False, WHOLE)])
def test_a_code_is_not_kept_once_its_letter_has_been_taken(app, monkeypatch, secret, left):
    monkeypatch.setitem(app.config, "DEMO", False)
    office = Receiver()
    with opened(app, office):
        write("one", secret)
        assert kept() == {"one": WHOLE}
        run_due_jobs()
    assert b"Words of one" in office.letters[0][1]
    assert kept() == {"one": left}


def test_words_go_after_the_time_of_the_setting_and_the_event_still_has_its_one_letter(app, monkeypatch):
    monkeypatch.setitem(app.config, "KEEP_LETTERS_DAYS", 30)
    office = Receiver()
    write("one")
    with opened(app, office):
        run_due_jobs()
        with time_machine.travel(now() + timedelta(days=30) - timedelta(minutes=1)):
            sweep()
            assert kept() == {"one": WHOLE}
        with time_machine.travel(now() + timedelta(days=30, minutes=1)):
            sweep()
            assert kept() == {"one": ("", "", "")}
            write("one")
            run_due_jobs()
    assert len(office.letters) == 1


def test_what_waits_for_the_office_keeps_its_words_and_a_code_does_not(app):
    office = Receiver()
    office.unknown = "550 5.1.1 unknown"
    write("one")
    write("code", secret=True)
    with opened(app, office):
        run_due_jobs()
        assert kept()["code"] == (TO, "Subject of code", "Words of code")
        with time_machine.travel(now() + timedelta(days=400)):
            sweep()
            assert kept() == {"one": WHOLE, "code": (TO, "", "")}
            office.unknown = ""
            ((line,), _total) = undelivered(1, 10)
            with transaction():
                assert settle_undelivered(line.letter_id, again=True) == (2, 1)
            run_due_jobs()
    assert [b"Words of one" in content for _to, content in office.letters] == [True]
    assert undelivered(1, 10) == ([], 0)


@pytest.mark.parametrize(("channel", "why"), [("mail", "no relay"), ("phone", "no gateway")])
def test_outside_the_demonstration_nothing_is_printed_and_the_letter_waits_for_the_office(
    app, monkeypatch, capfd, channel, why
):
    monkeypatch.setitem(app.config, "DEMO", False)
    with transaction():
        with pytest.raises(Invalid, match=f"{channel}-out-of-reach"):
            post(channel, TO, "Your code", "482913", "fr", "code", secret=True)
        post(channel, TO, "News", "482913", "fr", "one")
    run_due_jobs()
    printed = capfd.readouterr()
    assert "482913" not in printed.out + printed.err
    assert TO not in printed.out + printed.err
    ((line,), total) = undelivered(1, 10)
    assert (line.refusal, line.refused_address, total) == (why, False, 1)
    office = Receiver()
    with opened(app, office), transaction():
        settle_undelivered(line.letter_id, again=True)
    with opened(app, office):
        run_due_jobs()
    assert len(office.letters) == (channel == "mail")


def test_an_invitation_that_waits_for_the_relay_is_sent_whole_when_it_is_back(app):
    office = Receiver()
    write("one", secret=True)
    with time_machine.travel(now() + timedelta(days=3)):
        sweep()
        assert kept() == {"one": WHOLE}
        with opened(app, office):
            run_due_jobs()
    assert [b"Words of one" in content for _to, content in office.letters] == [True]


def test_the_key_that_outlives_a_letter_names_nobody(app):
    with transaction():
        for _ in range(2):
            assert post("mail", TO, "News", "…", "fr", f"order:7:shipped:mail:{TO}")
        post("mail", "omar@example.org", "News", "…", "fr", "order:7:shipped:mail:omar@example.org")
    keys = list(kept())
    assert keys == [f"order:7:shipped:mail:{recipient_mark(one)}" for one in (TO, "omar@example.org")]
    assert "example" not in "".join(map(str, keys))
    assert len(recipient_mark(TO)) == 16
