"""What a basket costs, cooperative by cooperative, with the ways to receive it. Reads nothing by itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from app.kernel.errors import Conflict, Invalid
from app.kernel.money import Money, total_of
from app.territories.records import Territory
from catalog.queries import DeliveryChoice, Offer, together
from orders.rules import amounts, promises
from orders.rules.amounts import Amounts

NOTHING: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True)
class QuoteLine:
    """So many of an offer."""

    offer: Offer
    count: int

    @property
    def total(self) -> Money:
        return self.offer.price * self.count


@dataclass(frozen=True)
class Part:
    """One cooperative's part: its lines, the ways to receive them, the chosen one and what follows from it."""

    organisation_id: int
    lines: tuple[QuoteLine, ...]
    choices: Mapping[str, DeliveryChoice]
    chosen: str
    amounts: Amounts
    promised: tuple[date, date]
    asked: str | None = None  # the day that would suit the buyer, where it is agreed on

    @property
    def choice(self) -> DeliveryChoice:
        return self.choices[self.chosen]

    @property
    def weight_grams(self) -> int:
        return sum(line.offer.weight_grams * line.count for line in self.lines)


@dataclass(frozen=True)
class Quote:
    """The whole purchase; `unserved` are the cooperatives that do not deliver to the region."""

    parts: tuple[Part, ...]
    total: Money
    unserved: tuple[int, ...] = ()


def carriages_of(lines: Iterable[QuoteLine]) -> dict[int, str]:
    """{organisation: how its goods travel together} (catalog's CARRIAGES)"""
    needs: dict[int, list[str]] = {}
    for line in lines:
        needs.setdefault(line.offer.organisation_id, []).append(line.offer.carriage)
    return {id_: together(names).name for id_, names in needs.items()}


def key_of(choice: DeliveryChoice) -> str:
    """What a form calls a way to receive the goods."""
    return f"{choice.kind}-{choice.zone_id or 0}"


def quote(
    lines: Sequence[QuoteLine],
    ways: Mapping[int, Sequence[DeliveryChoice]],
    wished: Mapping[int, str],
    commission_rate: int,
    territory: Territory,
    today: date,
    strict: bool = False,
    asked: Mapping[int, str] = NOTHING,
) -> Quote:
    """The parts of a purchase, promised by the calendar of `territory`, where it is `today`; `asked` as in a Wish.

    `strict` refuses what a page would only point out: Invalid or Conflict.
    """
    if not lines:
        raise Invalid("basket-empty")
    by_seller: dict[int, list[QuoteLine]] = {}
    for line in lines:
        by_seller.setdefault(line.offer.organisation_id, []).append(line)
    unserved = tuple(id_ for id_ in by_seller if not ways.get(id_))
    if strict and unserved:
        raise Invalid("not-delivered-there", "region")
    parts = tuple(
        _part(id_, tuple(own), ways[id_], wished.get(id_), commission_rate, territory, today, strict, asked.get(id_, ""))
        for id_, own in by_seller.items()
        if id_ not in unserved
    )
    return Quote(parts, total_of((part.amounts.total for part in parts), lines[0].offer.price.currency), unserved)


def _part(
    organisation_id: int,
    lines: tuple[QuoteLine, ...],
    ways: Sequence[DeliveryChoice],
    wished: str | None,
    commission_rate: int,
    territory: Territory,
    today: date,
    strict: bool,
    asked: str,
) -> Part:
    choices = {key_of(choice): choice for choice in ways}
    if strict and wished not in choices:
        raise Conflict("delivery-changed")
    chosen = wished if wished in choices else next(iter(choices))
    way = choices[chosen]
    if strict and way.way.by_agreement and not asked:
        raise Invalid("day-not-said", f"asked_{organisation_id}")
    due = amounts.amounts(((line.offer.price, line.count) for line in lines), way.fee, way.free_from, commission_rate)
    return Part(
        organisation_id,
        lines,
        choices,
        chosen,
        due,
        promises.promise(territory, today, way.days_min, way.days_max),
        asked if way.way.by_agreement else None,
    )
