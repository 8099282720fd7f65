"""Files lie under names of ours: nothing outside the folder is reached, and no half file is ever seen."""

import os
import re
from pathlib import Path

import pytest

from app.engines.files import store
from app.engines.files.store import all_keys, get, new_key, open_file, path_of, put, remove
from app.kernel.errors import NotFound

NOT_KEYS = [
    "../../etc/passwd",
    "pictures/../../secret",
    "pictures/ab/../../../secret",
    "/etc/passwd/x",
    "pictures/ab",
    "a/b/c/d",
    "",
    "pictures//x",
    "pictures/ab/.hidden",
    "pictures/ab/x\x00.webp",
    "pictures/ab/x/",
    "pictures\\ab\\x",
    "pictures/ab/x y",
    "pictures/ab/" + "x" * 300,
    "pictures/ab/x.",
    "pictures/ab/..",
    "pictures/ab/é.webp",
    "pictures/ab/x.webp\n",
]


@pytest.fixture
def folder(app) -> Path:
    return Path(app.config["INSTANCE"]) / "files"


def test_what_is_put_is_got(app, folder):
    key = new_key("pictures", "webp")
    assert re.fullmatch(r"pictures/([0-9a-f]{2})/\1[0-9a-f]{30}\.webp", key)
    put(key, b"honey")
    put(key, b"more honey")
    assert get(key) == b"more honey"
    assert path_of(key).read_bytes() == b"more honey"
    with open_file(key) as stream:
        assert stream.read() == b"more honey"
    assert list(all_keys()) == [key]
    remove(key)
    remove(key)
    assert list(all_keys()) == []


@pytest.mark.parametrize("key", NOT_KEYS, ids=range(len(NOT_KEYS)))
def test_a_name_that_is_not_ours_is_not_found_whatever_is_asked(app, folder, key):
    (folder.parent / "secret").write_text("of the instance")
    for ask in (get, open_file, path_of, remove, lambda name: put(name, b"x")):
        with pytest.raises(NotFound):
            ask(key)
    assert list(all_keys()) == []
    assert (folder.parent / "secret").read_text() == "of the instance"


def test_a_file_that_is_not_there_is_not_found(app):
    for ask in (get, open_file, path_of):
        with pytest.raises(NotFound):
            ask("pictures/ab/abcdef.webp")


def test_a_disk_that_fails_leaves_the_old_file_and_no_half_one(app, folder, monkeypatch):
    put("pictures/ab/x.webp", b"the old one")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        put("pictures/ab/x.webp", b"the new one")
    with pytest.raises(OSError, match="No space"):
        put("pictures/ab/y.webp", b"another")
    assert get("pictures/ab/x.webp") == b"the old one"
    assert [path.name for path in (folder / "pictures/ab").iterdir()] == ["x.webp"]


def test_a_half_written_file_is_not_listed(app, folder):
    put("pictures/ab/x.webp", b"whole")
    (folder / "pictures/ab/.y.webp.12ab").write_bytes(b"hal")
    assert list(all_keys()) == ["pictures/ab/x.webp"]
    assert store.is_key("pictures/ab/x.webp")
