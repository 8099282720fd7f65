"""Every word a person sees has one French and one Arabic: run as a program it lists what is wrong and exits 1.

A message stands in the file of the package that says it, or in the shell's when several say it, and nowhere else. A word
that means something else in one module carries the module's name as its context (`msg_in("orders", "Confirmed")`).
`python -m tests.house.translations --write` adds what is missing, still empty, moves what stands in the wrong file and
drops what nobody says; two different translations of one message it leaves to you.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.engines.language import PACKAGES
from app.settings import HOUSE

Key = tuple[str | None, str]  # context, English (the singular)

KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "translate": None,
    "translate_many": (1, 2),
    "msg": None,
    "msg_in": ((1, "c"), 2),
    "word": None,
    "Later": None,
}
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"jinja2.ext:babel_extract": {"trimmed": "true"}}
SHARED = "app/web"
WHERE = {package: [package] for package in PACKAGES}
WHERE[SHARED] = [SHARED, "app/engines", "app/kernel", "app/console"]
CODES = ("fr", "ar")
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3"
    " : n%100>=11 && n%100<=99 ? 4 : 5);",
}
HEADER = """msgid ""
msgstr ""
"Language: {code}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def key_of(message: Message) -> Key:
    english = message.id if isinstance(message.id, str) else message.id[0]
    return message.context, english


@cache
def messages_of(folder: Path) -> dict[Key, Message]:
    """The messages in the code and templates below a folder, looked at once for all languages."""
    found: dict[Key, Message] = {}
    for _file, _line, english, _comments, context in extract_from_dir(
        str(folder),
        method_map=METHODS,
        options_map={pattern: OPTIONS.get(method, {}) for pattern, method in METHODS},
        keywords=KEYWORDS,
        directory_filter=lambda path: "__pycache__" not in path,
    ):
        if english and english != ("", ""):
            message = Message(english, context=context)
            if message.pluralizable or key_of(message) not in found:
                found[key_of(message)] = message
    return found


def written(catalogue: Catalog) -> dict[Key, Message]:
    return {key_of(message): message for message in catalogue if message.id}


def is_translated(message: Message, counted: bool) -> bool:
    """Has it all its words? Who counts things (`counted`) finds nothing in an entry without plural."""
    if message.fuzzy or (counted and not message.pluralizable):
        return False
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


@dataclass
class Words:
    """What each package says, and what each package's file of one language holds; paths are relative to `house`."""

    code: str
    house: Path = HOUSE
    where: Mapping[str, list[str]] = field(default_factory=lambda: WHERE)

    @cached_property
    def said(self) -> dict[str, dict[Key, Message]]:
        said: dict[str, dict[Key, Message]] = {}
        for package, folders in self.where.items():
            said[package] = {}
            for folder in folders:
                said[package] |= messages_of(self.house / folder)
        return said

    def path(self, package: str) -> Path:
        return self.house / package / "translations" / f"{self.code}.po"

    @cached_property
    def files(self) -> dict[str, Catalog]:
        files = {}
        for package in self.where:
            if self.path(package).exists():
                with self.path(package).open("rb") as source:
                    files[package] = read_po(source, locale=self.code)
            else:
                files[package] = Catalog(locale=self.code)
        return files

    def home(self, key: Key) -> str | None:
        """The package whose file has the message; None when nobody says it."""
        speakers = [package for package in self.where if key in self.said[package]]
        if len(speakers) < 2:
            return speakers[0] if speakers else None
        return SHARED

    def wrong(self) -> Iterator[str]:
        """One line for each thing that is wrong in the language's files."""
        places: dict[Key, list[str]] = {}
        for package, catalogue in self.files.items():
            for key in written(catalogue):
                places.setdefault(key, []).append(package)
            yield from self._ill_formed(package)
        for key, packages in places.items():
            if len(packages) > 1:
                texts = {str(written(self.files[package])[key].string) for package in packages}
                yield f"{'repeated' if len(texts) == 1 else 'conflict'} in {', '.join(packages)}: {key[1]!r} {sorted(texts)}"
            elif self.home(key) is None:
                yield f"nobody says, in {packages[0]}: {key[1]!r}"
            elif packages != [self.home(key)]:
                yield f"belongs to {self.home(key)}, stands in {packages[0]}: {key[1]!r}"
        for package, said in self.said.items():
            for (context, english), message in said.items():
                if context and context != package.rpartition("/")[2]:
                    yield f"says the word of {context}, in {package}: {english!r}"
                there = [written(self.files[place])[context, english] for place in places.get((context, english), [])]
                if not any(is_translated(one, message.pluralizable) for one in there):
                    yield f"not translated, in {package}: {english!r}"

    def _ill_formed(self, package: str) -> Iterator[str]:
        path = self.path(package)
        if not path.exists():
            return
        text = path.read_text(encoding="utf-8")
        if "\n#~" in text:
            yield f"put aside, in {package}: lines that begin with #~"
        entries: list[tuple[str, str]] = re.findall(r'^(?:msgctxt (.*)\n)?msgid (.*(?:\n".*)*)', text, re.MULTILINE)
        for entry in sorted({one for one in entries if entries.count(one) > 1}):
            yield f"twice in {package}: {entry[1]}"

    def write(self) -> None:
        """Each message into its home; the first translation wins where several are the same."""
        known: dict[Key, list[Message]] = {}
        for catalogue in self.files.values():
            for key, message in written(catalogue).items():
                known.setdefault(key, []).append(message)
        clashing = {key for key, found in known.items() if len({str(one.string) for one in found}) > 1}
        for package, catalogue in self.files.items():
            kept = [m for key, m in written(catalogue).items() if key in clashing or self.home(key) == package]
            there = {key_of(message) for message in kept}
            for said in self.said.values():
                for key, message in said.items():
                    if key not in there and key not in clashing and self.home(key) == package:
                        kept.append(known.get(key, [message])[0])
                        there.add(key)
            self._write_file(package, kept)

    def _write_file(self, package: str, messages: list[Message]) -> None:
        catalogue = Catalog(locale=self.code)
        for one in messages:
            catalogue.add(one.id, one.string, flags=one.flags, context=one.context, user_comments=one.user_comments)
        self.path(package).parent.mkdir(exist_ok=True)
        with self.path(package).open("wb") as out:
            out.write(HEADER.format(code=self.code, plurals=PLURALS[self.code]).encode())
            write_po(out, catalogue, omit_header=True, width=120)


def main() -> int:
    if "--write" in sys.argv:
        for code in CODES:
            Words(code).write()
    lines = [f"{code}: {line}" for code in CODES for line in Words(code).wrong()]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    print(f"{len(lines)} things to mend." if lines else "All messages are translated, each in one place.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
