"""Fields that read prices, whole numbers and quantities the way people write them."""

from collections.abc import Sequence
from typing import Any

from wtforms import SelectField, ValidationError

from app.engines.language import Later, language, translate, unit_name
from app.engines.place import here
from app.kernel.errors import Invalid
from app.kernel.text import msg
from app.kernel.typed import amount
from app.territories.loading import name_in
from app.web.errors import refusal_text
from app.web.forms import Line
from catalog.rules import categories
from catalog.rules.products import SALE_UNITS

PIECE = msg("piece")


class PriceField(Line):
    """An amount of the currency in force; `minor` holds minor units after validation, None when nothing was typed."""

    minor: int | None = None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:  # noqa: ARG002 the shape is WTForms'
        self.minor = None
        if not self.data:
            return
        try:
            self.minor = amount(self.data, here().currency, self.short_name)
        except Invalid as refusal:
            raise ValidationError(refusal_text(refusal)) from None


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
    choices: list[tuple[str, str]] = []
    for category in categories.children().get(parent, ()):
        choices += [(category.key, category.name(spoken)), *_below(category.key, spoken)]
    return choices
