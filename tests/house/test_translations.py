"""Everything a person sees has one French and one Arabic, with the same placeholders as in English."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
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


LETTER, NO_LETTER = "(?<![ء-ي\u064b-\u0652])", "(?![ء-ي\u064b-\u0652])"  # where an Arabic word begins and ends


def word(*ways: str) -> str:
    """A pattern of Arabic words, with what is written together with them in front."""
    return f"{LETTER}[وفبلك]?(?:{'|'.join(ways)}){NO_LETTER}"


# Words that end in a bare alif of their own; « نا », « ها », « كما », « هما » and « وا » are pronouns and verbs.
BARE = (
    "لا|هذا|ما|إذا|إلا|أما|إما|ماذا|لماذا|بلا|بما|ربما|مما|حالما|فيما|عندما|بينما|عدا|يا|يوما عمل|رابطا صورتين"
    "|كلما|هكذا|لما|عما|ألا|العليا|الهدايا|هدايا|الخلايا|خلايا|بقايا|الصودا"
    "|ثلثا 20|اثنتا عشرة|اشترطتا|بابا|إفريقيا|حاحا|سلا|طاطا|آسا|كندا"
    "|نوراندا"
)
TANWIN = (
    rf"(?<![ء-ي\u064b-\u0652])(?!(?:[وفبل]{{0,2}}(?:{BARE}))(?![ء-ي]))[ء-ي\u0651]+(?<![وهن])(?<!كم)(?<!هم)ا(?![ء-ي\u064b])"
    r"|(?<![ء-ي])و?(?:ثمنا|وزنا|لونا|ممكنا|درهما|عضوا|فرنا|ميزانا|عجينا|أحيانا|زمنا|عينا|زيتونا|وعدا|مكانا)(?![ء-ي\u064b])"
)
ONE_READER = (
    "حسابك|سلتك|طلبك|بطاقتك|هاتفك|منتجاتك|لديك|يمكنك"
    "|أعد المحاولة|أعد تحميل|حاول مرة|حاول من جديد|اختر|اكتب|أدخل|اضغط|انقر|أضف"
)
MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
# Words of one language that have one way, told with what stands for the wrong one. The right one is in the glossary.
ONE_WAY = {
    "ar": {
        "a Latin sign beside an Arabic letter": r"[ء-ي\u064b-\u0652»\u2069)][,;?]|[,;?] ?[ء-ي]",
        "quotation marks of another script": '["“”„]|« | »',
        "a space before a sign": "[ء-ي\u064b-\u0652)] [،؛؟!:.](?!\\S)",
        "tanwin before its alif": "\u064b\u0627",
        "tanwin left out": TANWIN,
        "tanwin of a hamza left out": word("ابتداء(?= من)", "بناء(?= على)", "سواء(?= أ)", "مساء(?=،)"),
        "tanwin of a stem that ends in ya left out": word(
            "ثان", "باق", "جار", "كاف", "مشتر", "عال", "خال", "متساو", "أراض", "ثوان"
        ),
        "a hamza on the wrong seat": word("[تيسن]?[ست]?قرأون(?:ها|ه)?", "(?:ا|ت|ي)بدأون?ا?", "ملأوا", "اقرأوا", "ابدأوا"),
        "one reader instead of all": rf"(?<![ء-ي])(?:{ONE_READER})(?![ء-ي])",
        "doubling left out of an order": word("سجلوا", "غيروا", "أكدوا", "صححوا", "أدوا"),
        "marks that differ": word("(?:ال)?موثقة", "(?:ال)?مكوّن(?:ون|ين)?", "تعذّر", "تغيّر", "خطأً", "أُدّي", "يضع(?= شيء)"),
        "an order": word("(?:ال|لل)?طلبات(?! المشاريع| الرموز)", "طلب (?=دون حساب)", "صفحة الطلب", "ملخص الطلب"),
        "a list": word("(?:ال|لل)?قائمة(?! الرئيسية| من قبل|\\.)", "قائمتكم"),
        "rows": word("(?:ال|لل)?سطور"),
        "a filter": word("(?:ال|لل)?مرشحات"),
        "prices": word("(?:ال|لل)?أثمنة"),
        "a product": word("(?:ال|لل)?منتوج(?:ات)?(?:كم|ها|نا)?"),
        "verifying a cooperative": "تحقق [^.،؛]{0,20}تعاوني",
        "picking up": word("(?:ال)?تسلّ?م(?=[ ,:.])", "تُتسلَّم", "تسلّمها"),
        "delivery cost": word("رسوم التوصيل"),
        "a territory": word("(?:ال)?نطاق (?:ال)?ترابي"),
        "the card service": word("خدمة البطاقات?"),
        "what is charged": word("يُخصم", "يُقتص"),
        "the carrier": word("شركة النقل", "(?:ال)?موزع"),
        "the password": word("كلمة المرور", "كلمات المرور"),
        "revoking": word("سُحبت في", "سحب شهادات[يكه]م?", "سحبتموها"),
        "the brand": "تويزة|تيويزي",
        "already": word("مسبقاً?"),
        "a course": word("دروس قصيرة", "(?:ال)?تكوين(?= ولا)"),
        "the operator": word("مسيّر"),
    },
    "fr": {
        "a straight apostrophe": r"\w'\w",
        "quotation marks of another script": '["“”„]',
        "no space before a sign": r"\w[;!?](?!\S)|\w:(?!\S)|«\S|[^\s«]»",
        "days that are not those counted": "ouvrable",
        "a message": r"(?i)(?<!par )\blettres?\b(?! par| de (?:ce fichier|marque))|\bcourriers?\b",
        "an address": "adresse de courriel|adresse mail|e-mail",
        "an ordinal of the first": rf"\b(?:le|du|au) 1 (?:{MONTHS})",
        "the office": r"(?<!^)\b(?:[Ll]e|du|au) bureau\b|^Le bureau (?=\w)",
        "a second person": r"\bseconde personne|seconde étape",
        "a reason": r"^Raison\b|\b(?:une|votre|la) raison\b(?! d)",
        "a currency": r"\bdevises?\b",
        "dirhams": r"\bDHS?\b|\bDhs?\b",
        "the card service": r"[Ss]ervice de cartes?\b",
        "a certificate": r"\battestations?\b",
        "equipment": r"\béquipement de vos",
        "what is typed": r"\b[Tt]apez|\btapée?s?\b",
        "a mail address of somebody": r"exemple\.(?:org|com)",
        "the reader as a man": r"\b[Vv]ous (?:êtes|étiez|serez|restiez|ne serez pas) (?:plus |déjà )?"
        r"(?:connecté|invité|effacé|débité|seul|remboursé|inscrit)\b",
        "thousands apart by an ordinary space": r"(?<![\d ])\d{1,3} \d{3}\b(?! \d\d)",
    },
}
DATA = ("app/territories", "app/accounts/demo", "catalog/demo", "projectbank/demo", "academy/demo")


def told_in(value: object, code: str) -> Iterator[str]:
    """The texts of a language in what a file of data holds."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from [inner] if key == code and isinstance(inner, str) else told_in(inner, code)
    elif isinstance(value, list):
        for inner in value:
            yield from told_in(inner, code)


def long_texts(code: str) -> Iterator[tuple[str, str]]:
    """What the house says outside its catalogues: rules, territories, and everything the demonstration shows."""
    for folder in DATA:
        for path in sorted((HOUSE / folder).rglob("*")):
            name = path.relative_to(HOUSE).as_posix()
            if path.name.endswith((f".{code}.md", f".{code}.txt")):
                yield name, path.read_text("utf-8")
            elif path.suffix == ".json":
                yield from ((name, text) for text in told_in(json.loads(path.read_text("utf-8")), code))


def second_ways(code: str, text: str, ways: Iterable[str] | None = None) -> list[str]:
    return [why for why in ways or ONE_WAY.get(code, {}) if re.search(ONE_WAY[code][why], text, re.MULTILINE)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_what_can_be_written_in_two_ways_is_written_in_one(path):
    told = [text for message in messages(path) for text in texts(message.string)]
    assert [(why, text) for text in told for why in second_ways(path.stem, text)] == []


# In a lesson or a story these words are everyday ones: nobody counts, orders or revokes anything by them.
EVERYDAY = {
    "fr": ("a message", "a reason", "no space before a sign", "what is typed", "the office"),
    "ar": ("the carrier", "picking up", "an order", "a space before a sign", "quotation marks of another script"),
}


@pytest.mark.parametrize("code", CODES)
def test_long_texts_are_written_in_the_same_way_as_the_catalogues(code):
    ways = [why for why in ONE_WAY[code] if why not in EVERYDAY[code]]
    wrong = [(name, why, text[:80]) for name, text in long_texts(code) for why in second_ways(code, text, ways)]
    assert wrong == []
    assert len(list(long_texts(code))) > 1300  # the pages of rules, the lessons and the goods are among them


def test_the_ways_are_told_apart():
    wrong = ["شكرا لكم", "دائما", "خمسة عشر غراما", "ليس ثمنا", "رمزا،", "وجافا", "25 درهما", "12 عضوا"]
    right = ["شكراً", "لا هذا ولا ذاك", "سعيكم وكتابكما", "اكتبوا", "لهذا", "حسابنا", "يوما عمل", "وماذا", "بها", "كلما"]
    assert [text for text in (*wrong, *right) if re.search(TANWIN, text)] == wrong


SECOND = [
    ("ar", "a Latin sign beside an Arabic letter", "اسم, رقم", "اسم، رقم"),
    ("ar", "a Latin sign beside an Arabic letter", "هل «%(title)s»?", "هل «%(title)s»؟"),
    ("ar", "quotation marks of another script", "« عسل »", "«عسل»"),
    ("ar", "a space before a sign", "اسمكم :", "اسمكم:"),
    ("ar", "tanwin of a hamza left out", "ابتداء من %(day)s", "ابتداءً من %(day)s"),
    ("ar", "tanwin of a stem that ends in ya left out", "شخص ثان", "شخص ثانٍ، الثاني"),
    ("ar", "a hamza on the wrong seat", "تقرأون ما يُمحى", "تقرؤون، اقرؤوا، ابدؤوا، يقرأ"),
    ("ar", "one reader instead of all", "أعد المحاولة بعد قليل", "أعيدوا المحاولة بعد قليل"),
    ("ar", "doubling left out of an order", "سجلوا الدخول", "سجّلوا الدخول"),
    ("ar", "marks that differ", "تعاونية موثقة", "تعاونية موثَّقة، المكوِّنون"),
    ("ar", "an order", "الطلبات والطرود", "الطلبيات والطرود، سُحب الطلب"),
    ("ar", "a list", "اختاروا من القائمة", "القائمة الرئيسية، من اللائحة"),
    ("ar", "rows", "السطور المرفوضة", "الأسطر المرفوضة"),
    ("ar", "a filter", "مرشحات أقل", "معايير أقل"),
    ("ar", "prices", "الأثمنة الجديدة", "الأثمان الجديدة"),
    ("ar", "a product", "منتوجاتكم", "منتجاتكم"),
    ("ar", "verifying a cooperative", "حين يتحقق المكتب من تعاونيتكم", "حين يوثّق المكتب تعاونيتكم"),
    ("ar", "picking up", "مكان التسلّم:", "مكان الاستلام:"),
    ("ar", "delivery cost", "رسوم التوصيل", "مصاريف التوصيل"),
    ("ar", "a territory", "النطاق الترابي", "المجال الترابي"),
    ("ar", "the card service", "خدمة البطاقات", "خدمة الأداء بالبطاقة"),
    ("ar", "what is charged", "لن يُخصم", "لن يُقتطع"),
    ("ar", "the carrier", "لدى شركة النقل", "لدى الناقل"),
    ("ar", "the password", "كلمة المرور", "كلمة السر، مفتاح مرور"),
    ("ar", "revoking", "سحب شهاداتي", "إلغاء شهاداتي، سحب المشروع"),
    ("ar", "the brand", "تويزة", "تويزي"),
    ("ar", "already", "معروف مسبقاً", "معروف من قبل"),
    ("ar", "a course", "دروس قصيرة", "دورات قصيرة، التكوين"),
    ("ar", "the operator", "مسيّر للمنصة", "المشرف"),
    ("fr", "quotation marks of another script", "le mot “miel”", "le mot « miel »"),
    ("fr", "no space before a sign", "Annuler?", "Annuler ? https://a.example?b"),
    ("fr", "no space before a sign", "«miel»", "« miel » à 10:12"),
    ("fr", "a message", "prévenus par courrier", "prévenus par message, lettre par lettre, un courriel"),
    ("fr", "an address", "une adresse de courriel", "une adresse électronique"),
    ("fr", "an ordinal of the first", "le 1 mai", "le 1er mai"),
    ("fr", "the office", "écrivez au bureau", "écrivez à l’office"),
    ("fr", "the office", "Le bureau a bloqué", "Le bureau"),
    ("fr", "a second person", "une seconde personne", "une deuxième personne, second facteur"),
    ("fr", "a reason", "Donnez une raison", "Donnez un motif, en raison de, raisons d’hygiène"),
    ("fr", "a currency", "une autre devise", "une autre monnaie"),
    ("fr", "dirhams", "25 DH le pot", "25 MAD le pot"),
    ("fr", "the card service", "le service de carte", "le service de paiement par carte"),
    ("fr", "a certificate", "l’attestation", "le certificat"),
    ("fr", "what is typed", "Tapez-le", "Saisissez-le, étape"),
    ("fr", "a mail address of somebody", "nom@exemple.org", "nom@example.org, exemple"),
    ("fr", "the reader as a man", "Vous êtes invité", "Vous êtes ici, vous êtes invités à"),
    ("fr", "thousands apart by an ordinary space", "5 000 lignes", "5\u202f000 lignes, 06 12 345 678, 10 MAD"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "way", "second", "first"), SECOND)
def test_a_second_way_is_noticed_and_the_first_is_not(code, way, second, first):
    assert second_ways(code, second) == [way]
    assert second_ways(code, first) == []


# Two values with a Latin comma between them, or a list joined by one: Arabic has its own, `comma()`.
LATIN_COMMA = re.compile(r"""(?:\}\}|</\w+>), ?(?:\{[{%]|<)|join\(["'], ["']\)""")


def test_templates_part_the_things_of_a_list_as_the_language_does():
    found = [
        (path.relative_to(HOUSE).as_posix(), match[0])
        for package in PACKAGES
        for path in (HOUSE / package).rglob("*.html")
        for match in LATIN_COMMA.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    noticed = ["<b>{{ way }}</b>, {{ day }}", "{{ a }}, {{ b }}", '{{ names|join(", ") }}', "{{ a }}, {% if b %}"]
    assert [text for text in noticed if not LATIN_COMMA.search(text)] == []
    assert not LATIN_COMMA.search("{{ a ~ comma() ~ b }} {{ names|join(comma()) }} {{ page(a, b) }}")
