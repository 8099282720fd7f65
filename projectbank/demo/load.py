"""Loads the demo's sheets and one group; does nothing when they are there."""

import json
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.accounts.queries import ContactValue, person_with_contact
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.text import fold
from app.module import Progress
from app.territories.loading import territory_named
from projectbank.gateway import SheetRow, sheet_of
from projectbank.models import Sheet
from projectbank.rules import TITLE_LONGEST, EquipmentFacts, SheetFacts
from projectbank.services.bulk import Ready, add_published
from projectbank.services.deciding import publish_sheet, return_sheet
from projectbank.services.groups import accept_invitation, invite, start_group
from projectbank.services.saving import save_sheet
from projectbank.services.writing import create_sheet, submit_sheet

TERRITORY, DOMAIN = "morocco", "demo.tiwizi.example"
FOLDER = Path(__file__).with_name("sheets")
# Who wrote what: the office its models, people their ideas.
AUTHORS = {
    "bike-couriers-casablanca": "founder",
    "parents-nursery-fes": "founder",
    "packaging-recycling-mohammedia": "evaluator",
}
GROUP_SHEET, GROUP_NAME = "honey-benslimane", "Rayhane, abeilles de Benslimane"
GROUP_MEMBERS = ("learner", "mentor", "buyer")
MANY, BATCH = 500, 100


def load(size: str, progress: Progress) -> None:
    """Sixteen sheets in their states and a group of three and its founder; `large` brings the sheets to 500."""
    if db.session.scalar(select(Sheet.id).limit(1)) is None:
        with transaction():
            ids = {slug: _add(slug, row) for slug, row in read_sheets()}
        with transaction():
            _add_group(ids[GROUP_SHEET])
            save_sheet(_person("founder"), ids["argan-press-taroudannt"])
            save_sheet(_person("founder"), ids[GROUP_SHEET])
    if size == "large" and (db.session.scalar(select(func.count()).select_from(Sheet)) or 0) < MANY:
        _add_many()
    progress(MANY, MANY)


def read_sheets() -> Iterator[tuple[str, dict[str, Any]]]:
    """The files beside this one, by slug."""
    for path in sorted(FOLDER.glob("*.json")):
        yield path.stem, json.loads(path.read_text(encoding="utf-8"))


def _person(key: str) -> Actor:
    """One of the demo's people as an actor."""
    known = person_with_contact(ContactValue("mail", f"{key}@{DOMAIN}"))
    if known is None:
        raise LookupError(f"the demo has no {key}@{DOMAIN}; load app.accounts first")
    return Actor("person", known.id, operator=known.is_operator, language=known.language)


def _address(path: str) -> Callable[[str], str]:
    return lambda code: f"{current_app.config['PUBLIC_URL']}/{code}/{path}"


def _add(slug: str, row: dict[str, Any]) -> int:
    author, sheet = _person(AUTHORS.get(slug, "operator")), sheet_of(row)
    sheet_id = create_sheet(author, sheet.facts, sheet.texts, TERRITORY, "fr", slug=slug)
    submit_sheet(author, sheet_id)
    if row["state"] == "published":
        publish_sheet(_person("operator2"), sheet_id, 1)
    if row["state"] == "returned":
        return_sheet(_person("operator"), sheet_id, 1, row["reason"]["fr"], _address(f"projects/mine/{sheet_id}"))
    return sheet_id


def _add_group(sheet_id: int) -> None:
    """Four of the five whom the sheet asks for, and one who has not answered yet."""
    founder = _person("founder")
    group_id = start_group(founder, sheet_id, GROUP_NAME)
    for key in GROUP_MEMBERS:
        secret = _invite(founder, group_id, key)
        accept_invitation(_person(key), secret, _address(f"projects/groups/{group_id}"))
    _invite(founder, group_id, "chair")


def _invite(founder: Actor, group_id: int, key: str) -> str:
    secret = secrets.token_urlsafe(24)
    invite(founder, group_id, ContactValue("mail", f"{key}@{DOMAIN}"), secret, _address(f"projects/invitations/{secret}"))
    return secret


def _add_many() -> None:
    """Variations of the published sheets in other provinces, larger or smaller, always the same ones."""
    models = [sheet_of(row) for _slug, row in read_sheets() if row["state"] == "published"]
    dice = random.Random(112)  # noqa: S311 the same demo each time
    wanted = MANY - len(list(FOLDER.glob("*.json")))
    ready: list[Ready] = []
    for number in range(wanted):
        ready.append(_variation(models[number % len(models)], number, dice))
    author, publisher = _person("operator"), _person("operator2")
    for first in range(0, wanted, BATCH):
        with transaction():
            add_published(publisher, author.person_id or 0, ready[first : first + BATCH], "fr", TERRITORY)


def _variation(model: SheetRow, number: int, dice: random.Random) -> Ready:
    provinces = territory_named(TERRITORY).provinces
    province = provinces[(number * 7 + number // len(provinces)) % len(provinces)]
    size = dice.choice((50, 60, 75, 90, 110, 125, 150, 200))
    facts = model.facts
    equipment = tuple(replace(line, unit_price=line.unit_price * size // 100) for line in facts.equipment)
    texts = {
        code: replace(text, title=_titled(text.title, province.names[code], TITLE_LONGEST))
        for code, text in model.texts.items()
    }
    return Ready(
        f"{model.slug[:50]}-{_latin(province.names['fr'])}-{number}",
        _scaled(facts, size, equipment, province.region, province.code, dice),
        texts,
    )


def _titled(title: str, province: str, longest: int) -> str:
    return f"{title[: longest - len(province) - 3]} · {province}"


def _latin(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in fold(name)).strip("-")


def _scaled(
    facts: SheetFacts, size: int, equipment: tuple[EquipmentFacts, ...], region: str, province: str, dice: random.Random
) -> SheetFacts:
    fewest = dice.choice((5, 5, 5, 6, 7, 8, 10))
    return replace(
        facts,
        region=region,
        province=province,
        equipment=equipment,
        investment=(facts.investment or 0) * size // 100,
        own_part=(facts.own_part or 0) * size // 100,
        members_min=fewest,
        members_target=fewest + dice.randrange(3, 20),
        jobs=max(2, (facts.jobs or 2) * size // 100),
    )
