"""`tiwizi setup` and `--help`, as an operator meets them on the first day."""

from app.accounts.cli import setup
from app.accounts.rules.passwords import PASSWORD_SHORTEST
from app.terminal import main
from tests.builders.accounts import an_operator

PASSWORD = "la pluie sur les figuiers"


def asked(app, typed):
    return app.test_cli_runner().invoke(setup, [], input="\n".join(typed) + "\n")


def test_the_rules_are_said_before_anything_is_asked(app):
    said = asked(app, ["Samira", "samira@example.org", PASSWORD, PASSWORD])
    assert said.exit_code == 0, said.output
    assert (
        0 < said.output.index(f"at least {PASSWORD_SHORTEST} characters") < said.output.index("Name of the first operator")
    )
    assert "Samira is the operator and signs in with samira@example.org." in said.output
    assert PASSWORD not in said.output


def reached(app, monkeypatch, mail="console:", messages="console:"):
    for name, value in {"DEMO": False, "MAIL_URL": mail, "MESSAGES_URL": messages}.items():
        monkeypatch.setitem(app.config, name, value)


def test_where_no_phone_is_reached_it_says_so_before_it_asks(app, monkeypatch):
    reached(app, monkeypatch, mail="smtps://mail.example")
    said = asked(app, ["Samira", "samira@example.org", PASSWORD, PASSWORD]).output
    assert said.index("no code reaches a phone") < said.index("Name of the first operator")
    assert "TIWIZI_MESSAGES_URL" in said
    assert "phone number" not in said[said.index("Name of the first operator") :]


def test_where_phones_are_reached_a_number_is_as_good_as_a_mail_address(app, monkeypatch):
    reached(app, monkeypatch, "smtps://mail.example", "https://sms.example/send")
    said = asked(app, ["Samira", "06 12 34 56 78", PASSWORD, PASSWORD]).output
    assert "a mail address or a phone number that reaches you" in said
    assert "Samira is the operator and signs in with +212612345678." in said
    assert "gateway" not in said


def test_where_no_mail_leaves_it_says_so(app, monkeypatch):
    reached(app, monkeypatch)
    assert "no letter leaves this machine" in asked(app, ["Samira", "samira@example.org", PASSWORD, PASSWORD]).output


def test_where_there_is_an_operator_nothing_is_asked(app):
    an_operator()
    said = asked(app, [])
    assert (said.exit_code, "Name of the first operator" in said.output) == (1, False)


def test_help_shows_our_commands_and_no_options_of_flask(app):
    said = app.test_cli_runner().invoke(main, ["--help"]).output
    assert "setup" in said
    assert [option for option in ("--app", "--debug", "--env-file") if option in said] == []
