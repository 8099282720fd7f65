"""A year of orders, made by arithmetic: the same on every machine."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import current_app

from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.text import CODE_LETTERS
from app.module import Progress
from app.territories.loading import name_in
from catalog.queries import Offer
from orders.demo.history import PastPurchase, write_past
from orders.queries.market import anything_bought, stocked

ORDERS, CHUNK = 20_000, 2_000
NAMES = (
    "Amal Rami",
    "Youssef Kettani",
    "Hind Ouazzani",
    "Rachid Filali",
    "Sanae Boutaleb",
    "Anas Cherkaoui",
    "Mouna Slaoui",
    "Ayoub Jettou",
    "Loubna Sqalli",
    "Tarik Naciri",
    "Imane Daoudi",
    "Zakaria Lamrani",
)
ENDS = ("delivered",) * 82 + ("cancelled",) * 6 + ("shipped",) * 5 + ("accepted",) * 4 + ("new",) * 3
ALREADY = 1_000  # more purchases than the small demo has: the year was written before


def load_past(progress: Progress) -> None:
    """20,000 orders in chunks; does nothing when they are there."""
    goods = stocked(1, 30_000)
    if anything_bought() >= ALREADY or not goods:
        return
    chance = random.Random(2026)  # noqa: S311 the same invented year everywhere, not a secret
    makers = _by_cooperative(goods)
    ids = sorted(makers)
    written = number = 0
    start = now() - timedelta(days=365)
    while written < ORDERS:
        some: list[PastPurchase] = []
        wanted = min(CHUNK, ORDERS - written)
        while sum(len(one.parts) for one in some) < wanted:
            left = wanted - sum(len(one.parts) for one in some) if len(some) > wanted // 2 else 2
            some.append(_purchase(chance, number, ids, makers, start, min(left, 1 + (chance.random() < 0.2))))
            number += 1
        with transaction():
            written += write_past(some, current_app.config["COMMISSION"])
        progress(written, ORDERS)


def _by_cooperative(goods: Sequence[Offer]) -> dict[int, list[Offer]]:
    by_maker: dict[int, list[Offer]] = {}
    for offer in goods:
        by_maker.setdefault(offer.organisation_id, []).append(offer)
    return by_maker


def _number(number: int, at: datetime) -> str:
    """Six letters that are told apart from each other's and spread like random ones."""
    scattered = number * 48_271 % (30**6 - 1) + 1
    letters = ""
    for _ in range(6):
        scattered, index = divmod(scattered, 30)
        letters += CODE_LETTERS[index]
    return f"T{here().day_of(at).year}{letters}"


def _purchase(
    chance: random.Random,
    number: int,
    ids: Sequence[int],
    makers: Mapping[int, Sequence[Offer]],
    start: datetime,
    parts: int,
) -> PastPurchase:
    territory = here()
    region = territory.regions[chance.randrange(len(territory.regions))]
    end = ENDS[chance.randrange(len(ENDS))]
    at = (
        start + timedelta(minutes=chance.randrange(350 * 24 * 60))
        if end in ("delivered", "cancelled")
        else now() - timedelta(minutes=chance.randrange(5 * 24 * 60))
    )
    chosen = chance.sample(ids, min(parts, len(ids)))
    bought = {}
    for organisation_id in chosen:
        goods = makers[organisation_id]
        some = chance.sample(range(len(goods)), min(len(goods), 1 + chance.randrange(3)))
        bought[organisation_id] = [(goods[i], 1 + chance.randrange(3)) for i in some]
    return PastPurchase(
        _number(number, at),
        NAMES[number % len(NAMES)],
        f"+2126620{number % 100_000:05}",
        region.code,
        name_in(region.seat, "fr"),
        at,
        territory.key,
        end,
        territory.zone_for(region.code).price,
        bought,
    )
