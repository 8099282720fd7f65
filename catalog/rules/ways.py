"""Ways of delivery: one record each, found by its name in WAYS."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.kernel.text import msg


@dataclass(frozen=True)
class Way:
    """How goods reach a buyer. A row of a cooperative's delivery table is of one way."""

    name: str  # what is stored
    offered: str  # to the cooperative that writes its table
    told: str  # to the buyer who chooses it; %(place)s stands for the row's place
    listed: str = ""  # to the buyer in the whole table, where the regions alone would not tell it; %(where)s stands for them
    by_region: bool = False  # the row names the regions it serves; without, it serves every one
    at_place: str = ""  # the buyer comes to a place that the row names: where, in a table; empty when the goods travel
    packed: str = ""  # what the letter adds when the goods are packed; %(place)s stands for the place
    shipped: bool = False  # somebody carries them: between packing and handing over they are shipped
    by_agreement: bool = False  # on a day that buyer and cooperative agree on; the buyer says what would suit

    def serves(self, regions: Collection[str], region: str) -> bool:
        """Does a row of these regions reach the region?"""
        return not self.by_region or region in regions

    def regions_kept(self, regions: Sequence[str]) -> list[str]:
        """What a row keeps of the regions that were ticked."""
        return list(regions) if self.by_region else []

    def problem(self, regions: Sequence[str], place: str, known: Collection[str]) -> tuple[str, str] | None:
        """(a refusal's code, the field) when a row lacks what this way needs; `known` are the territory's regions."""
        if self.by_region and (not regions or set(regions) - set(known)):
            return "catalog-regions-missing", "regions"
        if self.at_place and not place.strip():
            return "catalog-place-missing", "place"
        return None


DELIVERY = Way("delivery", msg("We deliver"), msg("Delivery to your door"), by_region=True, shipped=True)
PICKUP = Way(
    "pickup",
    msg("Buyers collect"),
    msg("Collect it yourself: %(place)s"),
    at_place=msg("Collect: %(place)s"),
    packed=msg("You can collect it: %(place)s"),
)
BULKY_DELIVERY = Way(
    "bulky",
    msg("We deliver what is heavy or large"),
    msg("Delivery of heavy goods to your door"),
    listed=msg("Heavy goods: %(where)s"),
    by_region=True,
    shipped=True,
)
VISIT = Way(
    "visit",
    "",  # no row of a table: it is where the cooperative is
    msg("On the spot: %(place)s"),
    at_place=msg("On the spot: %(place)s"),
    packed=msg("You are expected: %(place)s"),
    by_agreement=True,
)
# In the order in which cooperatives are offered them.
WAYS: Mapping[str, Way] = {one.name: one for one in (DELIVERY, BULKY_DELIVERY, PICKUP, VISIT)}
TABLED: Mapping[str, Way] = {name: way for name, way in WAYS.items() if way.offered}  # those that a delivery table may have
