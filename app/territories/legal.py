"""The territories' pages of rules.

A page of rules begins with `version:`, `date:` and `title:` between two lines of three hyphens. Its text may hold these
placeholders, which the caller fills with plain text:

    {instance_name}      the name of the site          {instance_host}     its address, without https://
    {operator_name}      who runs it                   {operator_address}  where, on one line
    {operator_mail}      address for questions         {operator_phone}    telephone, written internationally
    {operator_identifier} its official number         {director_name}     who answers for what is published
    {data_contact}       who answers about personal data (else operator_mail)
    {data_declaration}   number of the declaration of personal data, where the law asks for one
    {host_name}, {host_address}  the company that keeps the machines
    {letters_days}       for how many days the words of letters are kept
    {notices_days}       for how many days notices are kept after they were read
    {unread_days}        for how many days notices are kept that nobody has read
    {cards_days}         for how many days an account is kept that nobody has come into by its entry card

{withdrawal_days} and {refund_days} come from the territory. A value nobody gave is shown as missing, in words, and named in
`LegalText.missing`, so that the operator sees it before a buyer does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

from app.kernel.text import french_spaces
from app.territories import loading
from app.territories.loading import TerritoryDataError, build_record, territory_named
from app.territories.records import LegalText, Territory, UnknownCode

LEGAL_KEYS = ("terms", "privacy", "contact", "legal")

LEGAL_PLACEHOLDERS = (
    "instance_name",
    "instance_host",
    "operator_name",
    "operator_address",
    "operator_mail",
    "operator_phone",
    "operator_identifier",
    "director_name",
    "data_contact",
    "data_declaration",
    "host_name",
    "host_address",
    "letters_days",
    "notices_days",
    "unread_days",
    "cards_days",
)

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_NOT_GIVEN = {"fr": "(non renseigné)", "ar": "(غير محدد)", "en": "(not stated)"}
_RIGHT_TO_LEFT = ("ar",)
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"


def legal_text(territory_key: str, key: str, language: str, values: Mapping[str, str]) -> LegalText:
    """A page of rules in `language`, or in the territory's own when it has not been translated.

    `values` fills the placeholders listed at the top of this file. UnknownCode when the territory has no such page.
    """
    territory = territory_named(territory_key)
    for candidate in (language, territory.default_language):
        page = _legal_page(territory_key, key, candidate)
        if page is not None:
            return _filled(page, territory, values)
    raise UnknownCode(key)


@cache
def _legal_page(territory_key: str, key: str, language: str) -> LegalText | None:
    path = loading.FOLDER / territory_key / "legal" / f"{key}.{language}.md"
    if key not in LEGAL_KEYS or not language.isalpha() or not path.is_file():
        return None
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise TerritoryDataError(f"{path}: the page does not begin with version, date and title")
    head = dict(line.split(": ", 1) for line in parts[1].splitlines())
    text = french_spaces(parts[2].strip()) if language == "fr" else parts[2].strip()
    return build_record(
        path,
        lambda row: LegalText(key, language, row["version"], date.fromisoformat(row["date"]), row["title"], text, ()),
        head,
    )


def _filled(page: LegalText, territory: Territory, values: Mapping[str, str]) -> LegalText:
    known = {
        # Someone must answer about personal data: the operator, unless another contact is named.
        **({"data_contact": values["operator_mail"]} if values.get("operator_mail", "").strip() else {}),
        **{name: value for name, value in values.items() if value.strip()},
        "withdrawal_days": str(territory.withdrawal_days),
        "refund_days": str(territory.refund_days),
    }
    missing: dict[str, None] = {}

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name not in known:
            missing[name] = None
            return _NOT_GIVEN.get(page.language, _NOT_GIVEN["en"])
        # A Latin address inside an Arabic sentence keeps its own direction without needing any markup.
        if page.language in _RIGHT_TO_LEFT and not known[name].isdigit():
            return f"{_ISOLATE}{known[name]}{_END_ISOLATE}"
        return known[name]

    markdown = _PLACEHOLDER.sub(fill, page.markdown)
    return LegalText(page.key, page.language, page.version, page.date, page.title, markdown, tuple(missing))
