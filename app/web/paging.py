"""Pages of long lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from flask import request

from app.kernel.typed import own_whole
from app.web.addresses import address

MAX_PAGE = 10_000
SAFE = "!$'()*,/:;?@"  # as url_for writes a query


def page_number() -> int:
    """The page asked for by `?page=`; anything else is the first."""
    return min(own_whole(request.args.get("page")) or 1, MAX_PAGE)


@dataclass(frozen=True)
class Page:
    """One page of a list; `count` is how many things there are in all."""

    items: Sequence[Any]
    number: int
    size: int
    count: int

    @property
    def last(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def total(self) -> int:
        return self.count

    @property
    def numbers(self) -> list[int | None]:
        """The pages that are offered: the first, the last and those around this one; None stands for a gap."""
        near = sorted(n for n in {1, self.number - 1, self.number, self.number + 1, self.last} if 1 <= n <= self.last)
        pairs = zip(near, [0, *near], strict=False)
        return [one for n, before in pairs for one in ((None, n) if n - before > 1 else (n,))]

    def href(self, number: int) -> str:
        """This page's address with another page number."""
        if number < 2:
            return self._first
        return f"{self._first}{'&' if '?' in self._first else '?'}page={number}"

    @cached_property
    def _first(self) -> str:
        return address_with(page=None)


def address_with(**changes: str | None) -> str:
    """The address of this page with some query parameters changed (None removes one)."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in changes]
    return _here([*kept, *((name, value) for name, value in changes.items() if value is not None)])


def toggled(name: str, value: str) -> str:
    """The address with one value of a repeated parameter switched on or off, back on the first page."""
    chosen = request.args.getlist(name)
    changed = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
    kept = [(key, one) for key, one in request.args.items(multi=True) if key not in (name, "page")]
    return _here([*kept, *((name, one) for one in changed)])


def _here(query: Sequence[tuple[str, str]]) -> str:
    """This page's path with a query. Built by hand: url_for takes `_scheme`, `lang` and the like for its own arguments."""
    path = address(request.endpoint or "", **(request.view_args or {}))
    return f"{path}?{urlencode(query, safe=SAFE)}" if query else path
