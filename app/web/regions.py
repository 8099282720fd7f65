"""Regions and fields of work in the reader's words, and the maps: those of every territory that is served."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from markupsafe import Markup

from app.engines.language import language
from app.engines.place import here, served
from app.territories.loading import UnknownCode, name_in, territory_named, territory_of_region
from app.territories.records import Region, Sector, Territory
from app.web.drawings import region_tiles, tile_map


@lru_cache(1024)
def _region(code: str, spoken: str) -> str:
    try:
        return name_in(territory_of_region(code).region(code).names, spoken)
    except UnknownCode:
        return code


def region_name(code: str | None) -> str:
    """A region's name, whichever territory it lies in; the code itself when no territory knows it, "" when there is none."""
    return _region(code, language()) if code else ""


def province_name(code: str | None, territory: str) -> str:
    """A province's name; the code itself when the territory does not know it, "" when there is none."""
    try:
        return name_in(territory_named(territory).province(code).names, language()) if code else ""
    except UnknownCode:
        return code or ""


def regions_served() -> list[Region]:
    """The regions of the territory in force, then those of the others."""
    return [region for territory in _in_order() for region in territory.regions]


def several_currencies() -> bool:
    """Are things priced in more than one currency here?"""
    return len({territory.currency for territory in served()}) > 1


def _keys_in_order() -> tuple[str, ...]:
    """The territory in force, then the others that are served. By key: a territory's facts are long to compare."""
    return tuple(dict.fromkeys((here().key, *(territory.key for territory in served()))))


def _in_order() -> list[Territory]:
    return [territory_named(key) for key in _keys_in_order()]


def sectors_served() -> tuple[Sector, ...]:
    """The fields of work of the territory in force, then those that only another one served has."""
    return _sectors(_keys_in_order())


@lru_cache(64)
def _sectors(keys: tuple[str, ...]) -> tuple[Sector, ...]:
    known: dict[str, Sector] = {}
    for sector in (sector for key in keys for sector in territory_named(key).sectors):
        known.setdefault(sector.key, sector)
    return tuple(known.values())


def sector_name(key: str | None, region: str | None = None) -> str:
    """A field of work as the territory of the region calls it, else the one in force, else another that is served."""
    return _sector(key, region, _keys_in_order(), language()) if key else ""


@lru_cache(1024)
def _sector(key: str, region: str | None, keys: tuple[str, ...], spoken: str) -> str:
    try:
        own = territory_of_region(region).key if region else keys[0]
    except UnknownCode:
        own = keys[0]
    named = (one for territory in (own, *keys) for one in territory_named(territory).sectors if one.key == key)
    found = next(named, None)
    return name_in(found.names, spoken) if found else key


def region_maps(counts: Mapping[str, int], chosen: str | None, href: Callable[[str], str]) -> Markup:
    """The map of each territory served where something is, and of the one in force; named when there are several."""
    shown = [
        territory
        for territory in served()
        if territory == here() or any(counts.get(region.code) for region in territory.regions)
    ]
    maps = [(territory, tile_map(region_tiles(territory.key), counts, chosen, href)) for territory in shown]
    if len(maps) == 1:
        return maps[0][1]
    return Markup("").join(
        Markup("<h3>{}</h3>{}").format(name_in(territory.names, language()), drawn) for territory, drawn in maps
    )
