"""Settings come from the environment; what cannot be used is named, and a public site brings its own secret."""

import gc
import os
import re
import stat
import subprocess
import sys
from dataclasses import fields

import pytest
from click.testing import CliRunner

from app.factory import create_app
from app.settings import HOUSE, PRACTICE_SECRET, UNREAD, Settings, SettingsError, read_settings
from app.terminal import main

LONG = "a-secret-of-more-than-thirty-two-characters"


def test_the_environment_is_read(tmp_path):
    settings = read_settings(
        {
            "TIWIZI_INSTANCE": str(tmp_path),
            "TIWIZI_DEMO": "1",
            "TIWIZI_COMMISSION": "300",
            "TIWIZI_TERRITORIES": "morocco, quebec,",
            "TIWIZI_RATE_LIMITS": "off",
            "OTHER": "x",
        }
    )
    assert (tmp_path, True, 300, False) == (settings.INSTANCE, settings.DEMO, settings.COMMISSION, settings.RATE_LIMITS)
    assert settings.TERRITORIES == ("morocco", "quebec")
    assert settings.database_url == f"sqlite:///{tmp_path}/tiwizi.db"
    assert settings.STRIPE_WEBHOOK_SECRET == PRACTICE_SECRET


def test_given_values_win_over_the_environment(tmp_path):
    assert read_settings({"TIWIZI_COMMISSION": "not a number"}, INSTANCE=tmp_path, COMMISSION=7).COMMISSION == 7


@pytest.mark.parametrize(
    ("name", "value"), [("DEMO", "maybe"), ("COMMISSION", "5 %"), ("HOLD_MINUTES", ""), ("TRUSTED_PROXIES", "1.5")]
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path, name, value):
    with pytest.raises(SettingsError, match=f"TIWIZI_{name}"):
        read_settings({"TIWIZI_INSTANCE": str(tmp_path), f"TIWIZI_{name}": value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "coop.example"),
        ("PUBLIC_URL", "ftp://coop.example"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://coop.example/shop"),
        ("PUBLIC_URL", "https://coop.example:port"),
        ("PUBLIC_URL", "https://somebody@coop.example"),
        ("MAIL_URL", "console"),
        ("MAIL_URL", "smtp://"),
        ("MAIL_URL", "smtp://post.example:many"),
        ("MAIL_URL", "post.example:25"),
        ("MAIL_FROM", ""),
        ("MAIL_FROM", "Ateliers"),
        ("MAIL_FROM", "Ateliers, Agadir <post@coop.example>"),
        ("MAIL_FROM", "Ateliers <post@coop.example>, other@coop.example"),
        ("MAIL_FROM", "Ateliers\nBcc: x@coop.example"),
        ("MAIL_FROM", "Ateliers <post@coop.example"),
        ("COMMISSION", "-1"),
        ("COMMISSION", "10001"),
        ("HOLD_MINUTES", "0"),
        ("TRUSTED_PROXIES", "-1"),
        ("MESSAGES_URL", "smtp://sms.example"),
        ("MESSAGES_URL", "http://sms.example/send"),
        ("MESSAGES_METHOD", "DELETE"),
        ("MESSAGES_HEADERS", "Bearer"),
        ("MESSAGES_HEADERS", "X-Key: a\r\nX-More: b"),
        ("MESSAGES_TAKEN", "(ok"),
        ("MESSAGES_SECONDS", "0"),
        ("MESSAGES_URL", ""),
        ("OUTBOUND_ALLOW", "10.0.0.5"),
        ("OUTBOUND_ALLOW", "http://10.0.0.5:80"),
        ("OUTBOUND_ALLOW", "sms.lan:8080/send"),
        ("OUTBOUND_ALLOW", "SMS.lan:8080"),
        ("OUTBOUND_ALLOW", "me@sms.lan:8080"),
        ("OUTBOUND_ALLOW", "sms.lan:8080, ::1:80"),
        ("SEARCH", "fts5"),
        ("SEARCH", ""),
    ],
)
def test_what_would_only_fail_later_is_named_at_the_start(tmp_path, name, value):
    with pytest.raises(SettingsError, match=f"TIWIZI_{name}"):
        read_settings({"TIWIZI_INSTANCE": str(tmp_path), "TIWIZI_SECRET_KEY": LONG, f"TIWIZI_{name}": value})


@pytest.mark.parametrize(
    "sender",
    [
        "a@coop.example",
        "root@localhost",
        "تعاونية <a@coop.example>",
        '"Ateliers, Agadir" <a@coop.example>',
        "A.B. <a@b.example>",
    ],
)
def test_letters_come_from_one_sender_by_any_name(tmp_path, sender):
    read = read_settings({"TIWIZI_INSTANCE": str(tmp_path), "TIWIZI_MAIL_FROM": sender}).MAIL_FROM
    assert read == sender


def test_a_setting_that_nothing_reads_can_only_be_its_default(tmp_path):
    usual = {name: getattr(Settings, name) for name in UNREAD}
    assert usual == {"SEARCH": "whoosh"}
    settings = read_settings({"TIWIZI_INSTANCE": str(tmp_path), **{f"TIWIZI_{name}": usual[name] for name in UNREAD}})
    assert {name: getattr(settings, name) for name in UNREAD} == usual
    rooms = ("app", "catalog", "orders", "projectbank", "academy")
    texts = {
        path.relative_to(HOUSE).as_posix(): path.read_text(encoding="utf-8")
        for room in rooms
        for path in (HOUSE / room).rglob("*.py")
    }
    own = set(re.findall(r"self\.([A-Z_]+)", texts.pop("app/settings.py")))
    read = own | {word for text in texts.values() for word in re.findall(r"[A-Z_]{4,}", text)}
    assert {one.name for one in fields(Settings)} - read == set(UNREAD)


def test_a_refused_address_of_the_post_office_does_not_show_its_password(tmp_path):
    with pytest.raises(SettingsError) as refused:
        read_settings({"TIWIZI_INSTANCE": str(tmp_path), "TIWIZI_MAIL_URL": "smtp://me:s3cret@post:x"})
    assert "s3cret" not in str(refused.value)


def test_the_public_address_is_written_one_way(tmp_path):
    read = read_settings({"TIWIZI_SECRET_KEY": LONG, "TIWIZI_PUBLIC_URL": "HTTPS://coop.example:8443/"}, INSTANCE=tmp_path)
    assert (read.PUBLIC_URL, read.secure) == ("https://coop.example:8443", True)
    assert read_settings({"TIWIZI_MAIL_URL": "smtps://me:pass%40word@post.example:465"}, INSTANCE=tmp_path).MAIL_URL


def test_the_data_is_for_its_owner_alone(tmp_path):
    create_app(INSTANCE=tmp_path / "new", MODULES=())
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("secret", [None, "", "dev", "x" * 31])
def test_a_public_site_does_not_start_without_a_secret_of_its_own(tmp_path, secret):
    environment = {"TIWIZI_INSTANCE": str(tmp_path), "TIWIZI_PUBLIC_URL": "https://coop.example"}
    if secret is not None:
        environment["TIWIZI_SECRET_KEY"] = secret
    with pytest.raises(SettingsError, match="TIWIZI_SECRET_KEY"):
        read_settings(environment)
    assert read_settings({**environment, "TIWIZI_SECRET_KEY": LONG}).SECRET_KEY == LONG


def started(tmp_path, **settings):
    """`tiwizi check` in a process of its own."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("TIWIZI_")}
    return subprocess.run(
        [sys.executable, "-m", "app", "check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**kept, "TIWIZI_INSTANCE": str(tmp_path), **settings},
    )


def test_the_command_says_so_and_ends(tmp_path):
    done = started(tmp_path, TIWIZI_PUBLIC_URL="https://coop.example", TIWIZI_SECRET_KEY="")
    assert done.returncode == 1
    assert "TIWIZI_SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_without_its_tables_says_so_in_one_line(tmp_path):
    done = started(tmp_path, TIWIZI_DEMO="0")
    assert done.returncode == 1
    assert done.stderr.startswith("tiwizi: ")
    assert "the database: no such table" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TERRITORIES", "narnia", "TIWIZI_TERRITORIES names 'narnia'"),
        ("TERRITORIES", ",", "TIWIZI_TERRITORIES names no territory"),
        ("MODULES", "app.accounts,narnia", "TIWIZI_MODULES names 'narnia'"),
        ("DATABASE_URL", "nonsense", "TIWIZI_DATABASE_URL is not an address"),
        ("CARD_PRACTICE", "app.narnia", "TIWIZI_CARD_PRACTICE names 'app.narnia'"),
        ("INSTANCE", "/proc/nowhere", "TIWIZI_INSTANCE: /proc/nowhere cannot be made"),
        ("MAIL_URL", "post", "TIWIZI_MAIL_URL is not an address"),
    ],
)
def test_a_command_that_cannot_work_says_why_in_one_line(tmp_path, monkeypatch, name, value, told):
    for key in [key for key in os.environ if key.startswith("TIWIZI_")]:
        monkeypatch.delenv(key)
    for key, text in {"INSTANCE": str(tmp_path), "DEMO": "1", name: value}.items():
        monkeypatch.setenv(f"TIWIZI_{key}", text)
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 1
    assert done.output.startswith("tiwizi: ")
    assert told in done.output
    assert len(done.output.splitlines()) == 1


def test_a_house_that_stands_looks_for_garbage_again(tmp_path, monkeypatch):
    """It does not while it is loaded; what was loaded then is passed over."""
    monkeypatch.setenv("TIWIZI_INSTANCE", str(tmp_path))
    monkeypatch.setenv("TIWIZI_MODULES", "app.accounts")
    gc.disable()
    try:
        main.create_app()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()


def test_a_developers_instance_keeps_a_random_secret_of_its_own(tmp_path):
    first, second = (read_settings({"TIWIZI_INSTANCE": str(tmp_path / name)}).SECRET_KEY for name in "ab")
    assert len(first) == 64
    assert first != second
    assert first == read_settings({"TIWIZI_INSTANCE": str(tmp_path / "a")}).SECRET_KEY
    assert stat.S_IMODE((tmp_path / "a/secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["secret"]


def test_practice_is_for_the_demo_without_a_real_key(tmp_path):
    assert read_settings({}, INSTANCE=tmp_path, DEMO=True).practice
    assert not read_settings({}, INSTANCE=tmp_path, DEMO=True, STRIPE_SECRET_KEY="sk_live_x").practice
    assert not read_settings({}, INSTANCE=tmp_path).practice
    assert not read_settings({}, INSTANCE=tmp_path, DEMO=True, CARD_PRACTICE="").practice


def test_secrets_of_an_address_do_not_stand_in_the_code():
    """The only keys in the tree are those of the practice provider."""
    assert PRACTICE_SECRET == "whsec_practice"
