"""The shapes of a territory's data: frozen values, each text in every language the territory has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

Names = Mapping[str, str]
"""Language code to text. Read it with `name_in`, which falls back instead of failing."""

Item = TypeVar("Item")


class UnknownTerritory(KeyError):
    """No folder of data bears this key."""


class UnknownCode(KeyError):
    """The territory has no record under this code."""


def name_in(names: Names, language: str) -> str:
    """The text in `language`, else in the first language the record has."""
    return names[language] if language in names else next(iter(names.values()))


def _only(items: Iterator[Item], code: str) -> Item:
    for item in items:
        return item
    raise UnknownCode(code)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A region and its tile: `row` and `column` start at 1, from the north and from the west."""

    code: str
    names: Names
    short_names: Names
    row: int
    column: int
    seat: Names


@dataclass(frozen=True, slots=True, eq=False)
class Province:
    """A province or prefecture; `region` is a region's code, `kind` is "province" or "prefecture"."""

    code: str
    region: str
    kind: str
    names: Names


@dataclass(frozen=True, slots=True, eq=False)
class Sector:
    """A field of work; a branch has the key of its sector as `parent`. `isic` is a section letter of ISIC rev. 4."""

    key: str
    parent: str | None
    names: Names
    aliases: tuple[str, ...]
    isic: str


@dataclass(frozen=True, slots=True, eq=False)
class Delay:
    """A time the law or the press names: `unit` is hours, days or years."""

    value: int
    unit: str
    notes: Names
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class CreationStep:
    """One step on the way to a registered cooperative; amounts in minor units."""

    order: int
    key: str
    titles: Names
    details: Names
    actors: Names
    places: Names | None
    papers: tuple[Names, ...]
    legal_basis: Names | None
    delays: tuple[Delay, ...]
    minimum_capital: int | None
    minimum_share: int | None
    open_question: Names | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Tax:
    """A dated rate in millionths (200_000 is 20 %); `until` is its last day, None while it is in force."""

    key: str
    names: Names
    millionths: int
    since: date
    until: date | None
    confirmed: bool

    def in_force(self, day: date) -> bool:
        """Whether this rate applies on that day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, eq=False)
class TaxClass:
    """What a product is for tax: the keys of the taxes that apply, each on the same base."""

    key: str
    names: Names
    taxes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SmallSellerRelief:
    """A cooperative that sells for less than `turnover_below` (minor units a year, without tax) charges no tax."""

    turnover_below: int
    since: date
    deduction: bool
    notes: Names
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Taxation:
    """How a territory taxes a sale; `rounding` is "line" or "document"."""

    rounding: str
    prices_include_tax: bool
    taxes: tuple[Tax, ...]
    classes: tuple[TaxClass, ...]
    default_class: str
    relief: SmallSellerRelief | None

    def taxes_on(self, class_key: str, day: date) -> tuple[Tax, ...]:
        """The taxes of a class on a day, each computed on the same base. UnknownCode for a foreign class."""
        for tax_class in self.classes:
            if tax_class.key == class_key:
                return tuple(tax for tax in self.taxes if tax.key in tax_class.taxes and tax.in_force(day))
        raise UnknownCode(class_key)


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """A source of money or support. Ceiling in minor units; rates in millionths; None means not known."""

    key: str
    names: Names
    issuers: Names
    audience: Names
    terms: Names
    notes: Names | None
    ceiling: int | None
    maximum_rate: int | None
    own_rate: int | None
    in_kind_rate: int | None
    legal_forms: tuple[str, ...]
    maximum_age_months: int | None
    women_only: bool
    recurring_calls: bool
    sources: tuple[str, ...]
    checked: date


@dataclass(frozen=True, slots=True, eq=False)
class Sdg:
    """One of the 17 goals of the United Nations; `colour` is #RRGGBB."""

    number: int
    names: Names
    colour: str


@dataclass(frozen=True, slots=True, eq=False)
class IdentifierKind:
    """A number an organisation may have; `check` names the control of its digits ("ma.ice", "mod97") or is None.

    `private` ones say where money goes and are for few eyes; a `sole` one is borne by one organisation alone; sellers give
    the `required` ones before the office verifies them.
    """

    key: str
    names: Names
    hints: Names
    pattern: str
    check: str | None
    private: bool
    sole: bool
    required: bool


@dataclass(frozen=True, slots=True, eq=False)
class Requirement:
    """What a cooperative, or one of its goods, is asked to prove; a label (`badge`) is shown while it is proved.

    `bearers`: "cooperative", "product". `sectors`: of which it is asked, of all when none is named. `proof`: "document", or
    "attested" by the cooperative's word. `needed_for`: kinds of goods that its rules let nobody sell without it.
    """

    key: str
    names: Names
    badge: bool
    bearers: tuple[str, ...]
    sectors: tuple[str, ...]
    proof: str
    needed_for: tuple[str, ...]
    asked: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class DeliveryZone:
    """A default row of a seller's delivery table; price in minor units, days are working days."""

    key: str
    names: Names
    regions: tuple[str, ...]
    price: int
    days_from: int
    days_to: int


@dataclass(frozen=True, slots=True, eq=False)
class Holiday:
    """A day off for everybody: the same (month, day) `every_year`, or the days that were announced; `since` a first day."""

    key: str
    names: Names
    every_year: tuple[int, int] | None
    days: tuple[date, ...]
    since: date | None

    def falls_on(self, day: date) -> bool:
        """Whether nobody works on that day because of it."""
        if self.since is not None and day < self.since:
            return False
        return (day.month, day.day) == self.every_year or day in self.days


@dataclass(frozen=True, slots=True, eq=False)
class Territory:
    """Everything the product knows of one territory.

    `unconfirmed_cash`: how much of a guest's orders to be paid at the door is taken before somebody has confirmed them, in
    minor units: an operator's parameter, not a law. `locales` are Babel's names by language, `timezone` a name of the IANA
    list, `weekend` days of ISO (Monday is 1).
    `demo_operator` are the settings of who runs a demonstration there: invented, so that its legal pages read as real ones.
    """

    key: str
    names: Names
    country: str
    currency: str
    languages: tuple[str, ...]
    default_language: str
    locales: Mapping[str, str]
    phone_code: str
    timezone: str
    weekend: tuple[int, ...]
    holidays: tuple[Holiday, ...]
    withdrawal_days: int
    refund_days: int
    payment_methods: tuple[str, ...]
    unconfirmed_cash: int
    regions: tuple[Region, ...]
    provinces: tuple[Province, ...]
    sectors: tuple[Sector, ...]
    creation_steps: tuple[CreationStep, ...]
    taxation: Taxation
    programmes: tuple[Programme, ...]
    sdgs: tuple[Sdg, ...]
    identifiers: tuple[IdentifierKind, ...]
    delivery_zones: tuple[DeliveryZone, ...]
    requirements: tuple[Requirement, ...]
    demo_operator: Mapping[str, str]
    demo_data: bool

    @property
    def zone(self) -> ZoneInfo:
        """The clocks people have on the wall."""
        return ZoneInfo(self.timezone)

    def day_of(self, moment: datetime) -> date:
        """What people of the territory call the day of an aware moment: half past midnight is a new day."""
        return moment.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        """Neither weekend nor holiday."""
        return day.isoweekday() not in self.weekend and not any(holiday.falls_on(day) for holiday in self.holidays)

    def working_day(self, start: date, days: int) -> date:
        """The day `days` working days after a day."""
        day = start
        while days > 0:
            day += timedelta(days=1)
            days -= self.is_working_day(day)
        return day

    def region(self, code: str) -> Region:
        """The region with this code, else UnknownCode."""
        return _only((item for item in self.regions if item.code == code), code)

    def province(self, code: str) -> Province:
        """The province with this code, else UnknownCode."""
        return _only((item for item in self.provinces if item.code == code), code)

    def provinces_of(self, region_code: str) -> tuple[Province, ...]:
        """The provinces of a region, in file order; UnknownCode for a foreign region."""
        region = self.region(region_code)
        return tuple(item for item in self.provinces if item.region == region.code)

    def sector(self, key: str) -> Sector:
        """The sector or branch with this key, else UnknownCode."""
        return _only((item for item in self.sectors if item.key == key), key)

    def sector_named(self, text: str) -> Sector | None:
        """The sector whose key, name or alias is `text`, capitals aside; None when there is none."""
        wanted = " ".join(text.split()).casefold()
        for sector in self.sectors:
            words = (sector.key, *sector.names.values(), *sector.aliases)
            if wanted in (word.casefold() for word in words):
                return sector
        return None

    def creation_step(self, key: str) -> CreationStep:
        """The step with this key, else UnknownCode."""
        return _only((item for item in self.creation_steps if item.key == key), key)

    def programme(self, key: str) -> Programme:
        """The programme with this key, else UnknownCode."""
        return _only((item for item in self.programmes if item.key == key), key)

    def sdg(self, number: int) -> Sdg:
        """The goal with this number, else UnknownCode."""
        return _only((item for item in self.sdgs if item.number == number), str(number))

    def identifier(self, key: str) -> IdentifierKind:
        """The kind of identifier with this key, else UnknownCode."""
        return _only((item for item in self.identifiers if item.key == key), key)

    @property
    def public_identifiers(self) -> tuple[IdentifierKind, ...]:
        """The numbers that stand on an organisation's page."""
        return tuple(item for item in self.identifiers if not item.private)

    @property
    def account_identifier(self) -> IdentifierKind:
        """The number of the account that sales are paid to."""
        return _only((item for item in self.identifiers if item.private), "private identifier")

    def label_name(self, key: str, language: str) -> str:
        """The name of a label in the language; a foreign key is shown as it is."""
        return next((name_in(one.names, language) for one in self.requirements if one.key == key), key)

    def end_of(self, day: date) -> datetime:
        """The moment a day is over, UTC."""
        return datetime.combine(day + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def zone_for(self, region_code: str) -> DeliveryZone:
        """The default delivery zone a region lies in, else UnknownCode."""
        return _only((item for item in self.delivery_zones if region_code in item.regions), region_code)


@dataclass(frozen=True, slots=True, eq=False)
class LegalText:
    """A territory's page of rules; `language` is the one really found, `missing` the values nobody gave."""

    key: str
    language: str
    version: str
    date: date
    title: str
    markdown: str
    missing: tuple[str, ...]
