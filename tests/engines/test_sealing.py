"""An archive is sealed: whoever alters it, sums and all, is found out by the key."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from app.accounts.cli import setup
from app.console.data import backup, restore
from app.engines.backup import BackupRefused, back_up, restore_from
from app.engines.sealing import KeyRefused, key_file, key_in, own_key, written
from tests.builders.accounts import a_person

ANOTHER = bytes(range(32))


@pytest.fixture
def archive(app, tmp_path):
    """One archive of a house with somebody in it."""
    a_person("Nadia", "nadia@example.org")
    back_up(tmp_path / "monday.zip")
    return tmp_path / "monday.zip"


def rewritten(archive: Path, part: str, old: bytes, new: bytes, sums: bool = True) -> Path:
    """The same archive with a part altered, and the manifest made to fit."""
    made = archive.with_name("altered.zip")
    with zipfile.ZipFile(archive) as before, zipfile.ZipFile(made, "w") as after:
        parts = {name: before.read(name) for name in before.namelist()}
        assert old in parts[part]
        parts[part] = parts[part].replace(old, new)
        if sums and part.startswith("tables/"):
            manifest = json.loads(parts["manifest.json"])
            name = part.removeprefix("tables/").removesuffix(".jsonl")
            manifest["tables"][name]["sha256"] = hashlib.sha256(parts[part]).hexdigest()
            parts["manifest.json"] = json.dumps(manifest, sort_keys=True).encode()
        for name, content in parts.items():
            after.writestr(name, content)
    return made


def refused(path: Path, key: bytes | None) -> str:
    """Why it is not restored; an archive that passes meets the house that is not empty."""
    with pytest.raises(BackupRefused) as trouble:
        restore_from(path, verify=True, key=key)
    return str(trouble.value)


def test_an_untouched_archive_passes_its_seal(app, archive):
    assert "the instance is not empty" in refused(archive, own_key())


def test_who_alters_a_row_and_its_sum_is_found_out_by_the_key_alone(app, archive):
    altered = rewritten(archive, "tables/person.jsonl", b"Nadia", b"Salma")
    assert "the instance is not empty" in refused(altered, None)  # without the key nobody can know
    assert refused(altered, own_key()) == "altered, or sealed with another key: manifest.json"


def test_who_alters_a_row_alone_is_found_out_by_its_sum(app, archive):
    altered = rewritten(archive, "tables/person.jsonl", b"Nadia", b"Salma", sums=False)
    assert [refused(altered, key) for key in (None, own_key())] == ["damaged: tables/person.jsonl"] * 2


@pytest.mark.parametrize(("part", "old", "new"), [("manifest.json", b'"format": 1', b'"format":  1'), ("seal", b"", b"0")])
def test_manifest_and_seal_belong_together(app, archive, part, old, new):
    assert refused(rewritten(archive, part, old, new), own_key()) == "altered, or sealed with another key: manifest.json"


def test_another_key_opens_nothing(app, archive):
    assert refused(archive, ANOTHER) == "altered, or sealed with another key: manifest.json"


def test_a_part_that_no_manifest_names_is_named(app, archive):
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr("files/pictures/ab/stranger.webp", b"x")
    assert refused(archive, own_key()) == "altered: files/pictures/ab/stranger.webp is not in the manifest"


def test_an_archive_without_a_seal_is_told(app, archive):
    older = archive.with_name("older.zip")
    with zipfile.ZipFile(archive) as before, zipfile.ZipFile(older, "w") as after:
        for name in before.namelist():
            if name != "seal":
                after.writestr(name, before.read(name))
    assert refused(older, own_key()).startswith("not sealed:")
    assert "the instance is not empty" in refused(older, None)


def test_the_key_is_its_owners_alone_and_in_no_archive(app, archive):
    assert key_file().stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(archive) as whole:
        assert not [name for name in whole.namelist() if own_key() in whole.read(name) or b"backup.key" in whole.read(name)]


def test_a_key_is_read_however_it_was_copied(app, tmp_path):
    copied = tmp_path / "copied"
    for text in (written(ANOTHER), ANOTHER.hex().upper(), written(ANOTHER).replace(" ", "-"), f"\n {written(ANOTHER)}\n"):
        copied.write_text(text)
        assert key_in(copied) == ANOTHER
    for text in ("", "not a key", ANOTHER.hex()[:-2]):
        copied.write_text(text)
        with pytest.raises(KeyRefused):
            key_in(copied)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "say --key FILE"),
        (["--key", "KEY", "--unsealed"], "say --key FILE"),
        (["--key", "nowhere"], "nowhere holds no key of a backup"),
        (["--key", "KEY"], "the instance is not empty"),
        (["--unsealed"], "the instance is not empty"),
    ],
)
def test_restoring_asks_for_the_key_or_for_the_word_unsealed(app, archive, options, said):
    words = [str(key_file()) if word == "KEY" else word for word in options]
    answer = app.test_cli_runner().invoke(restore, [str(archive), *words])
    assert (answer.exit_code, said in answer.output) == (1, True)


def test_setup_shows_the_key_once_and_a_backup_says_where_it_lies(app, tmp_path):
    key_file().unlink(missing_ok=True)
    first = app.test_cli_runner().invoke(backup, [str(tmp_path / "1.zip")])
    again = app.test_cli_runner().invoke(backup, [str(tmp_path / "2.zip")])
    assert [str(key_file()) in answer.output for answer in (first, again)] == [True, False]
    typed = "Samira\nsamira@example.org\nla pluie sur les figuiers\nla pluie sur les figuiers\n"
    assert written(own_key()) in app.test_cli_runner().invoke(setup, [], input=typed).output
