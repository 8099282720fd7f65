"""Names as people type them, which other people read: words, and nothing that can be followed or dialled.

A name goes into letters to people who have never heard of who typed it. So it holds no address of a page, no mail address
and no phone number; and a letter shows what was typed somewhere else so that no mail program makes a link of it.
"""

import re
import unicodedata

from app.kernel.errors import Invalid
from app.kernel.text import one_line

# The ends of addresses that mail programs make links of: those of countries, the most used others, Arabic ones.
_COUNTRIES = (
    "ac ad ae af ag ai al am ao ar as at au aw az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf "
    "cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge "
    "gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg "
    "kh ki km kn kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv "
    "mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw "
    "sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz "
    "ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_OTHERS = (
    "com net org info biz name pro mobi edu gov int app dev page web site online store shop xyz top club vip live "
    "life link click website space tech cloud email group team work world today news blog art icu fun host press "
    "bid win loan men date review trade party cash money credit loans bank pay sale deals gift promo casino bet "
    "poker games game stream download zip mov africa arab"
)
_ARABIC = "المغرب مغرب شبكة موقع السعودية مصر امارات عرب بازار كوم تونس الجزائر فلسطين قطر عمان سورية العراق الاردن"
_END = "|".join(f"{_COUNTRIES} {_OTHERS} {_ARABIC}".split())
_LONG_END = "|".join(_OTHERS.split())
# Before a particle, with the rest of the name behind it, these are people: "Dr.Al Amrani", "Mme.de Sévigné".
_TITLED = (
    r"(?:dr|pr|prof|me|mr|mrs|ms|mme|mlle|m|st|ste|sté|sœur|coop|assoc|ass|cie|asso)\.(?:al|de|la|as|ad|az|es)[ -](?=\w)"
)

_FOLLOWED = re.compile(
    rf"://|\bhttps?:|\bwww\.|@|\w\.\w{{2,63}}/|\bxn--|(?<!\d)\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?!\d)"
    rf"|(?<=[\w-]\w)\.(?:{_END})(?![\w-]|\.\w)|(?<=\w)\.(?:{_LONG_END})(?![\w-]|\.\w)",
    re.IGNORECASE,
)
_SIGNS = frozenset(":.@-")  # without one of them nothing is followed, and most words have none
_TITLES = re.compile(rf"(?<![\w.-]){_TITLED}", re.IGNORECASE)
# The shortest numbers people call across the country have nine figures; a year and a postcode beside it have eight.
_DIALLED = re.compile(r"\d(?:[ ().\-–+/]{0,2}\d){8,}")
_IDEOGRAPHIC_STOPS = {0x3002: ".", 0xFF0E: ".", 0xFF61: ".", 0x2024: "."}
_OPENING = re.compile(r"^[(\[{«“”„\"'’<:;,]+")
_ANY_STOP = re.compile(r"(?<=\w)[.\u3002\uff0e\uff61\u2024](?=\w)")


def can_be_followed(text: str) -> bool:
    """Would somebody's mail program make a link of a part of it: an address of a page, a domain, a mail address?"""
    seen = unicodedata.normalize("NFKC", text.translate(_IDEOGRAPHIC_STOPS))
    return not _SIGNS.isdisjoint(seen) and bool(_FOLLOWED.search(seen))


def can_be_dialled(text: str) -> bool:
    """Is there a phone number in it?"""
    return bool(_DIALLED.search(text))


def name(text: str, field: str = "name") -> str:
    """A name on one line, a title apart from its particle. Raises Invalid("name-is-a-message"), see above."""
    line = _TITLES.sub(lambda title: title[0].replace(".", ". "), one_line(text))
    if can_be_followed(line) or can_be_dialled(line):
        raise Invalid("name-is-a-message", field)
    return line


def place(text: str, field: str) -> str:
    """How to find a place, on one line: numbers may stand in it. Raises Invalid("place-is-a-message")."""
    line = one_line(text)
    if can_be_followed(line):
        raise Invalid("place-is-a-message", field)
    return line


def own_links_only(text: str, own: str) -> str:
    """A letter's text in which nothing can be followed but the addresses below `own`, the site's; the words stay readable.

    example.com becomes example[.]com, https://example.com becomes https[:]//example[.]com. A mail address stays.
    """
    return re.sub(r"\S+", lambda word: _shown(word[0], own), text)


def _shown(word: str, own: str) -> str:
    if word.isascii() and _SIGNS.isdisjoint(word):
        return word
    bare = _OPENING.sub("", word)
    if bare == own or (bare.startswith(own) and bare[len(own)] in "/?#"):
        return word
    page = bare if "/" in bare or "@" not in bare else ""
    if not page or not can_be_followed(page):
        return word
    return _ANY_STOP.sub("[.]", word.replace(":", "[:]"))


# « La coopérative Tifawin », « تعاونية تيفاوين »: what the sentences of a language say before the name of a cooperative.
_KIND = {
    "fr": re.compile("^(?:coop[ée]rative|تعاونية) +", re.IGNORECASE),
    "ar": re.compile("^(?:تعاونية +|[Cc]oop[ée]rative +(?=[A-ZÀ-Ý]))"),
}


def after_its_kind(name: str, language: str) -> str:
    """A cooperative's name behind the word « coopérative » of a sentence, which need not say it twice."""
    kind = _KIND.get(language)
    return kind.sub("", name) or name if kind else name
