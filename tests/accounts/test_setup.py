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


def test_where_there_is_an_operator_nothing_is_asked(app):
    an_operator()
    said = asked(app, [])
    assert (said.exit_code, "Name of the first operator" in said.output) == (1, False)


def test_help_shows_our_commands_and_no_options_of_flask(app):
    said = app.test_cli_runner().invoke(main, ["--help"]).output
    assert "setup" in said
    assert [option for option in ("--app", "--debug", "--env-file") if option in said] == []
