"""A letter as it travels: its headers whole, its words as plain text and as a light page.

The mail library of Python 3.11 loses a space where it breaks a long subject with accents in two, so that subjects are
encoded here (RFC 2047). The page fetches nothing, runs nothing and follows nobody: it is made of the plain text alone.
"""

import re
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate

from markupsafe import Markup, escape

from app.engines.language import DIRECTIONS

# What runs the other way in a line is an island in it. From right to left that is Latin words and figures (a name or "250 g"
# is one, two figures side by side are two); from left to right it is Arabic words.
_LATIN = r"[-−]?[A-Za-z0-9À-ɏ#%+~][\wÀ-ɏ.,:;/?&=@#%+~'’()\[\]-]*(?<![.,:;?(\[])"
_ARABIC = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]"
_LINK = r"https?://[^\s\u00a0\u202f«»]*[^\s\u00a0\u202f«».,;:!?)،]"
_ISLANDS = {
    "rtl": re.compile(rf"{_LINK}|{_LATIN}(?:[ \u00a0](?!https?://)(?=[A-Za-zÀ-ɏ]){_LATIN})*", re.ASCII),
    "ltr": re.compile(rf"{_LINK}|{_ARABIC}+(?:[ \u00a0'’.-]{{1,2}}{_ARABIC}+)*"),
}
_PARAGRAPH = Markup("<p>{}</p>")
_STYLE = "margin:0 auto;max-width:36rem;padding:1rem;font:1rem/1.6 sans-serif;overflow-wrap:anywhere"

_PAGE = Markup(
    '<!doctype html>\n<html lang="{language}" dir="{direction}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    '<title>{subject}</title></head>\n<body><div lang="{language}" dir="{direction}" style="{style}">\n'
    "{words}\n</div></body>\n</html>\n"
)


class LetterPolicy(EmailPolicy):
    """The library's own, but for the subject."""

    def header_store_parse(self, name: str, value: str) -> tuple[str, str]:
        checked, parsed = super().header_store_parse(name, value)  # refuses a line end
        if name.lower() != "subject" or (value.isascii() and "=?" not in value):
            return checked, parsed
        return checked, Header(value, "utf-8", header_name=name, maxlinelen=75).encode()


def in_envelope(
    *, sender: str, recipient: str, subject: str, body: str, language: str, written_at: datetime, message_id: str, own: str
) -> EmailMessage:
    """The message, with the body as it was written and as a page in which the addresses below `own` are links."""
    message = EmailMessage(LetterPolicy())
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = formatdate(written_at.timestamp())
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)  # drops every Content-… header set before it
    message.add_alternative(as_page(subject, body, language, own), subtype="html")
    message["Content-Language"] = language
    return message


def as_page(subject: str, body: str, language: str, own: str) -> Markup:
    """The letter as HTML: paragraphs where an empty line stands, in the direction of its language."""
    words = as_words(body, language, own, Markup('<p style="margin:0 0 1em">{}</p>'))
    return _PAGE.format(language=language, direction=DIRECTIONS[language], subject=subject, style=_STYLE, words=words)


def as_words(body: str, language: str, own: str, paragraph: Markup = _PARAGRAPH) -> Markup:
    """What stands on the page, without how it looks: the site's own pages, which show it, have no styles in them."""
    parts = [
        Markup("<br>\n").join(_line(line, own, DIRECTIONS[language]) for line in part.strip().split("\n"))
        for part in re.split(r"\n\s*\n", body.strip())
    ]
    return Markup("\n").join(paragraph.format(part) for part in parts)


def _line(line: str, own: str, direction: str) -> Markup:
    """Each address of the site is a link, and what runs the other way is an island."""
    parts, end = [], 0
    for island in _ISLANDS[direction].finditer(line):
        link = island[0].startswith(own) and island[0][len(own) : len(own) + 1] in ("", "/", "?", "#")
        shown = Markup('<a href="{0}"><bdi dir="ltr">{0}</bdi></a>') if link else Markup("<bdi>{0}</bdi>")
        parts += [escape(line[end : island.start()]), shown.format(island[0])]
        end = island.end()
    return Markup("").join([*parts, escape(line[end:])])
