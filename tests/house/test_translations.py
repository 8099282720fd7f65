"""Everything a person sees has one French and one Arabic, with the same placeholders as in English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from app.engines.language import PACKAGES, speaking, translate
from app.kernel.text import msg_in
from app.settings import HOUSE
from tests.house.syntax import trees
from tests.house.translations import CODES, KEYWORDS, Words

TEMPLATES = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])

FILES = sorted(path for package in PACKAGES for path in (HOUSE / package / "translations").glob("*.po"))
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd%]")
ARABIC = re.compile(r"[\u0600-\u06ff]")
EASTERN_DIGITS = re.compile(r"[\u0660-\u0669\u06f0-\u06f9]")
EASTERN_MONTHS = re.compile(
    r"كانون|شباط|آذار|نيسان|أيار|حزيران|تموز|أيلول|تشرين|\bمايو\b|\bيوليو\b|\bأغسطس\b|\bسبتمبر\b|\bنوفمبر\b|\bديسمبر\b"
)


def read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.stem)


def texts(value: object) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else [str(value or "")]


def messages(path: Path) -> list[Message]:
    return [message for message in read(path) if message.id]


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_translated_and_stands_in_one_place(code):
    assert list(Words(code).wrong()) == []


SAYS = {
    "app/web/shell.py": 'translate("Save")',
    "catalog/goods.py": 'translate("Story")\nmsg("Save")',
    "orders/parcels.py": 'translate("Story")\nmsg_in("orders", "Remove")\ntranslate_many("%(num)s box", "%(num)s boxes", 2)',
}
RIGHT = {
    "app/web": [(None, "Save", "Enregistrer"), (None, "Story", "Histoire")],
    "catalog": [],
    "orders": [
        ("orders", "Remove", "Ôter"),
        (None, ("%(num)s box", "%(num)s boxes"), ("%(num)s caisse", "%(num)s caisses")),
    ],
}


def words_of(house: Path, files: dict[str, list[tuple]]) -> Words:
    """A small house with three packages that says SAYS, and the French files given."""
    for path, text in SAYS.items():
        (house / path).parent.mkdir(parents=True, exist_ok=True)
        (house / path).write_text(text)
    words = Words("fr", house, {package: [package] for package in RIGHT})
    for package, entries in files.items():
        words._write_file(package, [Message(english, french, context=context) for context, english, french in entries])
    return Words("fr", house, words.where)


def test_a_house_whose_words_are_in_place_has_nothing_wrong(tmp_path):
    assert list(words_of(tmp_path, RIGHT).wrong()) == []


@pytest.mark.parametrize(
    ("package", "entry", "told"),
    [
        ("orders", (None, "Story", "Récit"), "conflict in app/web, orders: 'Story' ['Histoire', 'Récit']"),
        ("catalog", (None, "Save", "Enregistrer"), "repeated in app/web, catalog: 'Save' ['Enregistrer']"),
        ("catalog", (None, "Buy", "Acheter"), "nobody says, in catalog: 'Buy'"),
        ("catalog", (None, "Remove", "Retirer"), "nobody says, in catalog: 'Remove'"),
    ],
)
def test_a_message_that_stands_in_two_places_or_is_said_by_nobody_is_told(tmp_path, package, entry, told):
    assert list(words_of(tmp_path, RIGHT | {package: [*RIGHT[package], entry]}).wrong()) == [told]


@pytest.mark.parametrize(
    ("package", "left", "told"),
    [
        ("orders", 1, ["not translated, in orders: 'Remove'"]),
        ("orders", 0, ["not translated, in orders: '%(num)s box'"]),
        ("app/web", 0, ["not translated, in catalog: 'Story'", "not translated, in orders: 'Story'"]),
    ],
)
def test_a_message_without_translation_is_told(tmp_path, package, left, told):
    assert list(words_of(tmp_path, RIGHT | {package: [RIGHT[package][left]]}).wrong()) == told


def test_a_message_that_is_counted_needs_its_plural(tmp_path):
    single = (None, "%(num)s box", "%(num)s caisse")
    words = words_of(tmp_path, RIGHT | {"orders": [RIGHT["orders"][0], single]})
    assert list(words.wrong()) == ["not translated, in orders: '%(num)s box'"]


def put_together(tree: ast.AST) -> Iterator[str]:
    """Messages made of pieces, which no file of translations can hold, and speakers that go by another name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if alias.name in KEYWORDS and alias.asname)
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in KEYWORDS:
            continue
        pieces = [text for text in node.args[:2] if isinstance(text, ast.JoinedStr | ast.BinOp)]
        chosen = [text for text in node.args[:1] if isinstance(text, ast.IfExp) and isinstance(text.body, ast.Constant)]
        yield from map(ast.unparse, pieces + chosen)


def put_together_in_template(text: str) -> Iterator[int]:
    """Lines on which a template translates pieces, or one of two texts."""
    for node in TEMPLATES.parse(text).find_all(nodes.Call):
        pieces = (nodes.Concat, nodes.Add, nodes.Mod, nodes.CondExpr)
        if isinstance(node.node, nodes.Name) and node.node.name in KEYWORDS and isinstance(node.args[0], pieces):
            yield node.lineno


def test_messages_are_written_in_one_piece():
    found = {name: told for name, tree in trees() if (told := list(put_together(tree)))}
    found |= {
        path.relative_to(HOUSE).as_posix(): told
        for package in PACKAGES
        for path in (HOUSE / package).rglob("*.html")
        if (told := list(put_together_in_template(path.read_text(encoding="utf-8"))))
    }
    found.pop("app/kernel/typed.py", None)  # str.translate
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        'translate(f"Wug {name}")',
        'translate("Wug " + name)',
        'msg("Wug %s" % name)',
        'language.translate("Wug" if one else "Wugs")',
        "from app.engines.language import translate as tell",
    ],
)
def test_a_message_of_pieces_is_noticed(line):
    assert len(list(put_together(ast.parse(line)))) == 1
    assert list(put_together(ast.parse('translate(msg("a") if one else WORDS[two], num=1 + 1)'))) == []


@pytest.mark.parametrize("text", ['{{ _("Wug " ~ name) }}', '{{ _("a" if one else "b") }}', '{{ _("Wug %s" % name) }}'])
def test_a_message_of_pieces_in_a_template_is_noticed(text):
    assert list(put_together_in_template(text)) == [1]
    assert list(put_together_in_template('{{ _("Wug %(name)s", name="a" ~ b) }}{{ _("a") if one else _("b") }}')) == []


def test_a_message_of_two_packages_belongs_to_the_shell(tmp_path):
    words = words_of(tmp_path, {**RIGHT, "app/web": RIGHT["app/web"][:1], "catalog": RIGHT["app/web"][1:]})
    assert list(words.wrong()) == ["belongs to app/web, stands in catalog: 'Story'"]
    words.write()
    assert list(words_of(tmp_path, {}).wrong()) == []


def test_a_package_says_no_word_of_another_ones_context(tmp_path):
    (tmp_path / "catalog").mkdir()
    words_of(tmp_path, RIGHT)
    (tmp_path / "catalog/bulk.py").write_text('msg_in("orders", "Remove")')
    assert "says the word of orders, in catalog: 'Remove'" in list(words_of(tmp_path, {}).wrong())


def test_a_message_written_twice_in_a_file_or_put_aside_is_told(tmp_path):
    words = words_of(tmp_path, RIGHT)
    with words.path("orders").open("a") as file:
        file.write('\nmsgctxt "orders"\nmsgid "Remove"\nmsgstr "Retirer"\n\n#~ msgid "Old"\n#~ msgstr "Vieux"\n')
    assert list(words.wrong()) == ["put aside, in orders: lines that begin with #~", 'twice in orders: "Remove"']


def test_writing_keeps_two_different_translations_for_the_one_who_decides(tmp_path):
    words = words_of(tmp_path, RIGHT | {"orders": [*RIGHT["orders"], (None, "Story", "Récit")]})
    words.write()
    told = ["conflict in app/web, orders: 'Story' ['Histoire', 'Récit']"]
    assert list(words_of(tmp_path, {}).wrong()) == told


@pytest.mark.parametrize(
    ("code", "plain", "own"), [("fr", "Acheteur", "Achat"), ("ar", "المشتري", "الشراء"), ("en", "Buyer", "Buyer")]
)
def test_a_module_says_a_word_in_its_own_sense(code, plain, own):
    with speaking(code):
        assert translate("Buyer") == plain
        assert translate(msg_in("accounts", "Buyer")) == own
        assert translate(msg_in("accounts", "100%% (%(num)s)"), num=3) == "100% (3)"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_a_file_reads_and_its_placeholders_are_those_of_the_source(path):
    wrong = []
    for message in messages(path):
        wanted = {name for text in texts(message.id) for name in PLACEHOLDER.findall(text)}
        for number, text in enumerate(texts(message.string)):
            found = set(PLACEHOLDER.findall(text))
            # a form for exactly one or two may leave the number out; the other forms may not
            lacks = wanted - found - ({"num"} if len(texts(message.string)) > 1 and number < 3 else set())
            if text and (found - wanted or lacks):
                wrong.append((message.id, text))
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_a_file_has_its_languages_plural_forms_and_nothing_doubtful(path):
    catalogue = read(path)
    assert catalogue.num_plurals == {"fr": 2, "ar": 6}.get(path.stem, 2)
    assert [message.id for message in messages(path) if message.fuzzy] == []
    for message in messages(path):
        if isinstance(message.id, list | tuple):
            assert len(texts(message.string)) == catalogue.num_plurals, message.id


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem == "ar"], ids=lambda path: path.relative_to(HOUSE).as_posix()
)
def test_arabic_is_arabic_with_the_digits_and_months_of_morocco(path):
    for message in messages(path):
        for text in texts(message.string):
            assert not EASTERN_DIGITS.search(text), text
            assert not EASTERN_MONTHS.search(text), text
    written = [text for message in messages(path) for text in texts(message.string) if len(text) > 25]
    assert [text for text in written if not ARABIC.search(text)] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem == "fr"], ids=lambda path: path.relative_to(HOUSE).as_posix()
)
def test_french_speaks_with_vous(path):
    familiar = re.compile(r"\b(tu|toi|ton|tes|t’es|t'es)\b", re.IGNORECASE)
    assert [text for message in messages(path) for text in texts(message.string) if familiar.search(text)] == []


# Words that end in a bare alif of their own; « نا », « ها », « كما », « هما » and « وا » are pronouns and verbs.
BARE = "لا|هذا|ما|إذا|إلا|أما|إما|ماذا|لماذا|بلا|بما|ربما|مما|حالما|فيما|عندما|بينما|عدا|يا|يوما عمل|رابطا صورتين"
TANWIN = (
    rf"(?<![ء-ي\u064b-\u0652])(?!(?:[وفبل]?(?:{BARE}))(?![ء-ي]))[ء-ي\u0651]+(?<![وهن])(?<!كم)(?<!هم)ا(?![ء-ي\u064b])"
    r"|(?<![ء-ي])(?:ثمنا|وزنا|لونا|ممكنا)(?![ء-ي\u064b])"
)
ONE_READER = "حسابك|سلتك|طلبك|بطاقتك|هاتفك|منتجاتك|لديك|يمكنك"
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
# Words of one language that have one way, told with what stands for the wrong one.
ONE_WAY = {
    "ar": {
        "a Latin sign beside an Arabic letter": r"[ء-ي\u064b-\u0652][,;?]",
        "tanwin before its alif": "\u064b\u0627",
        "tanwin left out": TANWIN,
        "one reader instead of all": rf"(?<![ء-ي])(?:{ONE_READER})(?![ء-ي])",
    },
    "fr": {
        "a straight apostrophe": r"\w'\w",
        "days that are not those counted": "ouvrable",
        "a letter that is a message": r"\blettres? (?:de ce genre|est|sont|part|reviennent|apporte|refus)",
        "an ordinal of the first": rf"\ble 1 (?:{MONTHS})",
    },
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_what_can_be_written_in_two_ways_is_written_in_one(path):
    told = [text for message in messages(path) for text in texts(message.string)]
    ways = ONE_WAY.get(path.stem, {})
    assert [(why, text) for why, wrong in ways.items() for text in told if re.search(wrong, text)] == []


def test_the_ways_are_told_apart():
    wrong = ["شكرا لكم", "دائما", "خمسة عشر غراما", "ليس ثمنا", "رمزا،", "وجافا"]
    right = ["شكراً", "لا هذا ولا ذاك", "سعيكم وكتابكما", "اكتبوا", "لهذا", "حسابنا", "يوما عمل", "وماذا", "بها"]
    assert [text for text in (*wrong, *right) if re.search(TANWIN, text)] == wrong
