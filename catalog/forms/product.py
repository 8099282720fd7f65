"""Forms about a product: the short one of a phone, facts, a line per variant, words, pictures."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from wtforms import BooleanField, HiddenField, MultipleFileField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.engines.language import language, translate
from app.engines.place import here
from app.kernel.errors import Invalid
from app.kernel.text import LANGUAGES
from app.kernel.typed import own_whole
from app.territories.loading import name_in
from app.web.errors import refusal_text
from app.web.forms import Form, Line, Whole, stripped, word
from catalog.forms.fields import CategoryField, PriceField, region_choices, unit_choices
from catalog.queries.product import ProductView, VariantView
from catalog.rules import categories
from catalog.rules.carriages import CARRIAGES
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts, checked_variant
from catalog.rules.products import SALE_UNITS, SKU_LENGTH, TEXT_LENGTH, TITLE_LENGTH, VARIANT_NAME_LENGTH
from catalog.rules.reading import base_quantity, shown_decimal


class QuickForm(Form):
    """A first product from a phone: picture, kind, name, price, how many."""

    form_key = HiddenField(validators=[InputRequired(), Length(max=64)])
    pictures = MultipleFileField(word("Photos"), [Optional()])
    category = RadioField(word("What is it?"), [InputRequired(word("Choose what it is."))], choices=[])
    title = Line(word("Its name"), [InputRequired(word("Give it a name.")), Length(max=TITLE_LENGTH)])
    price = PriceField(word("Price"))
    quantity = Line(word("How much is in one?"), [InputRequired(word("Write a number."))], default="1")
    unit = SelectField(word("Measure"), choices=[], default="piece")
    stock = Whole(word("How many do you have?"))
    description = TextAreaField(word("What should buyers know?"), [Length(max=TEXT_LENGTH)], filters=[stripped])

    def fill(self) -> "QuickForm":
        self.category.choices = [(key, one.name(language())) for key, one in categories.tree().items()]
        self.unit.choices = unit_choices()
        return self

    def texts(self) -> dict[str, TextFacts]:
        return {language(): TextFacts(self.title.data, self.description.data or "")}

    def facts(self) -> ProductFacts:
        return ProductFacts(self.category.data)

    def variant(self) -> VariantFacts | None:
        """None, with an error beside each field that is wrong, when it cannot be taken.

        What it weighs with its packing nobody has said yet: it is not the weight of what is in it.
        """
        quantity, unit = read_quantity(self.quantity, self.unit.data)
        return taken(self, VariantFacts(self.price.minor, unit, quantity, stock=self.stock.data or 0))


def taken(form: Form, facts: VariantFacts) -> VariantFacts | None:
    """The facts; None, with an error beside each field that breaks a rule, when they cannot be taken."""
    return facts if form.keeps(lambda: checked_variant(facts)) and not form.errors else None


def read_quantity(field: Line, unit: str) -> tuple[int, str]:
    """The field's quantity in base units; one piece, and an error beside the field, when it cannot be read."""
    if unit in SALE_UNITS:  # the list of measures has its own error
        try:
            return base_quantity(field.data or "", unit, field.short_name)
        except Invalid as refusal:
            field.errors = [*field.errors, refusal_text(refusal)]
    return 1, "piece"


class FactsForm(Form):
    """What is true in every language."""

    category = CategoryField(word("Category"))
    origin = SelectField(word("Region it comes from"), choices=[])
    carriage = SelectField(word("How it reaches the buyer"), choices=[])
    labels = SelectMultipleField(word("Labels it has"), choices=[])

    def fill(self, view: ProductView | None = None) -> "FactsForm":
        self.category.fill(translate("None yet"))
        self.origin.choices = region_choices(translate("Not said"))
        self.carriage.choices = [(one.name, translate(one.offered)) for one in CARRIAGES.values()]
        known = {label.key: name_in(label.names, language()) for label in here().requirements if label.badge}
        self.labels.choices = [*known.items(), *((one, one) for one in (view.labels if view else ()) if one not in known)]
        if view is not None:
            self.category.data, self.origin.data, self.labels.data = view.category, view.origin or "", list(view.labels)
            self.carriage.data = view.carriage
        return self

    def facts(self) -> ProductFacts:
        return ProductFacts(
            self.category.data, "other", tuple(self.labels.data or ()), self.origin.data or None, self.carriage.data
        )


class VariantLine(Form):
    """One way the product is sold."""

    id = HiddenField()
    quantity = Line(word("Quantity"), [Length(max=20)])
    unit = SelectField(word("Measure"), choices=[], default="piece")
    price = PriceField(word("Price"))
    weight_grams = Whole(word("Weight with packing, in grams"))
    sku = Line(word("Article number"), [Length(max=SKU_LENGTH)])
    barcode = Line(word("Barcode"), [Length(max=20)])
    stock = Whole(word("How many do you have?"))  # of a new size; those that stand are counted on their own page
    active = BooleanField(word("On sale"), default=True)

    def fill(self, variant: VariantView | None = None, digits: int = 2) -> "VariantLine":
        self.unit.choices = unit_choices()
        if variant is not None:
            self.id.data, self.quantity.data, self.unit.data = str(variant.id), str(variant.quantity), variant.unit
            self.price.data = shown_decimal(variant.price, digits) if variant.price is not None else ""
            self.weight_grams.data = variant.weight_grams or None
            self.sku.data, self.barcode.data, self.active.data = variant.sku or "", variant.barcode or "", variant.active
        return self

    @property
    def empty(self) -> bool:
        """A new line in which nothing was written."""
        return not (self.id.data or self.quantity.data or self.price.data or self.sku.data or self.barcode.data)

    def variant(self) -> VariantFacts | None:
        quantity, unit = read_quantity(self.quantity, self.unit.data)
        facts = VariantFacts(
            self.price.minor,
            unit,
            quantity,
            sku=self.sku.data or None,
            barcode=self.barcode.data or None,
            weight_grams=self.weight_grams.data or 0,
            stock=None if self.id.data else self.stock.data or 0,
            active=bool(self.active.data),
            id=own_whole(self.id.data),
        )
        return taken(self, facts)


def read_lines(lines: Iterable[VariantLine]) -> list[VariantFacts] | None:
    """The variants of all lines in which something stands; None when one of them has an error."""
    written = [line for line in lines if not line.empty]
    sound = [line.validate() for line in written]
    variants = [line.variant() for line in written]
    known = [one for one in variants if one is not None]
    return known if all(sound) and len(known) == len(variants) else None


def as_it_is(variant: VariantView) -> VariantFacts:
    """A size that is on no line of the form."""
    return VariantFacts(
        variant.price,
        variant.unit,
        variant.quantity,
        variant.names,
        variant.sku,
        variant.barcode,
        variant.weight_grams,
        active=variant.active,
        id=variant.id,
    )


class WordsForm(Form):
    """A product's words in one language."""

    title = Line(word("Name"), [Length(max=TITLE_LENGTH)])
    description = TextAreaField(word("Description"), [Length(max=TEXT_LENGTH)], filters=[stripped])
    ingredients = TextAreaField(word("Ingredients or material"), [Length(max=TEXT_LENGTH)], filters=[stripped])
    storage = TextAreaField(word("How to keep it"), [Length(max=TEXT_LENGTH)], filters=[stripped])

    def fill(self, view: ProductView, code: str) -> "WordsForm":
        words = view.texts.get(code)
        if words is not None:
            self.title.data, self.description.data = words.title, words.description
            self.ingredients.data, self.storage.data = words.ingredients, words.storage
        return self

    def text(self) -> TextFacts:
        return TextFacts(
            self.title.data or "", self.description.data or "", self.ingredients.data or "", self.storage.data or ""
        )


class VariantNames(Form):
    """A variant's own name in each language, such as "gift box"; empty, its quantity is its name."""

    fr = Line(word("in French"), [Length(max=VARIANT_NAME_LENGTH)])
    ar = Line(word("in Arabic"), [Length(max=VARIANT_NAME_LENGTH)])
    en = Line(word("in English"), [Length(max=VARIANT_NAME_LENGTH)])

    def fill(self, variant: VariantView) -> "VariantNames":
        for code in LANGUAGES:
            self[code].data = variant.names.get(code, "")
        return self

    def names(self) -> dict[str, str]:
        return {code: self[code].data or "" for code in LANGUAGES}


class PicturesForm(Form):
    """More pictures."""

    pictures = MultipleFileField(word("Photos"), [Optional()])


def uploads(field: MultipleFileField) -> Sequence[BinaryIO]:
    """The files that were really chosen; nothing of them is read yet."""
    return [one.stream for one in field.data or [] if one and getattr(one, "filename", "")]
