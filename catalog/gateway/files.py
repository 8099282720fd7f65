"""A stranger's file of goods: its size is looked at first, the rest in the process that reads apart."""

from collections.abc import Mapping
from types import MappingProxyType

from app.engines.apart.asking import Bounds, read_apart
from app.kernel.errors import Invalid
from app.kernel.sources import Source, size_of
from catalog.gateway.formats import Taken
from catalog.gateway.reading import goods_from, goods_of
from catalog.gateway.table import MAX_BYTES

BOUNDS = Bounds(seconds=30, megabytes=130)


def read_goods(
    source: Source, wanted: str, currency: str, limit: int, known: Mapping[str, Mapping[str, str]] = MappingProxyType({})
) -> Taken:
    """The file as it was read, one Goods for each of at most `limit` rows; `known` is what was said of headers before.

    Raises Invalid, or Unavailable when many wait.
    """
    if size_of(source) > MAX_BYTES:
        raise Invalid("catalog-file-too-large", "file", limit=MAX_BYTES // (1024 * 1024))
    heavy = Invalid("catalog-file-too-heavy", "file")
    asked = {"wanted": wanted, "currency": currency, "limit": limit, "known": dict(known)}
    told, parts = read_apart(goods_of, source, BOUNDS, heavy, **asked)
    return Taken(told["name"], goods_from(parts[0]), told["columns"], told["headers"], told["counts"])
