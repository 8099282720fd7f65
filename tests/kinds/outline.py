"""A page as its reader meets it, line by line: words, links, buttons, fields and what is said to a screen reader.

Of what can be chosen from a list: what is chosen, and of how many. How a page looks is left out but for its tones (a good
badge, a dangerous button), and so is what is drawn by lot: tokens, keys, numbers of orders.
"""

import re
from html.parser import HTMLParser

from tests.kinds.soundness import Checker


def _named(names: str) -> frozenset[str]:
    return frozenset(names.split())


# Elements that begin a line of their own.
BLOCKS = _named(
    "title meta link main nav header footer aside section article h1 h2 h3 h4 p ul ol li dl dt table caption tr form "
    "fieldset legend label details summary figure figcaption blockquote hr dialog div select textarea input button a "
    "audio video source track img"
)
ENDS = (BLOCKS | {"dd"}) - {"dt"}
VOID = _named("meta link input img hr br source track")
SILENT = _named("svg style datalist noscript")  # without script, every form offers the other languages
TABLE = _named("table thead tbody tfoot tr th td")
LOOKS = _named("class style width height viewbox focusable srcset sizes decoding charset nonce id media")
PLAIN = _named("main section article div p ul ol dl dt li tr label legend figure figcaption")
TONE = re.compile(r"\b(?:badge|notice|button|panel|stat)-([a-z]+)")  # what colour says: good, bad, danger …
CELLS = frozenset(("td", "th"))
OF_THE_HEAD = frozenset(("robots", "referrer"))
DRAWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\?v=[0-9a-f]+"), ""),
    (re.compile(r"(?<=n° )\d+|(?<=-n-)\d+\b"), "…"),
    (re.compile(r"T20\d\d[A-Z0-9]{6}"), "T…"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "…"),
    (re.compile(r"(?<=\s:\s)\d{6}\b|\b[1-9]\d{3} \d{4}\b|\b\d{5} \d{5}\b"), "…"),
    (re.compile(r"(?<=\"ltr\">)[1-9]\d{7}(?=<)|(?<=\"ltr\"> )[1-9]\d{7}\b"), "…"),
    (re.compile(r"\b(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}\b|(?<=secret=)[A-Z2-7]{32}"), "…"),
    (re.compile(r"(?<= value=\")(?=[\w-]*[0-9A-Z])[\w-]{16,}(?=\")"), "…"),
    (re.compile(r"(?<![\w/-])P-[A-Z0-9]{6,}"), "P-…"),
    (re.compile(r"\b[A-HJ-NP-Z2-9]{4}(?:[ -]?[A-HJ-NP-Z2-9]{4}){2}\b"), "…"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[0-9A-Z])(?=[\w-]*[A-Za-z])[\w-]{32,}"), "…"),
)


class _Reader(HTMLParser):
    """Collects the lines; without `whole`, the head and foot that stand on every page are left out."""

    def __init__(self, whole: bool) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._whole = whole
        self._said: list[str] = []
        self._silent: list[str] = []
        self._main = False
        self._options: list[bool] = []

    def end_line(self) -> None:
        line = " ".join("".join(self._said).split())
        if line:
            self.lines.append(line)
        self._said = []

    def _skips(self, tag: str, said: dict[str, str | None]) -> bool:
        if tag in SILENT or (tag == "script" and said.get("type") != "application/ld+json"):
            return True
        return not self._whole and not self._main and (tag in ("header", "footer") or said.get("href") == "#content")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if self._silent or self._skips(tag, said):
            self._silent += [tag] if not self._silent or tag == self._silent[0] else []
            if self._silent[0] == "svg" and tag == "svg" and said.get("aria-label"):
                self._said.append(f" ({said['aria-label']}) ")
            return
        self._main = self._main or tag == "main"
        if said.get("name") == "csrf_token" or tag == "optgroup":
            return
        if tag == "option":
            self._options.append("selected" in said)
            self._said += [f" {said.get('value')}="] if "selected" in said else []
            return
        if not self._whole and tag in ("meta", "link", "html") and said.get("name") not in OF_THE_HEAD:
            return
        if tag in BLOCKS:
            self.end_line()
        kept = [
            name if not value else f'{name}="{value}"'
            for name, value in attrs
            if name not in LOOKS and not name.startswith("data-") and not (name == "role" and tag in TABLE)
        ]
        kept += [f".{tone}" for tone in TONE.findall(said.get("class") or "") if tone not in ("title", "wide")]
        if tag in CELLS:
            self._said.append(" | ")
        elif kept or (tag in BLOCKS and tag not in PLAIN):
            self._said.append(f" <{' '.join([tag, *kept])}> ")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[0]:
                self._silent.pop()
            return
        self._main = self._main and tag != "main"
        if tag == "select":
            self._said.append(f" of {len(self._options)}")
            self._options = []
        if tag in ENDS and tag not in VOID:
            self.end_line()

    def handle_data(self, data: str) -> None:
        if not self._silent and (not self._options or self._options[-1]):
            self._said.append(data)


def drawn_lots(text: str) -> str:
    """The text without what is drawn by lot."""
    for pattern, instead in DRAWN:
        text = pattern.sub(instead, text)
    return text


class _Fan(HTMLParser):
    """A page is parsed once for all who read it."""

    def __init__(self, *readers: HTMLParser) -> None:
        super().__init__()
        self._readers = readers

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for reader in self._readers:
            reader.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        for reader in self._readers:
            reader.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        for reader in self._readers:
            reader.handle_data(data)


def outline(page: str, whole: bool = False) -> tuple[list[str], list[str]]:
    """(the lines, the faults) of a page."""
    reader, checker = _Reader(whole), Checker()
    _Fan(reader, checker).feed(page)
    reader.end_line()
    return drawn_lots("\n".join(reader.lines)).splitlines(), checker.all_faults()
