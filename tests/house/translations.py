"""Every word a person sees has its French and its Arabic: run as a program it lists what is missing and exits 1.

`python -m tests.house.translations --add` puts the missing messages, still empty, into the packages' files.
"""

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.engines.language import PACKAGES
from app.settings import HOUSE

KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "translate": None,
    "translate_many": (1, 2),
    "msg": None,
    "word": None,
    "Later": None,
}
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"jinja2.ext:babel_extract": {"trimmed": "true"}}
WHERE = {package: [package] for package in PACKAGES}
WHERE["app/web"] = ["app/web", "app/engines", "app/kernel", "app/console"]


def _method_map() -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    return METHODS, {pattern: OPTIONS.get(method, {}) for pattern, method in METHODS}


def messages_of(folder: Path) -> Catalog:
    """The messages in the code and templates below a folder."""
    found = Catalog()
    methods, options = _method_map()
    for file, line, message, _comments, context in extract_from_dir(
        str(folder),
        method_map=methods,
        options_map=options,
        keywords=KEYWORDS,
        directory_filter=lambda path: "__pycache__" not in path,
    ):
        if message and message != ("", ""):
            found.add(message, locations=[(file, line)], context=context)
    return found


def read(path: Path, code: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=code)
    with path.open("rb") as source:
        return read_po(source, locale=code)


def is_translated(catalogue: Catalog, message_id: object) -> bool:
    message = catalogue.get(message_id)
    if message is None or message.fuzzy:
        return False
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


def missing(package: str, code: str) -> list[object]:
    """Messages of a package without a translation, in its own file or in the shell's."""
    own = read(HOUSE / package / "translations" / f"{code}.po", code)
    shared = read(HOUSE / "app/web/translations" / f"{code}.po", code)
    found = []
    for folder in WHERE[package]:
        for message in messages_of(HOUSE / folder):
            if message.id and not is_translated(own, message.id) and not is_translated(shared, message.id):
                found.append(message.id)
    return found


def add_missing() -> None:
    for package in PACKAGES:
        for code in ("fr", "ar"):
            path = HOUSE / package / "translations" / f"{code}.po"
            catalogue = read(path, code)
            for message_id in missing(package, code):
                if catalogue.get(message_id) is None:
                    catalogue.add(message_id)
            path.parent.mkdir(exist_ok=True)
            with path.open("wb") as out:
                write_po(out, catalogue, omit_header=False, sort_output=False, width=120)


def main() -> int:
    if "--add" in sys.argv:
        add_missing()
    count = 0
    for package in PACKAGES:
        for code in ("fr", "ar"):
            for message_id in missing(package, code):
                print(f"{package} {code}: {message_id!r}")
                count += 1
    print(f"{count} messages without translation" if count else "All messages are translated.")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
