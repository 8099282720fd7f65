"""Fields that read prices, whole numbers and quantities the way people write them."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectField, ValidationError

from app.engines.language import Later, language, translate, unit_name
from app.engines.place import here
from app.kernel.money import minor_digits
from app.kernel.text import msg
from app.territories.loading import name_in
from app.web.forms import Line
from catalog.rules import categories
from catalog.rules.products import SALE_UNITS
from catalog.rules.reading import price_of

PIECE = msg("piece")


class PriceField(Line):
    """An amount of the currency in force; `minor` holds minor units after validation, None when nothing was typed."""

    minor: int | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002 the shape is WTForms'
        self.minor = None
        if not self.data:
            return
        self.minor = price_of(self.data, minor_digits(here().currency))
        if self.minor is None:
            raise ValidationError(translate("Write an amount such as 120 or 99.50."))


class WholeField(Line):
    """A whole number; `value` holds it after validation, None when nothing was typed."""

    value: int | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002 the shape is WTForms'
        self.value = None
        if not self.data:
            return
        self.value = price_of(self.data, 0)
        if self.value is None or self.value >= 10**15:
            raise ValidationError(translate("Write a whole number."))


def unit_choices() -> list[tuple[str, str]]:
    return [(unit, translate(PIECE) if unit == "piece" else unit_name(unit)) for unit in SALE_UNITS]


def region_choices(empty: str | None = None) -> list[tuple[str, str]]:
    spoken = language()
    regions = [(region.code, name_in(region.names, spoken)) for region in here().regions]
    return [("", empty), *regions] if empty is not None else regions


class CategoryField(SelectField):  # type: ignore[misc]  # WTForms has no types
    """A category of the tree; nothing chosen is None."""

    def __init__(self, label: Later, **kwargs: Any) -> None:
        super().__init__(label, choices=[], coerce=lambda text: text or None, **kwargs)

    def fill(self, nothing: str) -> None:
        """The tree in the reader's language, branches under their root."""
        grouped: dict[str, Sequence[tuple[str, str]]] = {"": [("", nothing)]}
        spoken = language()
        for root in categories.children()[None]:
            grouped[root.name(spoken)] = [(root.key, root.name(spoken)), *_below(root.key, spoken)]
        self.choices = grouped


def _below(parent: str, spoken: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for one in categories.children().get(parent, ()):
        found += [(one.key, one.name(spoken)), *_below(one.key, spoken)]
    return found
