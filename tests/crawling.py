"""Every page that links lead to, and the words on it that belong to Morocco."""

import re
from collections.abc import Iterator
from html import unescape

from flask.testing import FlaskClient

from app.territories.loading import territory_named

MOROCCO = territory_named("morocco")
OWN_NAME = re.compile("Tiwizi|tiwizi|تيويزي")
WORDS = {
    "Maroc", "maroc", "Marocain", "marocain", "marocaine", "marocains", "marocaines", "Morocco",
    "Moroccan", "moroccan", "المغرب", "مغرب", "بالمغرب", "مغربي", "مغربية", "المغربية", "المغربي",
    "درهم", "درهما", "درهماً", "دراهم", "د.م", "dirham", "dirhams", "Dirham", "MAD", "DH", "ICE",
    "RIB", "ODCO", "CNDP", "ONSSA", "+212", "00212", "Africa/Casablanca", "fr_MA", "ar_MA", "fr-MA",
    "ar-MA", "MA",
}  # fmt: skip
SKIPPED = re.compile(r"\.(pdf|png|webp|svg|css|js|csv|xlsx|zip)$|/sign-out|/static/|/pictures/|/secret-")
EVERYDAY = {"الجديدة"}  # a town, and « the new one » of every form that asks for a new password


def of_the_map() -> set[str]:
    """Regions, provinces and seats, in every language."""
    named = [
        *(names for region in MOROCCO.regions for names in (region.names, region.short_names, region.seat)),
        *(province.names for province in MOROCCO.provinces),
    ]
    whole = {name for names in named for name in names.values()}
    return (whole | {part for name in whole for part in name.split("-") if len(part) > 3}) - EVERYDAY


def finder(words: set[str]) -> re.Pattern[str]:
    """Whole words, as they are written: « Sale » on a shop's sign is not the town."""
    written = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w+])(?:{written})(?!\w)")


FOREIGN = finder(WORDS | of_the_map())


def foreign_words(text: str) -> list[str]:
    return sorted(set(FOREIGN.findall(OWN_NAME.sub("", unescape(text)))))


def pages_from(browser: FlaskClient, starts: list[str], within: str = "/") -> Iterator[tuple[str, str]]:
    """(address, text) of every page that links lead to; of a list with many filters, each kind of filter once.

    `within` is how the addresses begin that are followed.
    """
    waiting, seen = list(starts), set()
    while waiting:
        address = waiting.pop()
        path, _, query = address.partition("?")
        shape = path, frozenset(part.partition("=")[0] for part in query.split("&"))
        if shape in seen or SKIPPED.search(path):
            continue
        seen.add(shape)
        answer = browser.get(address)
        if answer.status_code in (301, 302, 303, 308):
            waiting.append(answer.headers["Location"].removeprefix("http://localhost"))
            continue
        assert answer.status_code in (200, 403, 404), (address, answer.status_code)  # the letter box leads to others' pages
        if not (answer.mimetype.startswith("text/") or answer.mimetype.endswith("xml")):
            continue
        text = answer.get_data(as_text=True)
        yield address, text
        found = re.findall(r'<a [^>]*?href="([^"#]*)', text) + re.findall("<loc>([^<]*)</loc>", text)
        links = [unescape(link).removeprefix("http://localhost") for link in found]
        waiting += [link for link in links if link.startswith(within)]
